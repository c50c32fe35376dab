package similar

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

var now = time.Date(2026, 11, 20, 10, 40, 0, 0, time.UTC)

func address(n int) netip.Addr {
	return netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)})
}

// seenAt is what one visit leaves.
func seenAt(n int, at time.Time, port int) cure.Record {
	v := visit{at: at, port: port, packets: 3, proto: "tcp", shape: "tcp-syn:w1"}
	return v.record(address(n), "darknet/a")
}

func index(clock *time.Time) *Index { return New(func() time.Time { return *clock }) }

func TestTokensOfRecords(t *testing.T) {
	at := now.Add(-time.Hour)
	actor := cure.Observation{Observable: cure.Observable{Kind: cure.KindIP, Value: "198.51.100.7"}, Role: cure.RoleScanner, First: at, Count: 4}
	with := func(change func(*cure.Record)) cure.Record {
		rec := cure.Record{Observations: []cure.Observation{actor}}
		change(&rec)
		return rec
	}
	for name, tt := range map[string]struct {
		rec  cure.Record
		want []string // kinds
	}{
		"port": {with(func(r *cure.Record) {
			r.Observations = append(r.Observations, cure.Observation{Observable: cure.Observable{Kind: cure.KindPort, Value: "tcp/23"}, Role: cure.RoleTarget})
		}), []string{"port", "hours", "slot", "rate"}},
		"minutes of a darknet": {with(func(r *cure.Record) {
			r.Attrs = []cure.Attr{{Name: "kind", Value: "scan"}, {Name: "to", Value: "icmp"}, {Name: "slice", Value: "2026-11-20T09:40:00Z"}, {Name: "per_60s", Value: "1 0 2 0 0 0 0 0 0 1"}}
		}), []string{"port", "hours", "slot", "hours", "slot", "rate"}},
		"login and command": {with(func(r *cure.Record) {
			r.Sensor = "s1"
			r.Attrs = []cure.Attr{{Name: "username", Value: "root"}, {Name: "password", Value: "x"}, {Name: "command", Value: "uname -a"}}
		}), []string{"login", "command", "rate", "sensor"}},
		"a list of scanners tells nothing of behaviour": {with(func(r *cure.Record) {
			r.Annotations = []cure.Annotation{{Subject: actor.Observable, Tag: cure.Observable{Kind: cure.KindTag, Value: "scanner:research"}}, {Subject: actor.Observable, Tag: cure.Observable{Kind: cure.KindTag, Value: "malware:mirai"}}}
		}), []string{"tag", "rate"}},
		"victims do nothing": {with(func(r *cure.Record) { r.Observations[0].Role = cure.RoleVictim }), nil},
		"lists say nothing":  {with(func(r *cure.Record) { r.Observations[0].State = cure.StateListed }), nil},
		"too long ago":       {with(func(r *cure.Record) { r.Observations[0].First = now.Add(-Keep - time.Hour) }), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var x extract
			var got []string
			if x.read(&tt.rec, now.Add(-Keep), now) {
				for _, c := range x.counts {
					got = append(got, kindNames[c.token.kind()])
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPortTokensHaveNames(t *testing.T) {
	for _, name := range []string{"tcp/23", "udp/65535", "sctp/0"} {
		if got := portName(portToken(name)); got != name {
			t.Errorf("%s becomes %q", name, got)
		}
	}
	if portName(portToken("icmp")) != "" || portToken("icmp") == portToken("icmp6") {
		t.Error("protocols without ports are one, or have a name")
	}
}

// TestCountsDecay holds forward decay against counting by hand.
func TestCountsDecay(t *testing.T) {
	tok := portToken("tcp/23")
	var have uint16
	want := 0.0
	for i := range 400 {
		at := now.Add(-time.Duration(400-i) * time.Hour)
		have = grown(have, tok, at.Unix(), 2)
		want = want*math.Exp2(-1.0/(7*24)) + 2
	}
	got := math.Exp2(float64(have)/unitsPerBit - age(now.Add(-time.Hour).Unix()))
	if got < 0.9*want || got > 1.1*want {
		t.Errorf("count %.1f, want about %.1f", got, want)
	}
	if grown(0, tok, now.Add(-Keep-time.Minute).Unix(), 1) >= worth(now.Unix())+1 {
		t.Error("a packet of more than thirty days ago still counts")
	}
}

func TestRowsKeepWhatCountsMost(t *testing.T) {
	c := newCell(cellKey{source: "darknet/a"})
	a := key16(address(1).As16())
	for port := range 200 {
		rec := seenAt(1, now.Add(-time.Duration(200-port)*time.Hour), 1000+port)
		var x extract
		if !x.read(&rec, now.Add(-Keep), now) {
			t.Fatal("nothing in the record")
		}
		c.add(a, &x)
	}
	r := &c.rows[0]
	tokens, _ := c.arena.block(r)
	ports := 0
	for _, tok := range tokens {
		if tok.kind() == kindPort {
			ports++
			if portName(tok) < "tcp/1175" {
				t.Errorf("%s of long ago is kept", portName(tok))
			}
		}
	}
	if ports != groupMost[0] || len(tokens) > 64 {
		t.Errorf("%d ports among %d tokens", ports, len(tokens))
	}
	used := 0
	for _, n := range c.portUse {
		used += int(n)
	}
	if used != ports {
		t.Errorf("%d ports are counted, %d kept", used, ports)
	}
}

// TestArena compares rows in blocks with rows in slices.
func TestArena(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var a arena
	rows := make([]row, 3000)
	want := make([][]token, len(rows))
	for range 40000 {
		i := r.IntN(len(rows))
		if len(want[i]) < 64 {
			tok := token(r.Uint32())
			a.push(&rows[i], tok, uint16(tok))
			want[i] = append(want[i], tok)
		}
	}
	for i := range rows {
		tokens, counts := a.block(&rows[i])
		if !slices.Equal(tokens, want[i]) {
			t.Fatalf("row %d holds %v, want %v", i, tokens, want[i])
		}
		for k := range tokens {
			if counts[k] != uint16(tokens[k]) {
				t.Fatalf("row %d: count %d moved", i, k)
			}
		}
	}
}

func TestBandsFindAllRows(t *testing.T) {
	for _, n := range []int{0, 1, 7, 5000} {
		r := rand.New(rand.NewPCG(2, uint64(n)))
		keys := make([]uint32, n)
		for i := range keys {
			keys[i] = r.Uint32() >> (r.IntN(3) * 12) << (r.IntN(2) * 12)
		}
		if n > 2 {
			keys[0], keys[1] = math.MaxUint32, math.MaxUint32
		}
		b := newBand(keys)
		for i, k := range keys {
			if !slices.ContainsFunc(b.find(k), func(e uint32) bool { return e&rowMask == uint32(i) }) {
				t.Fatalf("of %d rows, row %d with key %#x is not found", n, i, k)
			}
		}
		if n == 0 && b.find(1) != nil {
			t.Error("something is found in nothing")
		}
	}
}

// TestSmallChangesAreFound adds to a cell that is too large to be built anew
// each time.
func TestSmallChangesAreFound(t *testing.T) {
	clock := now
	ix := index(&clock)
	r := rand.New(rand.NewPCG(3, 3))
	for n := range small + 500 {
		rec := seenAt(n, now.Add(-time.Duration(r.IntN(600))*time.Hour), popular[r.IntN(len(popular))])
		ix.Add("darknet/a", cure.Marking{}, &rec, 0)
	}
	ix.Settle()
	built := ix.cells[0].base
	for n := 10000; n < 10020; n++ {
		for hour := range 2 {
			rec := seenAt(n, now.Add(-time.Duration(hour+1)*time.Hour), 48123)
			ix.Add("darknet/a", cure.Marking{}, &rec, 0)
		}
	}
	ix.Settle()
	if ix.cells[0].base != built {
		t.Fatal("the cell was built anew")
	}
	got := ix.Similar(everything, address(10000))
	if len(got.Values) != 19 || got.State != client.SimilarFound {
		t.Fatalf("%d are alike, want 19: %+v", len(got.Values), got)
	}
	if why := got.Values[0].Why; !strings.Contains(why, "tcp/48123") {
		t.Errorf("the reason is %q", why)
	}
}

func TestWhatIsOldIsForgotten(t *testing.T) {
	clock := now
	ix := index(&clock)
	for n := range 20 {
		rec := seenAt(n, now.Add(-time.Hour), 23)
		ix.Add("darknet/a", cure.Marking{}, &rec, 0)
	}
	ix.Settle()
	clock = now.Add(80 * 24 * time.Hour)
	rec := seenAt(99, clock.Add(-time.Hour), 23)
	ix.Add("darknet/a", cure.Marking{}, &rec, 0)
	ix.Settle()
	if s := ix.Status(); s.Addresses != 1 {
		t.Errorf("%d addresses are held, want the new one", s.Addresses)
	}
}

// TestSketchesFindTheNearest is the quality of the search on a small crowd; the
// full measure is cure similar eval.
func TestSketchesFindTheNearest(t *testing.T) {
	trial := NewTrial(crowdUntil, DefaultWeights())
	Crowd{Seed: 9, Until: crowdUntil, Size: 300}.Each(func(s Sample) {
		if s.Group == "" || strings.HasPrefix(s.Group, "bot") || s.Group == "dropper" {
			trial.Add(s)
		}
	})
	trial.Settle()
	if r, asked := trial.Recall(60, 10, 1); r < 0.9 || asked < 20 {
		t.Errorf("recall %.3f of %d asked", r, asked)
	}
	c := trial.Classify(voters, leastGroup)
	if weighted, macro := c.F1(); weighted < 0.9 || macro < 0.9 {
		t.Errorf("weighted F1 %.3f, macro %.3f: %+v", weighted, macro, c.Groups())
	}
}

func TestCalibrationRises(t *testing.T) {
	last := -1.0
	for x := 0.0; x <= 1; x += 0.01 {
		if s := Score(x); s < last || s < 0 || s > 1 {
			t.Fatalf("score of %.2f is %v after %v", x, s, last)
		} else {
			last = s
		}
	}
	if calibrated.Pairs == 0 || last < 0.5 {
		t.Errorf("calibrated on %d pairs, score of equal ones %v", calibrated.Pairs, last)
	}
}

func TestReadGroups(t *testing.T) {
	g, err := ReadGroups(strings.NewReader("source,group,cidr\nx,Shodan.example,192.0.2.0/28\nx,,198.51.100.0/24\nx,b,nothing\nx,other,203.0.113.7\n"))
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[string]string{"192.0.2.3": "shodan", "198.51.100.1": "", "203.0.113.7": "other", "203.0.113.8": ""} {
		if got := g.Of(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s is of %q, want %q", a, got, want)
		}
	}
	if _, err := ReadGroups(strings.NewReader("a,b\n")); cure.KindOf(err) != cure.Invalid {
		t.Errorf("a list of two columns: %v", err)
	}
}

// FuzzExtract reads records of any content.
func FuzzExtract(f *testing.F) {
	f.Add("198.51.100.7", "tcp/23", "per_60s", "1 0 2", "2026-11-20T09:40:00Z", uint32(3))
	f.Add("2001:db8::1", "icmp", "command", "\x00\xff", "x", uint32(0))
	f.Fuzz(func(t *testing.T, ip, port, name, value, slice string, n uint32) {
		clock := now
		ix := index(&clock)
		rec := cure.Record{Attrs: []cure.Attr{{Name: "slice", Value: slice}, {Name: name, Value: value}, {Name: "kind", Value: "scan"}, {Name: "to", Value: port}}}
		for _, o := range []cure.Observable{{Kind: cure.KindIP, Value: ip}, {Kind: cure.KindPort, Value: port}, {Kind: cure.KindFingerprint, Value: value}} {
			rec.Observations = append(rec.Observations, cure.Observation{Observable: o, Role: cure.RoleScanner, First: now.Add(-time.Minute), Count: n})
		}
		ix.Add("cowrie/a", cure.Marking{}, &rec, 0)
		rec.Observations[0].Observable.Value = "192.0.2.1"
		ix.Add("cowrie/a", cure.Marking{}, &rec, 0)
		ix.Settle()
		got := ix.Similar(everything, netip.MustParseAddr("192.0.2.1"))
		for _, v := range got.Values {
			if v.Overlap < 0 || v.Overlap > 1 || v.Score < 0 || v.Score > 1 {
				t.Errorf("overlap %v, score %v", v.Overlap, v.Score)
			}
		}
	})
}

func BenchmarkSimilar(b *testing.B) {
	trial := NewTrial(crowdUntil, DefaultWeights())
	Crowd{Seed: 1, Until: crowdUntil, Size: 2000}.Each(trial.Add)
	trial.Settle()
	asked := trial.draw(100, 1)
	i := 0
	for b.Loop() {
		trial.ix.Similar(everything, asked[i%len(asked)].addr())
		i++
	}
}

func ExampleIndex_Similar() {
	clock := now
	ix := index(&clock)
	for n := range 40 {
		port := 1000 + n
		if n < 3 {
			port = 48123
		}
		for day := range 2 {
			rec := seenAt(n, now.AddDate(0, 0, -day).Add(-time.Hour), port)
			ix.Add("darknet/a", cure.Marking{}, &rec, 0)
		}
	}
	ix.Settle()
	for _, v := range ix.Similar(everything, address(0)).Values {
		fmt.Println(v.Observable.Value, v.Shared[0].Kind)
	}
	// Output:
	// 198.18.0.1 port
	// 198.18.0.2 port
}
