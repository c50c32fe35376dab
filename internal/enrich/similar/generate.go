package similar

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Sample is a record with the group that its source is of, "" for the
// background. Its data are SYNTHETIC where a [Crowd] made it.
type Sample struct {
	Source cure.Source
	Group  string
	Addr   netip.Addr
	Record cure.Record
}

// Crowd makes groups of sources that act together, and a background of sources
// that do not, in the shape in which publishers say what they saw. The same
// seed gives the same crowd. Ports, times, sizes and dictionaries are drawn
// from the seed, so that groups of one seed say little about those of another.
type Crowd struct {
	Seed  uint64
	Until time.Time
	Size  int // sources of the background
}

// habit is how a group behaves.
type habit struct {
	name     string
	size     [2]int // of the group, from and to
	ports    int    // it looks for; how many of them one source looks for is drawn
	proto    string
	tool     string        // fingerprint, "" for none
	shaped   bool          // all have the same SYN
	sync     int           // bursts that all take part in
	visits   [2]int        // of a source, besides
	hours    int           // of the day in which it is active, 24: always
	rate     int           // packets a visit
	source   cure.Source   // that sees most of it
	attr     string        // of records, "" for none
	words    int           // different values of attr
	sideways int           // one in so many of its visits is to a port of anybody's
	spread   time.Duration // how long ago it began
}

// habits are the groups of a crowd.
var habits = []habit{
	{name: "bot with a mark", size: [2]int{150, 400}, ports: 2, proto: "tcp", tool: "scan-tool:mirai", visits: [2]int{3, 12}, hours: 24, rate: 6, source: "darknet/a", sideways: 30, spread: 20 * 24 * time.Hour},
	{name: "bot with a mark and orders", size: [2]int{60, 200}, ports: 1, proto: "tcp", tool: "scan-tool:mirai", sync: 6, visits: [2]int{0, 3}, hours: 24, rate: 3, source: "darknet/a", sideways: 20, spread: 5 * 24 * time.Hour},
	{name: "bot under orders", size: [2]int{60, 250}, ports: 2, proto: "tcp", sync: 8, visits: [2]int{0, 3}, hours: 24, rate: 4, source: "darknet/a", sideways: 20, spread: 10 * 24 * time.Hour},
	{name: "quiet bot under orders", size: [2]int{30, 80}, ports: 1, proto: "tcp", sync: 4, visits: [2]int{0, 1}, hours: 24, rate: 2, source: "darknet/a", sideways: 20, spread: 3 * 24 * time.Hour},
	{name: "worm", size: [2]int{150, 500}, ports: 1, proto: "tcp", shaped: true, visits: [2]int{4, 20}, hours: 24, rate: 2, source: "darknet/a", sideways: 40, spread: 25 * 24 * time.Hour},
	{name: "login guesser", size: [2]int{80, 250}, ports: 2, proto: "tcp", visits: [2]int{3, 12}, hours: 24, rate: 8, source: "cowrie/a", attr: "login", words: 24, sideways: 30, spread: 15 * 24 * time.Hour},
	{name: "login guesser by day", size: [2]int{40, 120}, ports: 1, proto: "tcp", visits: [2]int{3, 10}, hours: 8, rate: 20, source: "cowrie/a", attr: "login", words: 12, sideways: 30, spread: 15 * 24 * time.Hour},
	{name: "dropper", size: [2]int{40, 150}, ports: 2, proto: "tcp", visits: [2]int{2, 8}, hours: 24, rate: 3, source: "cowrie/a", attr: "command", words: 6, sideways: 20, spread: 10 * 24 * time.Hour},
	{name: "web prober", size: [2]int{40, 150}, ports: 3, proto: "tcp", visits: [2]int{2, 10}, hours: 24, rate: 5, source: "glastopf/a", attr: "path", words: 10, sideways: 15, spread: 15 * 24 * time.Hour},
	{name: "web client", size: [2]int{30, 80}, ports: 2, proto: "tcp", visits: [2]int{2, 10}, hours: 24, rate: 5, source: "glastopf/a", attr: "user_agent", words: 1, sideways: 15, spread: 15 * 24 * time.Hour},
	{name: "survey with a mark", size: [2]int{30, 90}, ports: 14, proto: "tcp", tool: "scan-tool:zmap", shaped: true, visits: [2]int{10, 40}, hours: 6, rate: 2, source: "darknet/a", sideways: 50, spread: 28 * 24 * time.Hour},
	{name: "survey", size: [2]int{20, 60}, ports: 25, proto: "tcp", shaped: true, visits: [2]int{10, 40}, hours: 24, rate: 1, source: "darknet/a", sideways: 50, spread: 28 * 24 * time.Hour},
	{name: "seeker of amplifiers", size: [2]int{40, 120}, ports: 3, proto: "udp", visits: [2]int{3, 15}, hours: 24, rate: 10, source: "darknet/a", sideways: 20, spread: 20 * 24 * time.Hour},
	{name: "attacker of ours", size: [2]int{30, 80}, ports: 2, proto: "tcp", sync: 3, visits: [2]int{1, 4}, hours: 24, rate: 4, source: "alerts/a", attr: "rule", words: 2, sideways: 15, spread: 7 * 24 * time.Hour},
}

