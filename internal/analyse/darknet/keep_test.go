package darknet

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/analyse/darknet/gen"
	"github.com/opencure/cure/internal/hub"
	"github.com/opencure/cure/internal/publish/packet"
)

// opened is a group as the darknet publisher would tell it.
func opened(src cure.Source, m cure.Marking, g *Group) hub.Opened {
	words := func(list []uint32) string {
		var all []string
		for _, n := range list {
			all = append(all, strconv.Itoa(int(n)))
		}
		return strings.Join(all, " ")
	}
	kind := "scan"
	if g.Answer {
		kind = "backscatter"
	}
	r := cure.Record{
		Marking: m,
		Observations: []cure.Observation{
			{Observable: hostValue(g.Host), Role: cure.RoleScanner},
			{Observable: cure.Observable{Kind: cure.KindPort, Value: g.Port.String()}, Role: cure.RoleTarget},
		},
		Attrs: []cure.Attr{
			{Name: "kind", Value: kind}, {Name: "to", Value: g.Port.String()}, {Name: "slice", Value: g.Time.Format(time.RFC3339)},
			{Name: "packets", Value: strconv.Itoa(int(g.Count))}, {Name: "per_50s", Value: words(g.Tens[:])}, {Name: "per_60s", Value: words(g.Minutes[:])},
		},
	}
	if g.Tool != NoTool {
		r.Observations = append(r.Observations, cure.Observation{Observable: cure.Observable{Kind: cure.KindFingerprint, Value: "scan-tool:" + g.Tool.String()}, Role: cure.RoleTool})
	}
	return hub.Opened{Record: r, Source: src}
}

// slicesOf makes the records of a small world, ten minutes at a time.
func slicesOf(c gen.Config, src cure.Source, m cure.Marking) (all [][]hub.Opened) {
	w := gen.New(c)
	for packets, ok := w.Next(); ok; packets, ok = w.Next() {
		groups := map[Sight]*Group{}
		for i := range packets {
			p := &packets[i]
			at := p.At.Truncate(Tens.Length())
			k := Sight{Time: at, Host: Host{Addr: packet.V4(p.Src)}, Port: Port{p.Proto, p.Port}, Tool: Tool(p.Tool), Answer: p.Answer}
			g := groups[k]
			if g == nil {
				g = &Group{Sight: k}
				groups[k] = g
			}
			g.Count++
			g.Tens[p.At.Sub(at)/(50*time.Second)]++
			g.Minutes[p.At.Sub(at)/time.Minute]++
		}
		var list []*Group
		for _, g := range groups {
			list = append(list, g)
		}
		slices.SortFunc(list, func(a, b *Group) int {
			return cmp.Or(a.Time.Compare(b.Time), a.Host.Compare(b.Host), a.Port.Compare(b.Port), cmp.Compare(a.Tool, b.Tool), cmp.Compare(fmt.Sprint(a.Answer), fmt.Sprint(b.Answer)))
		})
		var records []hub.Opened
		for _, g := range list {
			records = append(records, opened(src, m, g))
		}
		all = append(all, records)
	}
	return all
}

// press is a watch with all that it has published.
type press struct {
	w    *Watch
	said []cure.Record
}

func (p *press) take(records []hub.Opened) {
	p.w.take(records, epoch)
	p.said = append(p.said, p.w.news(func() (all []hub.Finding) {
		for i := range p.said {
			r := &p.said[i]
			all = append(all, hub.Finding{Detection: r.Detections[0], Marking: r.Marking})
		}
		return all
	})...)
}

// cut ends the watch and goes on with another one from its checkpoint.
func (p *press) cut(t *testing.T) {
	t.Helper()
	state, err := p.w.encode(epoch)
	if err != nil {
		t.Fatal(err)
	}
	p.w = NewWatch(p.w.seed)
	if err := p.w.decode(state, epoch, never); err != nil {
		t.Fatal(err)
	}
}

func never(cure.Source) uint64 { return 0 }

var small = gen.Config{Seed: 11, Days: 2, Campaigns: 4, Quiet: 1, Scale: 0.02, Faults: true}

