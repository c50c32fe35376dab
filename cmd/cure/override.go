package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/text"
)

type overrideCmd struct {
	List   overrideListCmd   `cmd:"" default:"withargs" help:"List decisions."`
	Add    overrideAddCmd    `cmd:"" help:"Decide something."`
	Remove overrideRemoveCmd `cmd:"" help:"Take a decision back."`
}

type overrideListCmd struct {
	Value string `arg:"" optional:"" help:"Only decisions on this value."`
	All   bool   `help:"Those that have ended too."`
}

// Help teaches by example.
func (overrideListCmd) Help() string {
	return `What people decided, newest first, as far as your key may see it.

  cure override list
  cure override list 192.0.2.53 --all`
}

// Run lists decisions.
func (c *overrideListCmd) Run(e *env) error {
	o, err := optionalValue(c.Value)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	all, err := cl.Overrides(e.ctx, o, c.All)
	if err != nil {
		return err
	}
	t := newGrid("id", "decision", "about", "by", "ends", "marking", "reason")
	return printList(e, all, "", t, func(d *cure.Override) {
		t.add(d.ID, strings.TrimSpace(string(d.Kind)+" "+d.Value), d.Target, d.Name+" ("+d.Org+")", minute(d.Expires), d.Marking, d.Reason)
	})
}

// decision is what every decision has.
type decision struct {
	Reason  string        `required:"" help:"Why; everybody who sees the decision sees it." placeholder:"TEXT"`
	For     time.Duration `help:"Ends after this time, as in 720h; never without it." placeholder:"TIME"`
	Marking string        `help:"Its grade; without one it stays in your organisation." placeholder:"MARKING"`
}

func (d *decision) set(e *env, o cure.Override) error {
	var err error
	o.Reason = d.Reason
	if o.Marking, err = cure.ParseMarking(d.Marking); err != nil {
		return err
	}
	if d.For > 0 {
		o.Expires = e.now().Add(d.For).UTC()
	}
	if err := o.Check(); err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	made, err := cl.SetOverride(e.ctx, o)
	if err != nil {
		return err
	}
	return e.done(made, "decided: %s %s about %s (%s)", made.Kind, made.Value, text.Printable(made.Target.String(), 200), made.ID)
}

type overrideAddCmd struct {
	Kind      string `arg:"" enum:"suppress,verdict,rating,feedback,owner,note" help:"suppress, verdict, rating, feedback, owner or note."`
	About     string `arg:"" optional:"" help:"The value it is about."`
	Says      string `help:"Of a verdict: malicious, suspicious, not-benign, benign, scanner, victim, unknown; of a rating: A to F or 0 to 5; of feedback: useful, useless, wrong, outdated; of owner: a name." placeholder:"WORD"`
	Tag       string `help:"About the value carrying this tag." placeholder:"TAG"`
	Source    string `help:"About this source; with a tag: about what it ties." placeholder:"SOURCE"`
	With      string `help:"About the link between --source and this one." placeholder:"SOURCE"`
	Detection string `help:"About a detection." placeholder:"ID"`
	decision
}

// Help teaches by example.
func (overrideAddCmd) Help() string {
	return `A decision sticks: new data, restarts and new versions of engines do not undo it.
What is suppressed is folded away, never gone. Ended decisions show with --all.
A note about nothing is for the next shift.

  cure override add verdict 192.0.2.53 --says not-benign --reason 'see TT-12'
  cure override add suppress 192.0.2.53 --tag mirai --reason 'wrong sample'
  cure override add suppress --source feeds/a --with feeds/b --reason 'copies'
  cure override add owner 192.0.2.53 --says 'A. Sato' --reason 'mine today'
  cure override add note --reason 'sensor tokyo1 rests until 18:00' --for 12h
  cure override add rating --source feeds/a --says B --reason 'mostly right'
  cure override add feedback --detection ID --says useless --reason 'our scan'`
}

// Run decides.
func (c *overrideAddCmd) Run(e *env) error {
	o := cure.Override{Kind: cure.OverrideKind(c.Kind), Value: c.Says}
	var err error
	if o.Target.Observable, err = optionalValue(c.About); err != nil {
		return err
	}
	if c.Tag != "" {
		if o.Target.Tag, err = tagValue(c.Tag); err != nil {
			return err
		}
	}
	a, b := cure.Source(c.Source), cure.Source(c.With)
	if b != "" && b < a {
		a, b = b, a
	}
	o.Target.Source, o.Target.With = a, b
	if o.Target.Detection, err = cure.ParseID(c.Detection); err != nil {
		return err
	}
	return c.set(e, o)
}

// optionalValue reads a value in any spelling; "" is none.
func optionalValue(s string) (cure.Observable, error) {
	if s == "" {
		return cure.Observable{}, nil
	}
	return ioc.Classify(s)
}

// tagValue reads a tag or a CVE.
func tagValue(s string) (cure.Observable, error) {
	if o, err := ioc.Classify(s); err == nil && o.Kind == cure.KindCVE {
		return o, nil
	}
	if err := cure.CheckName("the tag", s); err != nil { // folding would leave it out
		return cure.Observable{}, err
	}
	return ioc.Canonical(cure.KindTag, s)
}

type overrideRemoveCmd struct {
	ID     string `arg:"" help:"Id of the decision, the first column of the list."`
	Reason string `required:"" help:"Why; it is kept in the audit." placeholder:"TEXT"`
}

// Help teaches by example.
func (overrideRemoveCmd) Help() string {
	return `What was decided stays in the audit.

  cure override remove 6f1c0bd2a95e4b7d8c3e0f1a2b3c4d5e --reason 'was wrong'`
}

