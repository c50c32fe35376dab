package storetest

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Interrogate puts every question to a store or model, about all the values
// and records that random batches are made of, and returns question and
// answer in lines.
func Interrogate(a Asker, w *World) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	mid, late := Unix(w.Start+w.Span/2), Unix(w.Start+w.Span)
	for _, o := range w.Values {
		say("%v sights %q", o, a.Sights(o))
		say("%v tags %q", o, a.Tags(o))
		say("%v notes %q", o, a.Notes(o))
		say("%v timeline %q", o, a.Timeline(o, Unix(0), late.AddDate(90, 0, 0)))
		say("%v late %q", o, a.Timeline(o, mid, late))
		say("%v neighbours %q", o, a.Neighbours(o))
		if o.Kind == cure.KindTag || o.Kind == cure.KindCVE {
			say("%v tagged %q", o, a.Tagged(o))
		}
	}
	for _, id := range w.Records {
		say("record %v %v", id, a.Record(id))
	}
	for _, p := range w.Prefixes {
		p := netip.MustParsePrefix(p)
		say("in %v %q", p, a.In(p))
		say("covering %v %q", p.Addr(), a.Covering(p.Addr()))
	}
	for _, d := range w.Domains {
		for _, k := range []cure.Kind{cure.KindNone, cure.KindDomain, cure.KindEmail} {
			say("under %s %v %q", d, k, a.Under(d, k))
		}
	}
	for k := 1; k <= 4; k++ {
		say("at least %d %q", k, a.AtLeast(k, Unix(0), late))
		say("at least %d late %q", k, a.AtLeast(k, mid, late))
	}
	say("matrix by source %s", a.Matrix(func(s cure.Source) string { return string(s) }))
	say("matrix by publisher %s", a.Matrix(cure.Source.Publisher))
	say("shared %q", a.Shared(publisher("cowrie"), publisher("feeds")))
	say("shared within %q", a.Shared(publisher("feeds"), publisher("feeds")))
	say("top %q", a.TopCounts(cure.KindNone, 5))
	say("top ip %q", a.TopCounts(cure.KindIP, 100))
	say("stats %s", a.Stats())
	for hops := 1; hops <= 2; hops++ {
		say("pivot %s", a.Pivot(w.Values[:2], store.PivotOptions{Hops: hops}))
		say("pivot narrow %s", a.Pivot(w.Values[2:6], store.PivotOptions{Hops: hops, MaxFanout: 5}))
	}
	return out
}

func publisher(name string) func(cure.Source) bool {
	return func(s cure.Source) bool { return strings.HasPrefix(string(s), name+"/") }
}
