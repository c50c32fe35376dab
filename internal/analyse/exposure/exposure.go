// Package exposure answers "does it affect us?": which own assets hold what a
// vulnerability is in.
//
// In go what stands in the hub, as one scope sees it: packages that records of
// vulnerabilities name with the affected versions (CVE - package:npm/left-pad,
// ">=1.0 <1.2.3"), packages that inventories of assets name with the installed
// ones (package:npm/left-pad - asset:shop, "1.1.0"), and what scanners found
// (CVE - asset:shop). Out comes the join ([OfCVE], [OfAsset]), computed for
// each question and never stored: whoever may not see an inventory gets
// nothing of it. Versions are compared by the rules of their ecosystem
// (internal/num/version).
//
// The [Engine] watches the same join: a CVE that comes to affect an asset, by
// a new record or a new inventory, is told as a detection and noted at the CVE,
// under the strictest marking of what it rests on; when it no longer does, both
// are taken back.
//
// Cost: a question after a CVE reads the ties of each package it names, some
// ten microseconds and a look into the log for each asset that holds one.
// Limits: a component is known by name; what is linked in without a name in the
// inventory, and whether the flawed code is ever reached, is not seen. An
// inventory replaces those before of the same asset and format.
package exposure

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/hub"
	"github.com/opencure/cure/internal/num/version"
	"github.com/opencure/cure/internal/publish/mean"
)

// Knower is who is asked: an access.View, or the bench of the engine.
type Knower interface {
	Ties(ctx context.Context, o cure.Observable, prefix string) ([]hub.Tie, error)
	Tagged(ctx context.Context, tag string, c hub.Cursor) (hub.Results, error)
	Summaries(ctx context.Context, values []cure.Observable) ([]hub.Summary, error)
}

// maxPackages bounds the packages of one CVE that are looked at.
const maxPackages = 256

// OfCVE returns the own assets that a CVE affects or may affect, those that are
// surely affected first, then by name.
func OfCVE(ctx context.Context, k Knower, cve cure.Observable) ([]client.Affected, error) {
	q := &question{ctx: ctx, k: k, cve: cve, made: map[string]time.Time{}}
	if err := q.scanned(); err != nil {
		return nil, err
	}
	if err := q.compared(); err != nil {
		return nil, err
	}
	return q.answer(), nil
}

// question is one CVE being asked about.
type question struct {
	ctx   context.Context
	k     Knower
	cve   cure.Observable
	found []client.Affected
	made  map[string]time.Time // newest inventory, by format/asset
}

// held is what one inventory says of a package, or a scanner of a CVE.
type held struct {
	hub.Tie
	asset, format, said string
}

// holders returns the ties to assets whose inventory is not replaced.
func (q *question) holders(o cure.Observable) ([]held, error) {
	ties, err := q.k.Ties(q.ctx, o, mean.TagAsset)
	if err != nil {
		return nil, err
	}
	var all []held
	var ask []cure.Observable
	for _, t := range ties {
		h := held{Tie: t, asset: strings.TrimPrefix(t.Tag.Value, mean.TagAsset)}
		format, said, ok := strings.Cut(t.Sentence, ": ")
		if !ok || t.Source.Publisher() != "assets" {
			continue
		}
		h.format, h.said = format, said
		all = append(all, h)
		if name := h.inventory(); q.made[name].IsZero() {
			ask = append(ask, cure.Observable{Kind: cure.KindTag, Value: mean.TagInventory + name})
			q.made[name] = time.Unix(1, 0)
		}
	}
	lines, err := q.k.Summaries(q.ctx, ask)
	if err != nil {
		return nil, err
	}
	for i, line := range lines {
		if !line.Last.IsZero() {
			q.made[strings.TrimPrefix(ask[i].Value, mean.TagInventory)] = line.Last
		}
	}
	return slices.DeleteFunc(all, func(h held) bool { return h.Time.Before(q.made[h.inventory()].Truncate(time.Second)) }), nil
}

func (h *held) inventory() string { return h.format + "/" + h.asset }

// evidence fills in what is common to all that rests on a held.
func (h *held) affected(cve cure.Observable) client.Affected {
	a := client.Affected{CVE: cve, Asset: h.asset, Since: h.Time, Sources: []cure.Source{h.Source}, Marking: h.Marking}
	if h.Record != "" {
		a.Records = []string{h.Record}
	}
	return a
}

// scanned adds what scanners found.
func (q *question) scanned() error {
	all, err := q.holders(q.cve)
	if err != nil {
		return err
	}
	for i := range all {
		h := &all[i]
		for part := range strings.SplitSeq(h.said, "; ") {
			a := h.affected(q.cve)
			a.How, a.Why = client.AffectedScanner, "found on the asset by "+h.format
			what, fixed, ok := strings.Cut(part, ", fixed in ")
			if ok {
				a.Fixed = fixed
			}
			a.Package, a.Version, _ = strings.Cut(what, " ")
			if !strings.Contains(a.Package, "/") {
				a.Package, a.Version = "", ""
			}
			q.found = append(q.found, a)
		}
	}
	return nil
}

// compared adds the packages that the CVE names and an asset holds.
func (q *question) compared() error {
	names, err := q.k.Ties(q.ctx, q.cve, mean.TagPackage)
	if err != nil {
		return err
	}
	current := newest(names)
	for _, t := range current[:min(len(current), maxPackages)] {
		all, err := q.holders(t.Tag)
		if err != nil {
			return err
		}
		for i := range all {
			q.compare(&all[i], &t)
		}
	}
	return nil
}

