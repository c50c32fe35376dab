package gen

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/opencure/cure/internal/publish/packet"
)

// kinds is how many of ten campaigns are of which class.
var kinds = [...]string{Growth, Worm, Botnet, Growth, Worm, Botnet, Stealth, Growth, Botnet, Worm}

// campaigns plants the malicious ones, spread over the days after the quiet
// ones.
func (w *World) campaigns() {
	first := Begin.AddDate(0, 0, w.Config.Quiet)
	span := w.end.Sub(first) * 9 / 10
	for i := range w.Config.Campaigns {
		class := kinds[i%len(kinds)]
		id := fmt.Sprintf("campaign-%03d", i)
		r := w.random(id)
		start := first.Add(span*time.Duration(i)/time.Duration(w.Config.Campaigns) + time.Duration(r.Int64N(int64(2*time.Hour))))
		c := &campaign{r: r, proto: packet.TCP, start: start, end: start.Add(time.Duration(12+r.IntN(60)) * time.Hour)}
		c.shape(class)
		l := &Label{ID: id, Class: class, Malicious: true}
		for _, p := range c.ports {
			l.Ports = append(l.Ports, fmt.Sprintf("tcp/%d", p))
		}
		if c.tool == Mirai {
			l.Fingerprint = "mirai"
		}
		c.label = w.label(l)
		w.actors = append(w.actors, c)
	}
}

// campaign is hosts of one malware.
type campaign struct {
	r          *rand.Rand
	label      int
	start, end time.Time
	hosts      []host
	ports      []uint16
	weights    []float64
	proto      uint8
	tool       Tool
	rate       float64       // packets a host and minute while it sends
	period     time.Duration // of orders; 0: always on
	on         time.Duration
	jitter     time.Duration
}

type host struct {
	src  uint32
	from time.Time // of its infection
	late time.Duration
}

func logUniform(r *rand.Rand, low, high float64) float64 {
	return low * math.Pow(high/low, r.Float64())
}

func newPort(r *rand.Rand) uint16 { return uint16(1024 + r.IntN(64000)) }

func (c *campaign) shape(class string) {
	r := c.r
	switch class {
	case Growth:
		c.tool, c.rate = Mirai, logUniform(r, 0.02, 0.5)
		c.ports, c.weights = []uint16{23, 2323}, []float64{0.9, 0.1}
		if r.IntN(2) == 0 {
			c.ports, c.weights = []uint16{newPort(r)}, nil
		}
		c.grow(int(logUniform(r, 30, 1500)), logUniform(r, 6, 36))
	case Worm:
		c.rate = logUniform(r, 0.02, 0.3)
		c.ports = []uint16{newPort(r)}
		c.grow(int(logUniform(r, 20, 500)), logUniform(r, 4, 24))
	case Botnet:
		c.rate = logUniform(r, 0.3, 2)
		c.ports = []uint16{popular[r.IntN(12)]}
		for range r.IntN(4) {
			c.ports = append(c.ports, newPort(r))
		}
		c.period = time.Duration(10+r.IntN(50)) * time.Minute
		c.on = time.Duration(1+r.IntN(5)) * time.Minute
		c.jitter = time.Duration(r.IntN(31)) * time.Second
		c.atOnce(int(logUniform(r, 20, 800)))
	case Stealth:
		c.rate = logUniform(r, 0.01, 0.08)
		c.ports = []uint16{newPort(r), newPort(r), popular[r.IntN(len(popular))]}
		c.atOnce(int(logUniform(r, 40, 400)))
	}
}

// grow infects hosts along a logistic curve that begins with a few and doubles
// every so many hours.
func (c *campaign) grow(size int, doubling float64) {
	seeds := float64(3 + c.r.IntN(8))
	tau := doubling / math.Ln2
	k := float64(size)
	for i := range size {
		n := float64(i) + 0.5
		hours := 0.0
		if n > seeds {
			hours = tau * math.Log(n/(k-n)*(k-seeds)/seeds)
		}
		if from := c.start.Add(time.Duration(hours * float64(time.Hour))); from.Before(c.end) {
			c.hosts = append(c.hosts, host{src: public(c.r), from: from})
		}
	}
}

func (c *campaign) atOnce(size int) {
	for range size {
		h := host{src: public(c.r), from: c.start}
		if c.jitter > 0 {
			h.late = time.Duration(c.r.Int64N(int64(c.jitter)))
		}
		c.hosts = append(c.hosts, h)
	}
}

func (c *campaign) slice(from time.Time, emit func(Packet)) {
	until := from.Add(sliceLength)
	if !until.After(c.start) || !from.Before(c.end) {
		return
	}
	for i := range c.hosts {
		h := &c.hosts[i]
		if !h.from.Before(until) {
			continue
		}
		if c.period == 0 {
			for range poisson(c.r, c.rate*sliceLength.Minutes()) {
				c.send(h, from.Add(time.Duration(c.r.Int64N(int64(sliceLength)))), emit)
			}
			continue
		}
		// Orders that begin in these ten minutes or reach into them.
		for order := c.start.Add((from.Sub(c.start) / c.period) * c.period); order.Before(until); order = order.Add(c.period) {
			lo, hi := order.Add(h.late), order.Add(h.late+c.on)
			lo, hi = latest(lo, from), earliest(hi, until)
			if hi.After(lo) {
				for range poisson(c.r, c.rate*hi.Sub(lo).Minutes()) {
					c.send(h, lo.Add(time.Duration(c.r.Int64N(int64(hi.Sub(lo))))), emit)
				}
			}
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (c *campaign) send(h *host, at time.Time, emit func(Packet)) {
	if at.Before(h.from) || !at.Before(c.end) {
		return
	}
	port := c.ports[c.r.IntN(len(c.ports))]
	if c.weights != nil && c.r.Float64() < c.weights[0] {
		port = c.ports[0]
	}
	emit(Packet{
		At: at, Src: h.src, Dst: uint16(c.r.Uint32()), SrcPort: 1024 + uint16(c.r.IntN(60000)), Port: port, Proto: c.proto, Tool: c.tool, Label: c.label,
	})
}