// popular are the ports that everybody looks for, the first most.
var popular = []int{23, 22, 445, 80, 443, 3389, 8080, 2323, 5555, 1433, 5900, 81, 8443, 6379, 3306, 21, 25, 8081, 5060, 9200}

// Each yields the records of the crowd, source by source.
func (c Crowd) Each(yield func(Sample)) {
	r := rand.New(rand.NewPCG(c.Seed, 0xc0de))
	net := uint32(0)
	for _, h := range habits {
		g := newGang(&h, r, c.Until)
		for range h.size[0] + r.IntN(h.size[1]-h.size[0]+1) {
			// Two in a /24 now and then: neighbours are often of one group.
			if r.IntN(4) > 0 {
				net++
			}
			g.member(c.addr(r, net), r, yield)
		}
	}
	for i := range c.Size {
		c.stranger(c.addr(r, net+1+uint32(i)), r, yield)
	}
}

// addr returns an address of the n-th /24 of 240.0.0.0/4, which nobody has.
func (c Crowd) addr(r *rand.Rand, n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(240 + n>>16&15), byte(n >> 8), byte(n), byte(r.IntN(256))})
}

// gang is a group with what was drawn for it.
type gang struct {
	*habit
	name   string
	until  time.Time
	ports  []int
	bursts []time.Time
	shape  string
	words  []string
	hour   int // of the day at which it begins
}

func newGang(h *habit, r *rand.Rand, until time.Time) *gang {
	g := &gang{habit: h, name: h.name, until: until, hour: r.IntN(24), shape: shape(r)}
	for range h.ports {
		p := popular[r.IntN(len(popular))]
		if r.IntN(3) > 0 { // mostly one that few look for
			p = 1024 + r.IntN(60000)
		}
		g.ports = append(g.ports, p)
	}
	for range h.sync {
		g.bursts = append(g.bursts, g.time(r))
	}
	for range h.words {
		g.words = append(g.words, fmt.Sprintf("%s-%x", h.attr, r.Uint32()))
	}
	return g
}

// time draws a moment at which the group is active.
func (g *gang) time(r *rand.Rand) time.Time {
	at := g.until.Add(-time.Duration(r.Int64N(int64(g.spread))))
	if g.hours < 24 {
		at = at.Truncate(24 * time.Hour).Add(time.Duration(g.hour)*time.Hour + time.Duration(r.Int64N(int64(g.hours)*int64(time.Hour))))
	}
	if at.After(g.until) {
		at = at.Add(-24 * time.Hour)
	}
	return at
}