// newest keeps of each package what each source said last.
func newest(ties []hub.Tie) []hub.Tie {
	seen := map[[2]string]bool{}
	return slices.DeleteFunc(ties, func(t hub.Tie) bool {
		key := [2]string{t.Tag.Value, string(t.Source)}
		if seen[key] {
			return true
		}
		seen[key] = true
		return false
	})
}

// compare looks whether an installed version is an affected one.
func (q *question) compare(h *held, t *hub.Tie) {
	name := strings.TrimPrefix(t.Tag.Value, mean.TagPackage)
	kind, _, _ := strings.Cut(name, "/")
	for part := range strings.SplitSeq(h.said, "; ") {
		release, versions := released(part)
		for v := range strings.SplitSeq(versions, ", ") {
			verdict := judge(kind, v, release, t.Sentence)
			if verdict.how == "" {
				continue
			}
			a := h.affected(q.cve)
			a.Package, a.Version = name, v
			a.How, a.Why, a.Range, a.Fixed = verdict.how, verdict.why, verdict.set, verdict.fixed
			a.Marking = a.Marking.Join(t.Marking)
			if t.Time.After(a.Since) {
				a.Since = t.Time
			}
			if !slices.Contains(a.Sources, t.Source) {
				a.Sources = append(a.Sources, t.Source)
			}
			if t.Record != "" {
				a.Records = append(a.Records, t.Record)
			}
			q.found = append(q.found, a)
		}
	}
}

// released takes "[debian-11] " off what is said of a release.
func released(part string) (release, said string) {
	if rest, ok := strings.CutPrefix(part, "["); ok {
		if release, said, ok = strings.Cut(rest, "]"); ok {
			return release, strings.TrimSpace(said)
		}
	}
	return "", strings.TrimSpace(part)
}

// verdict is what a comparison found; how is "" for not affected.
type verdict struct {
	how             client.AffectedHow
	why, set, fixed string
}

// judge compares a version with what a record says is affected: ranges, each
// of one release of a distribution or of none.
func judge(kind, v, release, said string) verdict {
	unsure := verdict{}
	for part := range strings.SplitSeq(said, "; ") {
		of, text := released(part)
		if of != "" && release != "" && !sameRelease(of, release) {
			continue
		}
		set, err := version.ParseRange(text)
		if err != nil || set == nil {
			unsure = verdict{how: client.AffectedUnsure, why: "the record does not say the affected versions in a way that can be compared", set: text}
			continue
		}
		in, err := set.Has(kind, v)
		switch {
		case err != nil:
			unsure = verdict{how: client.AffectedUnsure, why: "the installed version cannot be compared with the affected ones", set: text}
		case in && of != "" && release == "":
			unsure = verdict{how: client.AffectedUnsure, why: "affected if the asset runs " + of + ", which its inventory does not say", set: text, fixed: fixedIn(set, kind, v)}
		case in:
			return verdict{how: client.AffectedVersion, why: "the installed version is in the affected range", set: text, fixed: fixedIn(set, kind, v)}
		}
	}
	return unsure
}

// sameRelease reports whether debian-11.6 is a release of debian-11.
func sameRelease(of, release string) bool {
	return release == of || strings.HasPrefix(release, of+".")
}

// fixedIn is the first version behind the span that holds v.
func fixedIn(set version.Range, kind, v string) string {
	for _, s := range set {
		if in, err := (version.Range{s}).Has(kind, v); in && err == nil && !s.Shut {
			return s.High
		}
	}
	return ""
}

// answer sorts, and puts together what several sources say of one thing. What
// is surely affected is not unsure too.
func (q *question) answer() []client.Affected {
	slices.SortStableFunc(q.found, func(a, b client.Affected) int {
		return cmp.Or(cmp.Compare(a.Asset, b.Asset), cmp.Compare(a.Package, b.Package), cmp.Compare(a.Version, b.Version), cmp.Compare(rank[a.How], rank[b.How]))
	})
	var all []client.Affected
	for _, a := range q.found {
		last := len(all) - 1
		if last < 0 || all[last].Asset != a.Asset || all[last].Package != a.Package || all[last].Version != a.Version {
			all = append(all, a)
			continue
		}
		if all[last].How != client.AffectedUnsure && a.How == client.AffectedUnsure {
			continue
		}
		b := &all[last]
		b.Fixed, b.Range, b.Marking = cmp.Or(b.Fixed, a.Fixed), cmp.Or(b.Range, a.Range), b.Marking.Join(a.Marking)
		b.Sources = union(b.Sources, a.Sources)
		b.Records = union(b.Records, a.Records)
	}
	slices.SortStableFunc(all, func(a, b client.Affected) int {
		return cmp.Or(cmp.Compare(rank[a.How], rank[b.How]), cmp.Compare(a.Asset, b.Asset))
	})
	return all
}

var rank = map[client.AffectedHow]int{client.AffectedScanner: 0, client.AffectedVersion: 1, client.AffectedUnsure: 2}

func union[T comparable](to, from []T) []T {
	for _, x := range from {
		if !slices.Contains(to, x) {
			to = append(to, x)
		}
	}
	return to
}
