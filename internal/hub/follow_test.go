package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// follow begins to follow with rights and scope the same.
func (r *rig) follow(sc cure.Scope, o Following) *Follower {
	r.t.Helper()
	o.Rights = sc
	w, err := r.Follow(ctx, sc, o)
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// values reads so many records and returns their first values.
func (r *rig) values(w *Follower, n int) (all []string) {
	r.t.Helper()
	for len(all) < n {
		s, err := w.Next(ctx)
		if err != nil {
			r.t.Fatal(err)
		}
		if s.Gap != nil {
			all = append(all, fmt.Sprintf("gap %d-%d", s.Gap.From, s.Gap.To))
			continue
		}
		for _, o := range s.Records {
			all = append(all, o.Observations[0].Observable.Value)
		}
	}
	return all
}

func TestFollowerGetsEverythingOnce(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	var want []string
	say := func(i int) {
		v := fmt.Sprintf("198.51.100.%d", i)
		want = append(want, v)
		p.send(record(v, v))
	}
	for i := range 5 {
		say(i)
	}
	w := r.follow(all, Following{}) // from the beginning: the log
	defer w.Close()
	for i := 5; i < 10; i++ { // what arrives meanwhile: shared
		say(i)
	}
	if diff := cmp.Diff(want, r.values(w, 10)); diff != "" {
		t.Fatalf("followed (-want +got):\n%s", diff)
	}
	// Away while more comes than is held: nothing is missing.
	for i := range liveChunks + 20 {
		p.send(record(fmt.Sprint("away", i), fmt.Sprintf("192.0.2.%d", i%250)))
	}
	if got := r.values(w, liveChunks+20); got[0] != "192.0.2.0" || len(got) != liveChunks+20 {
		t.Errorf("after being away: %d records, the first %s", len(got), got[0])
	}
	at := w.Position()
	r.restart()
	p = r.publisher("cowrie/a")
	say(11)
	back := r.follow(all, Following{After: at})
	defer back.Close()
	if got := r.values(back, 1); got[0] != "198.51.100.11" {
		t.Errorf("behind %d after a restart: %v", at, got)
	}
}

func TestFollowerSeesItsScope(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	red := record("hidden", "198.51.100.1", "198.51.100.2")
	red.Marking.TLP = cure.TLPRed
	open := record("open", "198.51.100.3")
	open.Attrs = []cure.Attr{{Name: "command", Value: "id"}}
	p.send(red, open)
	gone := record("gone", "198.51.100.4", "198.51.100.5")
	gone.Attrs = open.Attrs
	p.send(gone)
	if _, err := r.Control(ctx, p.src, cure.Control{Op: cure.OpDelete, Observable: ip("198.51.100.4")}); err != nil {
		t.Fatal(err)
	}
	if err := r.Applied(ctx, r.sequence()); err != nil {
		t.Fatal(err)
	}
	w := r.follow(public, Following{Raw: true})
	defer w.Close()
	s, err := w.Next(ctx)
	if err != nil || len(s.Records) != 1 || s.Records[0].ID != open.ID || len(s.Records[0].Attrs) != 1 || string(s.Records[0].Raw) != "raw open" {
		t.Fatalf("first slice: %+v, %v", s.sheet, err)
	}
	s, err = w.Next(ctx)
	if err != nil || len(s.Records) != 1 || len(s.Records[0].Observations) != 1 || s.Records[0].Attrs != nil || s.Records[0].Raw != nil {
		t.Errorf("a record of which a part is deleted: %+v, %v", s.sheet, err)
	}
}

// sequence returns the last one in the log.
func (r *rig) sequence() uint64 {
	info, err := r.stream.Info(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	return info.Last
}

func TestFollowersShareTheirSheets(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	a, b := r.follow(all, Following{Live: true}), r.follow(all, Following{Live: true})
	defer a.Close()
	defer b.Close()
	p.send(record("1", "198.51.100.1"))
	x, err := a.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Next(ctx)
	if err != nil || &x.Parts()[0][0] != &y.Parts()[0][0] {
		t.Errorf("two followers with the same rights and filter got different bytes: %v", err)
	}
	a.Close()
	b.Close()
	if r.live.wanted() || len(r.live.ring) != 0 {
		t.Error("batches are held though nobody follows")
	}
	r.live.join() // for the deferred ones
	r.live.join()
}

func TestFollowerFilters(t *testing.T) {
	r := newRig(t)
	cowrie, feeds := r.publisher("cowrie/a"), r.publisher("feeds/a")
	scan := record("scan", "198.51.100.1")
	scan.Observations[0].Role = cure.RoleScanner
	tagged := record("tagged", "203.0.113.9")
	tagged.Annotations = []cure.Annotation{{Subject: ip("203.0.113.9"), Tag: cure.Observable{Kind: cure.KindTag, Value: "mirai"}, Time: start}}
	port := record("port")
	port.Observations = []cure.Observation{{Observable: cure.Observable{Kind: cure.KindPort, Value: "tcp/23"}, First: start}}
	cowrie.send(scan, tagged, port)
	feeds.send(record("listed", "198.51.100.1"))
	end := record("end", "192.0.2.1")
	for _, p := range []*publisher{cowrie, feeds} {
		last := end
		last.Observations = append(slices.Clone(end.Observations), port.Observations[0])
		last.Observations[0].Role = cure.RoleScanner
		last.Annotations = []cure.Annotation{{Subject: ip("192.0.2.1"), Tag: cure.Observable{Kind: cure.KindTag, Value: "mirai"}, Time: start}}
		p.send(last)
	}
	for _, tt := range []struct {
		name string
		o    Following
		want []string // before the marker
	}{
		{"source", Following{Source: "feeds/a"}, []string{"198.51.100.1"}},
		{"publisher", Following{Source: "cowrie"}, []string{"198.51.100.1", "203.0.113.9", "tcp/23"}},
		{"kind", Following{Kind: cure.KindPort}, []string{"tcp/23"}},
		{"prefix", Following{Query: "198.51.100.0/24 or 192.0.2.1"}, []string{"198.51.100.1", "198.51.100.1"}},
		{"role of this record", Following{Query: "role:scanner"}, []string{"198.51.100.1"}},
		{"source of this record", Following{Query: "source:feeds"}, []string{"198.51.100.1"}},
		{"tag", Following{Query: "tag:mirai kind:ip"}, []string{"203.0.113.9"}},
		{"how many hold it", Following{Query: "seen>=2 kind:ip"}, []string{"198.51.100.1", "198.51.100.1"}},
		{"not", Following{Query: "not 203.0.113.9 kind:ip source:cowrie"}, []string{"198.51.100.1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := r.follow(all, tt.o)
			defer w.Close()
			if diff := cmp.Diff(append(tt.want, "192.0.2.1"), r.values(w, len(tt.want)+1)); diff != "" {
				t.Errorf("followed (-want +got):\n%s", diff)
			}
		})
	}
	for _, q := range []string{"since:1d", "(", "source:"} {
		if _, err := r.Follow(ctx, all, Following{Query: q}); cure.KindOf(err) != cure.Invalid {
			t.Errorf("query %q: %v", q, err)
		}
	}
	if _, err := r.Follow(ctx, all, Following{After: 1000}); cure.KindOf(err) != cure.Invalid {
		t.Errorf("a sequence of another log: %v", err)
	}
}

func TestFollowerIsToldOfAGap(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	p.send(record("1", "198.51.100.1"))
	r.advance(time.Hour)
	second := p.send(record("2", "198.51.100.2"))
	third := p.send(record("3", "198.51.100.3"))
	if err := r.stream.TruncateBefore(ctx, third); err != nil {
		t.Fatal(err)
	}
	w := r.follow(all, Following{})
	defer w.Close()
	if diff := cmp.Diff([]string{fmt.Sprintf("gap 1-%d", second), "198.51.100.3"}, r.values(w, 2)); diff != "" {
		t.Errorf("the log was cut (-want +got):\n%s", diff)
	}
	from := r.follow(all, Following{From: start.Add(time.Minute)})
	defer from.Close()
	if got := r.values(from, 1); got[0] != "198.51.100.3" {
		t.Errorf("from a time on: %v", got)
	}
}

func TestFollowerEndsWithTheHub(t *testing.T) {
	r := newRig(t)
	w := r.follow(all, Following{Live: true})
	r.stop()
	if _, err := w.Next(ctx); cure.KindOf(err) != cure.Unavailable {
		t.Errorf("after the hub: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := w.Next(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context: %v", err)
	}
	r.start()
}
