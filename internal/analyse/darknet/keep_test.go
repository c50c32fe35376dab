package darknet

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
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
			{Name: "kind", Value: kind},
			{Name: "to", Value: g.Port.String()},
			{Name: "slice", Value: g.Time.Format(time.RFC3339)},
			{Name: "packets", Value: strconv.Itoa(int(g.Count))},
			{Name: "per_50s", Value: words(g.Tens[:])},
			{Name: "per_60s", Value: words(g.Minutes[:])},
		},
	}
	if g.Tool != NoTool {
		r.Observations = append(r.Observations, cure.Observation{Observable: cure.Observable{Kind: cure.KindFingerprint, Value: "scan-tool:" + g.Tool.String()}, Role: cure.RoleTool})
	}
	return hub.Opened{Record: r, Source: src}
}

// day is a made-up background, ten minutes at a time: some hosts at some ports
// in a rhythm of their own, a victim that answers, and a silent hour.
func day(seed uint64, windows int, m cure.Marking) (all [][]hub.Opened) {
	r := rand.New(rand.NewPCG(seed, 0))
	for n := range windows {
		var records []hub.Opened
		for range 12 {
			if n >= 60 && n < 66 {
				break
			}
			g := Group{Sight: Sight{
				Time: epoch.Add(time.Duration(n) * Tens.Length()), Host: stranger(r.IntN(40)), Port: Port{packet.TCP, [...]uint16{23, 22, 445}[r.IntN(3)]},
				Answer: r.IntN(9) == 0, Tool: Tool(r.IntN(30) / 29), Count: 2,
			}}
			g.Tens[r.IntN(12)], g.Minutes[r.IntN(10)] = 2, 2
			records = append(records, opened("darknet/a", m, &g))
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
	p.w.told()
}

// cut ends the watch and goes on with another one from its checkpoint.
func (p *press) cut(t *testing.T) {
	t.Helper()
	state, err := p.w.encode(epoch)
	if err != nil {
		t.Fatal(err)
	}
	engines := p.w.engines
	p.w = NewWatch(p.w.seed)
	p.w.engines = engines
	if err := p.w.decode(state, epoch, never); err != nil {
		t.Fatal(err)
	}
}

func never(cure.Source) uint64 { return 0 }

// quick are the engines of low cost.
func quick(seed uint64) (all []Engine) {
	for _, e := range Engines(seed) {
		switch e.Name() {
		case "portsync", "fingerprint", "changefinder":
			all = append(all, e)
		}
	}
	return all
}

// onset puts hosts of an activity into ten minutes, more from time to time.
func onset(records []hub.Opened, n int, m cure.Marking) []hub.Opened {
	at := epoch.Add(time.Duration(n) * Tens.Length())
	for i := range 10 * (n - 159) {
		g := Group{Sight: Sight{Time: at, Host: member(i), Port: Port{packet.TCP, uint16(4000 + n%2)}, Count: 1}}
		g.Tens[n%12], g.Minutes[n%10] = 1, 1
		records = append(records, opened("darknet/a", m, &g))
	}
	return records
}

// TestWatchGoesOn: a watch that is cut at every border of windows and in the
// middle of each says the same, with the same ids, in the same order, as one
// that never was; nothing twice; and remembers the same for pictures. Two
// markings of a source stay two pipelines.
func TestWatchGoesOn(t *testing.T) {
	open, shut := cure.Marking{TLP: cure.TLPGreen}, cure.Marking{TLP: cure.TLPRed}
	one, other := day(1, 166, open), day(2, 166, shut)
	for _, tt := range []struct {
		name     string
		engines  func(uint64) []Engine
		from, to int
		said     int // at least so many records
	}{
		{"more than a day", quick, 0, 166, 3},
		{"all engines", Engines, 153, 166, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			whole, cut := &press{w: NewWatch(1)}, &press{w: NewWatch(1)}
			whole.w.engines, cut.w.engines = tt.engines, tt.engines
			for i := tt.from; i < tt.to; i++ {
				records, half := one[i], len(one[i])/2
				if i >= 160 && i < 164 {
					records = onset(records, i, open)
				}
				for _, part := range [][]hub.Opened{records[:half], records[half:], other[i]} {
					whole.take(part)
					cut.take(part)
					cut.cut(t)
				}
			}
			same(t, whole, cut)
			if len(whole.said) < tt.said {
				t.Errorf("only %d records are said", len(whole.said))
			}
		})
	}
}

// same compares what two watches have said and remember.
func same(t *testing.T, whole, cut *press) {
	t.Helper()
	if d := cmp.Diff(whole.said, cut.said); d != "" {
		t.Errorf("cut, it says (-whole +cut)\n%s", d)
	}
	a, err := whole.w.encode(epoch)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := cut.w.encode(epoch); err != nil || !bytes.Equal(a, b) {
		t.Errorf("cut, it remembers something else: %d and %d bytes, %v", len(a), len(b), err)
	}
	asked := 0
	for _, p := range whole.w.Places() {
		port, at := cure.Observable{Kind: cure.KindPort, Value: "tcp/23"}, epoch.Add(27*time.Hour)
		want, got := p.Why(port, at), cut.w.At(p.Source, p.Marking).Why(port, at)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("why not (-whole +cut)\n%s", d)
		}
		asked += len(got)
	}
	if asked == 0 {
		t.Error("nothing is remembered of a port")
	}
}

// TestWatchRefuses: a checkpoint that is damaged, of another seed, too old or
// before a correction is refused, and the watch is as new.
func TestWatchRefuses(t *testing.T) {
	p := &press{w: NewWatch(1)}
	for _, records := range day(1, 12, cure.Marking{TLP: cure.TLPGreen}) {
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
	for i := 0; i < len(state); i += len(state) / 64 { // a bit here and there: refused, or another number, but no harm
		state[i] ^= 4
		_ = NewWatch(1).decode(state, epoch, never)
		state[i] ^= 4
	}
}

// FuzzWatchState: whatever is taken for the state of a place is refused or
// goes on, and is written as it was read.
func FuzzWatchState(f *testing.F) {
	src := place{"darknet/a", cure.Marking{TLP: cure.TLPGreen}.Or(hub.Strict)}
	rows := day(1, 8, src.marking)
	p := &press{w: NewWatch(1)}
	f.Add([]byte{})
	for i := range 8 {
		p.take(rows[i])
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

// TestTwoOfOneBeginning: activities that began in one window at one port are two.
func TestTwoOfOneBeginning(t *testing.T) {
	d := &dwelling{place: place{source: "darknet/a"}, house: NewHouse(HouseOptions{Sensor: "a"})}
	start := time.Date(2026, 11, 20, 10, 20, 0, 0, time.UTC)
	one, two := &Activity{Start: start, Ports: []Port{{}}}, &Activity{Start: start, Ports: []Port{{}}}
	d.house.Merger.open = []*Activity{one, two}
	first, second := d.id(one), d.id(two)
	if first == second || d.id(one) != first || d.id(two) != second {
		t.Errorf("ids %s and %s", first, second)
	}
}
