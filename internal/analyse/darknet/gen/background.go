package gen

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/opencure/cure/internal/publish/packet"
)

// crowd is the background: scanners that come, send for a while and go.
type crowd struct {
	r        *rand.Rand
	arrivals float64 // a slice
	packets  float64 // mean of a session
	sessions []session
}

type session struct {
	src   uint32
	until time.Time
	rate  float64 // packets a slice
	ports []uint16
	proto uint8
	tool  Tool
	burst bool // all within a minute
}

// Ports in the order of how much they are scanned (Zipf), as darknet reports
// have them.
var popular = []uint16{445, 23, 22, 80, 8080, 3389, 443, 5555, 1433, 81, 2323, 7547, 8443, 21, 25, 3306, 5900, 6379, 8081, 9200, 2222, 37215, 52869, 5060, 123, 53, 161, 1900}

func newCrowd(c Config) *crowd {
	const sources, packets = 12_000.0, 150_000.0
	return &crowd{r: randomOf(c.Seed, "crowd"), arrivals: sources * c.Scale / 144, packets: packets / sources}
}

// public draws an address: some /16 have many scanners, most have few.
func public(r *rand.Rand) uint32 {
	for {
		high := uint32(r.IntN(1 << 16))
		if r.IntN(10) < 6 { // networks with many
			high = uint32(math.Pow(r.Float64(), 3)*4000)*13 + 257
		}
		a := high<<16 | uint32(r.IntN(1<<16))
		if top := a >> 24; top > 0 && top < 224 && top != 10 && top != 127 {
			return a
		}
	}
}

func (c *crowd) slice(from time.Time, emit func(Packet)) {
	hour := float64(from.Hour()) + float64(from.Minute())/60
	day := 1 + 0.25*math.Sin((hour-9)/24*2*math.Pi)
	for range poisson(c.r, c.arrivals*day) {
		c.sessions = append(c.sessions, c.arrive(from))
	}
	kept := c.sessions[:0]
	for _, s := range c.sessions {
		c.send(&s, from, emit)
		if s.until.After(from.Add(sliceLength)) {
			kept = append(kept, s)
		}
	}
	c.sessions = kept
}

func (c *crowd) arrive(from time.Time) session {
	r := c.r
	length := time.Duration(math.Min(math.Exp(3.4+1.4*r.NormFloat64()), 1440) * float64(time.Minute))
	total := math.Min(math.Pow(1-r.Float64(), -1/1.05)*1.6, 3000) * c.packets / 8
	slices := math.Max(float64(length)/float64(sliceLength), 1)
	s := session{src: public(r), until: from.Add(length), rate: total / slices, proto: packet.TCP, burst: r.IntN(10) == 0}
	n := 1
	if r.IntN(5) == 0 {
		n = 2 + r.IntN(6)
	}
	for range n {
		s.ports = append(s.ports, c.port())
	}
	switch k := r.IntN(100); {
	case k < 4:
		s.tool, s.ports = Mirai, []uint16{23}
		if r.IntN(5) == 0 {
			s.ports = []uint16{2323}
		}
	case k < 14:
		s.tool = Masscan
	case k < 19:
		s.tool = ZMap
	case k < 27:
		s.proto = packet.UDP
	}
	return s
}

func (c *crowd) port() uint16 {
	if c.r.IntN(100) < 6 {
		return uint16(1024 + c.r.IntN(64000))
	}
	k := int(math.Pow(float64(len(popular)+1), c.r.Float64())) - 1
	return popular[min(k, len(popular)-1)]
}

func (c *crowd) send(s *session, from time.Time, emit func(Packet)) {
	at, span := time.Duration(0), sliceLength
	if s.burst {
		at, span = time.Duration(c.r.Int64N(int64(9*time.Minute))), time.Minute
	}
	for range poisson(c.r, s.rate) {
		emit(Packet{
			At: from.Add(at + time.Duration(c.r.Int64N(int64(span)))), Src: s.src, Dst: uint16(c.r.Uint32()), SrcPort: 1024 + uint16(c.r.IntN(60000)),
			Port: s.ports[c.r.IntN(len(s.ports))], Proto: s.proto, Tool: s.tool, Label: -1,
		})
	}
}

// poisson draws a count (Knuth for small means, normal for large).
func poisson(r *rand.Rand, mean float64) int {
	if mean > 60 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	limit, p, n := math.Exp(-mean), r.Float64(), 0
	for p > limit {
		p *= r.Float64()
		n++
	}
	return n
}

// research makes operators of research scanners: constant rates, many ports,
// whole networks. Two of ten are not on the list.
func (w *World) research() {
	const operators = 32
	r := w.random("research")
	for i := range operators {
		size := int(10 * math.Pow(25, r.Float64()))
		net := public(r) &^ 0xfff
		l := &Label{ID: fmt.Sprintf("research-%02d", i), Class: Research, Ports: []string{"many"}}
		if i%5 != 0 {
			l.Listed = fmt.Sprintf("research operator %02d", i)
			w.Listed = append(w.Listed, Prefix{l.Listed, net, 20})
		}
		o := &operator{r: w.random(l.ID), label: w.label(l), net: net, size: size, rate: 0.05 + 0.3*r.Float64(), weekly: r.IntN(3) == 0}
		if r.IntN(2) == 0 {
			o.tool = ZMap
		}
		for range 20 + r.IntN(200) {
			o.ports = append(o.ports, uint16(1+r.IntN(65000)))
		}
		o.ports = append(o.ports, popular[:10]...)
		w.actors = append(w.actors, o)
	}
}

type operator struct {
	r      *rand.Rand
	label  int
	net    uint32
	size   int
	rate   float64 // packets a host and slice
	ports  []uint16
	tool   Tool
	weekly bool // a sweep of one port on one day of the week
}

func (o *operator) slice(from time.Time, emit func(Packet)) {
	port := func() uint16 { return o.ports[o.r.IntN(len(o.ports))] }
	n := poisson(o.r, o.rate*float64(o.size))
	if o.weekly && from.Weekday() == time.Wednesday && from.Hour() == 3 {
		p := o.ports[int(from.Unix()/86400)%len(o.ports)]
		port = func() uint16 { return p }
		n *= 4
	}
	for range n {
		emit(Packet{
			At: from.Add(time.Duration(o.r.Int64N(int64(sliceLength)))), Src: o.net + uint32(o.r.IntN(o.size)), Dst: uint16(o.r.Uint32()),
			SrcPort: 54000, Port: port(), Proto: packet.TCP, Tool: o.tool, Label: o.label,
		})
	}
}
