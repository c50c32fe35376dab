package storetest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/wire"
)

// World is a small set of things that random batches speak of, so that they
// meet often.
type World struct {
	Values   []cure.Observable
	Tags     []cure.Observable
	Records  []cure.ID
	Sources  []cure.Source
	Markings []cure.Marking
	Prefixes []string
	Domains  []string

	Start, Span int64 // event times, Unix seconds

	rnd     *rand.Rand
	b       Builder
	seq     map[cure.Source]uint64
	stream  uint64
	arrival time.Time
}

// NewWorld makes a world; the same seed gives the same batches.
func NewWorld(seed uint64) *World {
	w := &World{
		Sources:  []cure.Source{"cowrie/tokyo1", "cowrie/osaka", "feeds/ipsum", "feeds/other", "reports/a"},
		Markings: []cure.Marking{{}, {TLP: cure.TLPRed}, {TLP: cure.TLPAmber, Orgs: "aoba"}, {TLP: cure.TLPClear}},
		Prefixes: []string{
			"192.0.2.0/24", "192.0.2.4/30", "198.51.100.0/26", "0.0.0.0/0", "192.0.2.1/32", "2001:db8::/32",
			"2001:db8:1::/48", "2001:db8:1:2::/64", "2001:db8:1:2::/126", "::/0", "2001::/16",
		},
		Domains: []string{"example.org", "org", "a.example.org", "b.a.example.org", "example.com", "c.d.e.f.g.h.i.j.example.org"},
		Start:   1_700_000_000, Span: 40 * 86400,
		rnd: rand.New(rand.NewPCG(seed, 1)), seq: map[cure.Source]uint64{},
		arrival: Unix(1_700_000_000),
	}
	add := func(k cure.Kind, v string) { w.Values = append(w.Values, cure.Observable{Kind: k, Value: v}) }
	add(cure.KindPort, "tcp/23")
	for i := range 8 {
		add(cure.KindIP, fmt.Sprintf("192.0.2.%d", i))
		add(cure.KindIP, fmt.Sprintf("198.51.100.%d", i*20))
		add(cure.KindIP, fmt.Sprintf("2001:db8:1:%d::%d", i%3+1, i+1))
		add(cure.KindHash, fmt.Sprintf("%064x", i+1))
	}
	for _, d := range []string{
		"example.org", "www.example.org", "a.example.org", "b.a.example.org", "example.com", "x.example.com",
		"notexample.org", "b.c.d.e.f.g.h.i.j.example.org", "a.b.c.d.e.f.g.h.i.j.example.org", "example-x.org",
	} {
		add(cure.KindDomain, d)
		add(cure.KindEmail, "u@"+d)
	}
	for _, p := range []string{"192.0.2.0/24", "192.0.2.4/30", "198.51.0.0/16", "2001:db8::/32", "2001:db8:1:2::/64", "0.0.0.0/0"} {
		add(cure.KindCIDR, p)
	}
	for _, t := range []string{"mirai", "attack:t1110", "scanner"} {
		w.Tags = append(w.Tags, cure.Observable{Kind: cure.KindTag, Value: t})
	}
	w.Tags = append(w.Tags, cure.Observable{Kind: cure.KindCVE, Value: "CVE-2021-44228"})
	w.Values = append(w.Values, w.Tags...)
	for i := range 40 {
		w.Records = append(w.Records, cure.NewID("record", fmt.Sprint(i)))
	}
	w.rnd.Shuffle(len(w.Values), func(i, j int) { w.Values[i], w.Values[j] = w.Values[j], w.Values[i] })
	return w
}

func pick[T any](w *World, list []T) T { return list[w.rnd.IntN(len(list))] }

// one is true once in n times.
func (w *World) one(n int) bool { return w.rnd.IntN(n) == 0 }

func (w *World) when() time.Time {
	if w.one(200) {
		return pick(w, []time.Time{Unix(0), Unix(1<<33 - 1), Unix(-5)})
	}
	return Unix(w.Start + w.rnd.Int64N(w.Span))
}

// Arrival is the present of the world's stream.
func (w *World) Arrival() time.Time { return w.arrival }

// Batch makes the next batch of the stream; it is valid until the next.
func (w *World) Batch() (store.Arrival, *wire.Batch) {
	src := pick(w, w.Sources)
	w.seq[src]++
	w.stream++
	w.arrival = w.arrival.Add(time.Duration(w.rnd.IntN(4)) * time.Hour)
	w.b.Begin(src, 1, w.seq[src])
	for range w.rnd.IntN(4) {
		w.record()
	}
	for w.one(6) {
		w.b.Record(cure.ID{}, cure.Marking{})
		w.b.Control(w.control())
	}
	return store.Arrival{Seq: w.stream, Time: w.arrival}, w.b.Batch()
}

func (w *World) record() {
	id := pick(w, w.Records)
	if w.one(8) {
		id = cure.ID{}
	}
	w.b.Record(id, pick(w, w.Markings))
	for range w.rnd.IntN(4) {
		o := cure.Observation{
			Observable: pick(w, w.Values), First: w.when(), Count: w.rnd.Uint32N(3),
			Role: cure.Role(w.rnd.IntN(len(cure.Roles()))), State: cure.State(w.rnd.IntN(3)),
		}
		o.Last = o.First.Add(time.Duration(w.rnd.IntN(100)) * time.Second)
		if w.one(10) {
			o.Count, o.Last = 1000, o.First.AddDate(0, 0, 3)
		}
		w.b.Observe(o)
	}
	for w.one(3) {
		w.b.Annotate(cure.Annotation{Subject: pick(w, w.Values), Tag: pick(w, w.Tags), Time: w.when(), Confidence: uint8(w.rnd.IntN(101))})
	}
	for w.one(5) {
		e := cure.Enrichment{
			Subject: pick(w, w.Values), Enricher: pick(w, []string{"score", "geo"}), Version: 1 + w.rnd.Uint32N(uint32(w.stream/60+1)),
			Name: "n", Value: pick(w, []string{"", "JP", "a longer value than fits"}), Score: w.rnd.Float32(), Time: w.when(),
		}
		if w.one(2) {
			e.Expires = w.when()
		}
		w.b.Enrich(e)
	}
}

func (w *World) control() cure.Control {
	c := cure.Control{Op: cure.OpDelete}
	switch w.rnd.IntN(8) {
	case 0:
		c.Before = w.arrival.Add(-time.Duration(w.rnd.IntN(96)) * time.Hour)
		if !w.one(3) {
			c.Observable = pick(w, w.Values)
		}
		return c
	case 1:
		return cure.Control{Op: cure.OpRetract, Producer: pick(w, []string{"score", "geo"}), Version: 1 + w.rnd.Uint32N(3)}
	case 2:
		return cure.Control{Op: cure.OpRegrade, Marking: pick(w, w.Markings)}
	case 3, 4, 5:
		c.Op, c.Marking = cure.OpRegrade, pick(w, w.Markings)
	}
	if w.one(2) {
		c.Observable = pick(w, w.Values)
	}
	if c.Observable.IsZero() || w.one(4) {
		c.Record = pick(w, w.Records)
	}
	return c
}