// TestWatchGoesOn: a watch that is cut at every border of windows and in the
// middle of each says the same, with the same ids, in the same order, as one
// that never was; nothing twice; and remembers the same for pictures. Two
// markings of a source stay two pipelines.
func TestWatchGoesOn(t *testing.T) {
	open, shut := cure.Marking{TLP: cure.TLPGreen}, cure.Marking{TLP: cure.TLPRed}
	one, other := slicesOf(small, "darknet/a", open), slicesOf(gen.Config{Seed: 3, Days: 2, Campaigns: 2, Quiet: 1, Scale: 0.01}, "darknet/a", shut)
	whole, cut := &press{w: NewWatch(1)}, &press{w: NewWatch(1)}
	for i := range one {
		half := len(one[i]) / 2
		for _, part := range [][]hub.Opened{one[i][:half], one[i][half:], other[i]} {
			whole.take(part)
			cut.take(part)
			cut.cut(t)
		}
	}
	if len(whole.said) < 3 {
		t.Fatalf("only %d records are said", len(whole.said))
	}
	if d := gocmp.Diff(whole.said, cut.said); d != "" {
		t.Errorf("cut, it says (-whole +cut)\n%s", d)
	}
	a, err := whole.w.encode(epoch)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := cut.w.encode(epoch); err != nil || !bytes.Equal(a, b) {
		t.Errorf("cut, it remembers something else: %d and %d bytes, %v", len(a), len(b), err)
	}
	at := gen.Begin.Add(47 * time.Hour)
	for _, p := range whole.w.Places() {
		port := cure.Observable{Kind: cure.KindPort, Value: "tcp/23"}
		want, got := p.Why(port, at), cut.w.At(p.Source, p.Marking).Why(port, at)
		if d := gocmp.Diff(want, got); d != "" || p.Marking == open && len(got) == 0 {
			t.Errorf("why not: %d judgements\n%s", len(got), d)
		}
	}
}

// TestWatchRefuses: a checkpoint that is damaged, of another seed, too old or
// before a correction is refused, and the watch is as new.
func TestWatchRefuses(t *testing.T) {
	p := &press{w: NewWatch(1)}
	for _, records := range slicesOf(small, "darknet/a", cure.Marking{TLP: cure.TLPGreen})[:12] {
		p.take(records)
	}
	p.w.since = 7
	state, err := p.w.encode(epoch)
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(state)
	other[0]++
	late := func(cure.Source) uint64 { return 8 }
	for _, tt := range []struct {
		name      string
		seed      uint64
		state     []byte
		after     time.Duration
		corrected func(cure.Source) uint64
		want      string
	}{
		{"empty", 1, nil, 0, never, "another version"},
		{"version", 1, other, 0, never, "another version"},
		{"half", 1, state[:len(state)/2], 0, never, "damaged"},
		{"longer", 1, append(bytes.Clone(state), 0), 0, never, "damaged"},
		{"seed", 2, state, 0, never, "seed 1, not 2"},
		{"old", 1, state, 9 * 24 * time.Hour, never, "older than engines remember"},
		{"corrected", 1, state, 0, late, "darknet/a was corrected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := NewWatch(tt.seed)
			err := w.decode(tt.state, epoch.Add(tt.after), tt.corrected)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if len(w.houses) != 0 || len(w.known) != 0 || w.since != 0 {
				t.Error("the watch is not as new")
			}
		})
	}
	for i := range state { // a bit of each byte: refused, or another number, but no harm
		state[i] ^= 4
		_ = NewWatch(1).decode(state, epoch, never)
		state[i] ^= 4
	}
}

// FuzzWatchState: whatever is taken for the state of a place is refused or
// goes on, and is written as it was read.
func FuzzWatchState(f *testing.F) {
	src := place{"darknet/a", cure.Marking{TLP: cure.TLPGreen}}
	rows := slicesOf(small, src.source, src.marking)
	p := &press{w: NewWatch(1)}
	f.Add([]byte{})
	for i := range 8 {
		p.take(rows[i][:min(len(rows[i]), 40)])
		c := coder{}
		d := p.w.houses[src]
		d.walk(&c)
		known := p.w.knownOf(src)
		c.length(len(known), 1)
		f.Add(c.b)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		w := NewWatch(1)
		if w.takeUp(src, raw, epoch) != nil {
			return
		}
		state, err := w.encode(epoch)
		if err != nil {
			t.Fatal(err)
		}
		again := NewWatch(1)
		if err := again.decode(state, epoch, never); err != nil {
			t.Fatalf("its own state is refused: %v", err)
		}
		if twice, err := again.encode(epoch); err != nil || !bytes.Equal(state, twice) {
			t.Fatalf("a state that was read is written otherwise: %v", err)
		}
		at := w.houses[src].house.newest.Truncate(Tens.Length()).Add(Tens.Length())
		if at.Unix() <= 0 {
			at = epoch
		}
		g := Group{Sight: Sight{Time: at, Host: member(1), Port: botPort, Count: 1}}
		g.Tens[0], g.Minutes[0] = 1, 1
		w.take([]hub.Opened{opened(src.source, src.marking, &g)}, epoch)
		w.houses[src].house.Flush()
		w.news(func() []hub.Finding { return nil })
		(&Place{src.source, src.marking, w}).Why(cure.Observable{Kind: cure.KindPort, Value: "tcp/23"}, at)
	})
}