func shape(r *rand.Rand) string {
	return fmt.Sprintf("tcp-syn:w%d/o2.4.8.1.3/m1460/s7/t%d", 1024+r.IntN(60000), []int{32, 64, 128, 255}[r.IntN(4)])
}

// member yields the records of one source of the group.
func (g *gang) member(a netip.Addr, r *rand.Rand, yield func(Sample)) {
	var times []time.Time
	for _, b := range g.bursts {
		if r.IntN(10) > 0 { // one in ten does not hear the order
			times = append(times, b.Add(time.Duration(r.IntN(240))*time.Second))
		}
	}
	for range g.visits[0] + r.IntN(g.visits[1]-g.visits[0]+1) {
		times = append(times, g.time(r))
	}
	own := shape(r)
	for i, at := range times {
		v := visit{at: at, port: g.ports[r.IntN(len(g.ports))], proto: g.proto, packets: 1 + r.IntN(2*g.rate), tool: g.tool, shape: own}
		if g.shaped {
			v.shape = g.shape
		}
		if i >= len(g.bursts) && r.IntN(g.sideways) == 0 {
			v.port = popular[r.IntN(len(popular))]
		}
		src := g.source
		if i > 0 && r.IntN(6) == 0 { // another sensor sees it too
			src = "darknet/a"
		}
		if g.attr != "" && src == g.source {
			v.attr, v.word = g.attr, g.words[r.IntN(len(g.words))]
		}
		yield(Sample{src, g.name, a, v.record(a, src)})
	}
}

// stranger yields the records of a source that is of no group.
func (c Crowd) stranger(a netip.Addr, r *rand.Rand, yield func(Sample)) {
	port := func() int {
		if r.IntN(4) > 0 {
			return popular[int(float64(len(popular))*r.Float64()*r.Float64())]
		}
		return 1 + r.IntN(65535)
	}
	favourite, own := port(), shape(r)
	for range 1 + r.IntN(6) {
		v := visit{at: c.Until.Add(-time.Duration(r.Int64N(int64(Keep)))), port: favourite, proto: "tcp", packets: 1 + r.IntN(5), shape: own}
		if r.IntN(3) == 0 {
			v.port = port()
		}
		if r.IntN(20) == 0 {
			v.tool = []string{"scan-tool:mirai", "scan-tool:zmap", "scan-tool:masscan"}[r.IntN(3)]
		}
		yield(Sample{"darknet/a", "", a, v.record(a, "darknet/a")})
	}
}

// visit is what one record tells.
type visit struct {
	at                 time.Time
	port, packets      int
	proto, tool, shape string
	attr, word         string
}

// record writes a visit as the publishers of darknets and honeypots do.
func (v *visit) record(a netip.Addr, src cure.Source) cure.Record {
	say := func(kind cure.Kind, value string, role cure.Role) cure.Observation {
		return cure.Observation{Observable: cure.Observable{Kind: kind, Value: value}, Role: role, First: v.at, Count: uint32(v.packets)}
	}
	rec := cure.Record{Observations: []cure.Observation{
		say(cure.KindIP, a.String(), cure.RoleScanner),
		say(cure.KindPort, v.proto+"/"+strconv.Itoa(v.port), cure.RoleTarget),
	}}
	switch src.Publisher() {
	case "darknet":
		if v.tool != "" {
			rec.Observations = append(rec.Observations, say(cure.KindFingerprint, v.tool, cure.RoleTool))
		}
		rec.Observations = append(rec.Observations, say(cure.KindFingerprint, v.shape, cure.RoleTool))
	default:
		rec.Sensor = string(src)
		if v.attr == "login" {
			rec.Attrs = []cure.Attr{{Name: "username", Value: "root"}, {Name: "password", Value: v.word}}
		} else if v.attr != "" {
			rec.Attrs = []cure.Attr{{Name: v.attr, Value: v.word}}
		}
	}
	return rec
}
