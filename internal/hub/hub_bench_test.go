package hub

import (
	"fmt"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/wire"
)

// stocked is a hub with n sessions of two sources: an address each, a shared
// sample, a port.
func stocked(b *testing.B, n int) *rig {
	r := newRig(b, func(o *Options) { o.Dir, o.Heap = "", false })
	for _, src := range []cure.Source{"cowrie/a", "feeds/b"} {
		p := r.publisher(src)
		for i := 0; i < n; i += 500 {
			var records []cure.Record
			for k := i; k < i+500; k++ {
				records = append(records, session(src, k))
			}
			p.send(records...)
		}
	}
	return r
}

func session(src cure.Source, k int) cure.Record {
	o := func(kind cure.Kind, value string) cure.Observation {
		return cure.Observation{Observable: cure.Observable{Kind: kind, Value: value}, First: start}
	}
	return cure.Record{ID: cure.NewID(string(src), fmt.Sprint(k)), Observations: []cure.Observation{
		o(cure.KindIP, fmt.Sprintf("10.%d.%d.%d", k>>16&255, k>>8&255, k&255)),
		o(cure.KindHash, fmt.Sprintf("%032x", k%1000)),
		o(cure.KindPort, fmt.Sprintf("tcp/%d", k%100)),
	}}
}

// BenchmarkApply is decode, re-check, index and notice of batches of 500
// records of three observations, without and with somebody who listens.
func BenchmarkApply(b *testing.B) {
	for _, listened := range []bool{false, true} {
		b.Run(fmt.Sprintf("listened=%v", listened), func(b *testing.B) {
			r := newRig(b, func(o *Options) { o.Dir, o.Heap = "", false })
			if listened {
				s := r.Subscribe(all, 1<<16)
				defer s.Close()
			}
			p := r.publisher("cowrie/a")
			enc, err := wire.NewEncoder(p.desk.Seed)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				b.StopTimer()
				for range 500 {
					rec := session(p.src, n)
					if err := enc.Add(&rec); err != nil {
						b.Fatal(err)
					}
					n++
				}
				seq := uint64(n / 500)
				payload, err := enc.Flush(wire.Header{Source: p.src, Epoch: p.desk.Epoch, Seq: seq, Created: start})
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if err := r.apply(log.Message{Seq: seq + 1, Subject: p.src.Subject(), Time: start, Data: payload}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(3*n)/b.Elapsed().Seconds(), "obs/s")
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	r := stocked(b, 100_000)
	var q Keys
	for k := range 1000 {
		q.Add(session("cowrie/a", k*97).Observations[0].Observable)
	}
	var h Hits
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Lookup(public, &q, &h); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/value")
}

// BenchmarkContacts asks who of 500 own machines talked to a value in 90 days,
// among nine million observations: flows of a day, machine and remote, 66 a
// machine and day, as livenet reduces them. The values were talked to by one
// machine on one day, by one every day, and by all every day.
func BenchmarkContacts(b *testing.B) {
	const days, machines, flows = 90, 500, 66
	r := newRig(b, func(o *Options) { o.Dir, o.Heap = "", false })
	p := r.publisher("livenet/a")
	remote := func(k int) cure.Observable {
		return cure.Observable{Kind: cure.KindIP, Value: fmt.Sprintf("10.%d.%d.%d", k>>16&255, k>>8&255, k&255)}
	}
	once, daily, always := remote(1), remote(2), remote(3)
	records := make([]cure.Record, 0, flows)
	for day := range days {
		at := start.AddDate(0, 0, day-days+1)
		for m := range machines {
			records = records[:0]
			for k := range flows {
				to := remote(16 + (m*7919+day*104729+k*k*31)%400_000)
				switch {
				case k == 0:
					to = always
				case k == 1 && m == 0:
					to = daily
				case k == 2 && m == 1 && day == 7:
					to = once
				}
				records = append(records, cure.Record{ID: cure.NewID("flow", fmt.Sprint(day, m, k)), Observations: []cure.Observation{
					{Observable: to, First: at},
					{Observable: cure.Observable{Kind: cure.KindIP, Value: fmt.Sprintf("203.0.%d.%d", m>>8, m&255)}, Role: cure.RoleOwn, First: at},
					{Observable: cure.Observable{Kind: cure.KindPort, Value: "tcp/443"}, First: at},
				}})
			}
			p.send(records...)
		}
	}
	for name, o := range map[string]cure.Observable{"once": once, "daily": daily, "all": always} {
		b.Run(name, func(b *testing.B) {
			var found int
			for b.Loop() {
				a, err := r.Contacts(ctx, public, o, start.AddDate(0, 0, -days), Cursor{Limit: machines})
				if err != nil {
					b.Fatal(err)
				}
				found = len(a.Hosts)
			}
			b.ReportMetric(float64(found), "hosts")
		})
	}
}

func BenchmarkQueries(b *testing.B) {
	r := stocked(b, 100_000)
	for _, q := range []string{"10.0.0.0/16", "10.0.5.0/24 source:feeds", "seen>=2 since:1d kind:hash"} {
		b.Run(q, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Search(ctx, public, q, Cursor{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, o := range session("cowrie/a", 7).Observations {
		b.Run("answer "+o.Observable.Kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Answer(ctx, public, o.Observable); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