// Run takes a decision back.
func (c *overrideRemoveCmd) Run(e *env) error {
	id, err := cure.ParseID(c.ID)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	if err := cl.RemoveOverride(e.ctx, id, c.Reason); err != nil {
		return err
	}
	return e.done(map[string]cure.ID{"removed": id}, "decision %s is taken back", id)
}

// printOverrides prints what people decided about a value.
func (e *env) printOverrides(all []cure.Override) {
	for i := range all {
		d := &all[i]
		fmt.Fprintf(e.out, "%s: %s by %s (%s", d.Kind, d.Value, text.Printable(d.Name, 80), text.Printable(d.Reason, 200))
		if !d.Expires.IsZero() {
			fmt.Fprintf(e.out, "; until %s", minute(d.Expires))
		}
		fmt.Fprintln(e.out, ")")
	}
}

// overruled says that a decision is against something; "" for none.
func overruled(o *cure.Override) string {
	if o == nil {
		return ""
	}
	return "overruled by " + text.Printable(o.Name, 80) + ": " + text.Printable(o.Reason, 120)
}

type aliasCmd struct {
	List   aliasListCmd   `cmd:"" help:"The names of a thing, and who says so."`
	Add    aliasAddCmd    `cmd:"" help:"Say that two tags are names of one thing."`
	Remove aliasRemoveCmd `cmd:"" help:"Say that two tags are not names of one thing, whoever says so."`
}

type aliasListCmd struct {
	Tag string `arg:"" optional:"" help:"A name; without one: what people decided about names."`
}

// Help teaches by example.
func (aliasListCmd) Help() string {
	return `Names come from sources (ATT&CK, reports) and from people; what people decide
counts. Half-width and full-width letters are one spelling anyway.

  cure alias list カゲロウ
  cure alias list`
}

// Run lists names.
func (c *aliasListCmd) Run(e *env) error {
	cl, err := e.hub()
	if err != nil {
		return err
	}
	if c.Tag == "" {
		all, err := cl.Overrides(e.ctx, cure.Observable{}, false)
		if err != nil {
			return err
		}
		return e.printAliases(all)
	}
	n, err := cl.Names(e.ctx, c.Tag)
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(n)
	}
	e.printNames(n)
	if len(n.Claims) == 0 {
		return errNone
	}
	return nil
}

func (e *env) printAliases(all []cure.Override) error {
	kept := all[:0]
	for _, o := range all {
		if o.Kind == cure.OverrideAlias {
			kept = append(kept, o)
		}
	}
	t := newGrid("tag", "and", "are", "by", "reason", "id")
	return printList(e, kept, "", t, func(o *cure.Override) {
		t.add(o.Target.Observable.Value, o.Target.Tag.Value, o.Value, o.Name+" ("+o.Org+")", o.Reason, o.ID)
	})
}

func (e *env) printNames(n *client.Names) {
	for _, x := range n.Names {
		note := ""
		if !x.Known {
			note = "  (no source uses it)"
		}
		fmt.Fprintf(e.out, "%s%s\n", text.Printable(x.Tag.Value, 0), note)
	}
	t := newGrid("  name", "is", "name", "said by", "sentence")
	for _, c := range n.Claims {
		is, who, sentence := "also", join(c.Sources), ""
		if !c.Same {
			is = "not"
		}
		if len(c.Evidence) > 0 {
			sentence = c.Evidence[0].Sentence
		}
		for i := range c.People {
			p := &c.People[i]
			who, sentence = strings.TrimPrefix(who+", "+p.Name+" says "+p.Value, ", "), p.Reason
		}
		t.add("  "+c.A.Value, is, c.B.Value, who, sentence)
	}
	if !t.empty() {
		t.print(e.out)
	}
	if n.Cut {
		fmt.Fprintln(e.out, "there are more names than are followed")
	}
}

type aliasAddCmd struct {
	A string `arg:"" help:"A tag."`
	B string `arg:"" help:"Another name of the same thing."`
	decision
}

// Help teaches by example.
func (aliasAddCmd) Help() string {
	return `A question with one name finds all from then on.

  cure alias add カゲロウ 陽炎 --reason 'same family, report of 19 November'`
}

// Run says that two tags are the same.
func (c *aliasAddCmd) Run(e *env) error { return decideAlias(e, &c.decision, c.A, c.B, cure.AliasSame) }

type aliasRemoveCmd struct {
	A string `arg:"" help:"A tag."`
	B string `arg:"" help:"The tag that is another thing."`
	decision
}

// Help teaches by example.
func (aliasRemoveCmd) Help() string {
	return `Undoes a wrong alias, also one that sources say and will say again. Take the
decision itself back with 'cure override remove'.

  cure alias remove mirai gafgyt --reason 'two families'`
}

// Run says that two tags are different.
func (c *aliasRemoveCmd) Run(e *env) error {
	return decideAlias(e, &c.decision, c.A, c.B, cure.AliasOther)
}

func decideAlias(e *env, d *decision, a, b, value string) error {
	o := cure.Override{Kind: cure.OverrideAlias, Value: value}
	var err error
	if o.Target.Observable, err = tagValue(a); err != nil {
		return err
	}
	if o.Target.Tag, err = tagValue(b); err != nil {
		return err
	}
	if o.Target.Tag.Value < o.Target.Observable.Value { // one target, however it is said
		o.Target.Observable, o.Target.Tag = o.Target.Tag, o.Target.Observable
	}
	return d.set(e, o)
}
