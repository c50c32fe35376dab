package main

import (
	"fmt"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

type tagCmd struct {
	Name  string `arg:"" help:"The tag, under any of its names."`
	Limit int    `short:"n" default:"50" help:"Rows of each list at most."`
}

// Help teaches by example.
func (tagCmd) Help() string {
	return `What a tag means here: its names and who says so, the values that sources tie to
it, and the records it reaches over files: record, file, who ties the tag to it.

  cure tag malware:kagerou
  cure tag ｶｹﾞﾛｳ
  cure tag CVE-2021-44228`
}

// Run prints a tag.
func (c *tagCmd) Run(e *env) error {
	if err := checkRows(c.Limit); err != nil {
		return err
	}
	o, err := tagValue(c.Name)
	if err != nil {
		return err
	}
	cl, err := e.hub()
	if err != nil {
		return err
	}
	names, err := cl.Names(e.ctx, o.Value)
	if err != nil {
		return err
	}
	tied, err := cl.Tagged(e.ctx, o.Value, client.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	reach, err := cl.TagRecords(e.ctx, o.Value, client.Page{Limit: c.Limit})
	if err != nil {
		return err
	}
	if e.flags.JSON {
		return e.printJSON(map[string]any{"names": names, "tied": tied, "records": reach})
	}
	if len(tied.Values)+len(names.Claims) == 0 {
		fmt.Fprintln(e.err, "nobody uses this tag")
		return errNone
	}
	e.printNames(names)
	fmt.Fprintln(e.out, "\ntied to it")
	if err := e.printResults(tied); err != nil && len(tied.Values) > 0 {
		return err
	}
	e.printReach(reach)
	return nil
}

func (e *env) printReach(reach *client.TagRecords) {
	if len(reach.Records) == 0 {
		return
	}
	fmt.Fprintln(e.out, "\nrecords it reaches over files")
	t := newGrid("  time", "source", "record", "over the file", "named", "said by")
	for _, r := range reach.Records {
		t.add("  "+minute(r.First), r.Source, r.Record, r.Via.Value, r.Tag.Value, join(r.Sources))
	}
	t.print(e.out)
	if reach.More {
		fmt.Fprintln(e.err, "there is more: raise the limit with -n")
	}
	for _, o := range reach.TooCommon {
		fmt.Fprintf(e.out, "not followed, too common: %s\n", o.Value)
	}
}

// printReached prints the tags that reach a value over files in its records.
func (e *env) printReached(a *client.Answer) {
	if len(a.Reached) == 0 {
		return
	}
	fmt.Fprintln(e.out, "\ntags over files in the same records")
	t := newGrid("  tag", "over the file", "said by", "record", "sentence")
	for _, r := range a.Reached {
		sentence := ""
		for _, v := range r.Evidence {
			if sentence == "" {
				sentence = v.Sentence
			}
		}
		t.add("  "+r.Tag.Value, r.Via.Value, join(r.Sources), r.Record, sentence)
	}
	t.print(e.out)
	cutNote(e, a.ReachedCut)
}

// printConflicts prints what those who speak of a value do not agree about.
func (e *env) printConflicts(all []client.Conflict) {
	for _, c := range all {
		fmt.Fprintf(e.out, "\nconflict about the %s\n", c.About)
		t := newGrid("  says", "who")
		for _, p := range c.Claims {
			who := append([]cure.Source{}, p.Sources...)
			for _, name := range p.People {
				who = append(who, cure.Source(name))
			}
			t.add("  "+p.Says, join(who))
		}
		t.print(e.out)
	}
}
