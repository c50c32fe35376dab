// Package gen makes SYNTHETIC darknet traffic with a truth. It answers "would
// the engines have noticed, and how soon?" where no labelled traffic can be
// had: in go a seed and a [Config], out come packets in order of time and the
// [Label] of each thing that was planted.
//
// The classes are background scanners, research scanners, malware that grows
// with Mirai's mark or without, botnets that act in step, slow ones, one-off
// spikes, backscatter, misconfigured hosts, and faults of the sensor. Their
// rates are those that the darknet sees. What is drawn for one actor does not
// depend on the others: each has a random source of its own.
//
// The same seed and configuration give the same packets. A million packets
// cost about a second; memory holds ten minutes of them and the actors.
package gen

import (
	"cmp"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish/packet"
)

// Config says how much is made.
type Config struct {
	Seed      uint64
	Days      int
	Campaigns int     // malicious ones
	Scale     float64 // of the background; 1 is some 12,000 sources and 150,000 packets a day
	Quiet     int     // days at the beginning without campaigns, to fill baselines; 0: 3
	Faults    bool    // gaps, a clock step, duplicates
	Flood     int     // packets of backscatter with as many forged sources on the day after the quiet ones
}

// Check refuses what is no world, or one that no machine holds.
func (c Config) Check() error {
	switch {
	case c.Days < 1 || c.Days > 366:
		return cure.Errorf(cure.Invalid, "make a darknet of %d days: want 1 to 366", c.Days)
	case !(c.Scale >= 0.001 && c.Scale <= 1000): // NaN is in no range
		return cure.Errorf(cure.Invalid, "make a darknet at scale %g: want 0.001 to 1,000", c.Scale)
	case c.Campaigns < 0 || c.Campaigns > 10_000:
		return cure.Errorf(cure.Invalid, "make a darknet with %d campaigns: want 0 to 10,000", c.Campaigns)
	case c.Flood < 0 || c.Flood > 100_000_000:
		return cure.Errorf(cure.Invalid, "make a darknet with a flood of %d packets: want 0 to 100,000,000", c.Flood)
	}
	return nil
}

// The sets by which engines are tuned and, once, tested. They were fixed
// before the engines were tuned.
var (
	Dev  = Config{Seed: 20261122, Days: 7, Campaigns: 20, Scale: 1, Faults: true}
	Test = Config{Seed: 7919, Days: 30, Campaigns: 100, Scale: 1, Faults: true}
)

// Begin is the time of the first packet.
var Begin = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// Packet is one made-up packet.
type Packet struct {
	At      time.Time
	Src     uint32
	Dst     uint16 // low 16 bits of the address in the dark range
	Port    uint16
	SrcPort uint16
	Proto   uint8
	Answer  bool // backscatter: SYN and ACK from Port
	Tool    Tool
	Label   int // place of what it belongs to among the labels, -1 for background
}

// Tool is the mark that a packet bears.
type Tool uint8

// The tools.
const (
	NoTool Tool = iota
	Mirai
	ZMap
	Masscan
)

// Classes of labels.
const (
	Growth    = "mirai-like growth"
	Worm      = "worm on a new port"
	Botnet    = "synchronised botnet"
	Stealth   = "slow and stealthy"
	Research  = "research scanner"
	Spike     = "one-off spike"
	Victim    = "backscatter"
	Misguided = "misconfiguration"
)

// Label is what is true of one thing that was planted.
type Label struct {
	ID          string    `json:"id"`
	Class       string    `json:"class"`
	Malicious   bool      `json:"malicious"`
	Listed      string    `json:"listed,omitempty"` // name on the list of scanners
	Start       time.Time `json:"start"`            // of its first packet
	End         time.Time `json:"end"`
	Ports       []string  `json:"ports"`
	Fingerprint string    `json:"fingerprint,omitempty"`
	Sources     []string  `json:"sources,omitempty"`
	Prefixes    int       `json:"prefixes"` // distinct /24 of its sources that were seen
	Packets     int       `json:"packets"`
	Synthetic   string    `json:"synthetic"` // says so

	Seen map[uint32]time.Time `json:"-"` // first packet of each source
}

// actor makes the packets of ten minutes.
type actor interface {
	slice(from time.Time, emit func(Packet))
}

// World is all that is made of one configuration.
type World struct {
	Config Config
	Labels []*Label
	Listed []Prefix // the list of research scanners
	actors []actor
	now    time.Time
	end    time.Time
	buffer []Packet
}

// Prefix is an entry of the list of scanners.
type Prefix struct {
	Name string
	Net  uint32
	Bits int
}

const sliceLength = 10 * time.Minute

// New makes the world; nothing is made yet.
func New(c Config) *World {
	c.Quiet = cmp.Or(c.Quiet, 3)
	c.Scale = cmp.Or(c.Scale, 1)
	w := &World{Config: c, now: Begin, end: Begin.AddDate(0, 0, c.Days)}
	w.actors = append(w.actors, newCrowd(c))
	w.research()
	w.campaigns()
	w.nuisances()
	return w
}

// random returns the random source of an actor.
func (w *World) random(name string) *rand.Rand { return randomOf(w.Config.Seed, name) }

func randomOf(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// label adds a label and returns its place.
func (w *World) label(l *Label) int {
	l.Synthetic, l.Seen = "made by a generator", map[uint32]time.Time{}
	w.Labels = append(w.Labels, l)
	return len(w.Labels) - 1
}

// Next returns the packets of the next ten minutes in order of time; false
// when all are made. The slice is used again.
func (w *World) Next() ([]Packet, bool) {
	if !w.now.Before(w.end) {
		return nil, false
	}
	w.buffer = w.buffer[:0]
	for _, a := range w.actors {
		a.slice(w.now, func(p Packet) {
			if p.At.Before(w.now) || !p.At.Before(w.now.Add(sliceLength)) {
				return // a burst that would reach out of its ten minutes
			}
			w.buffer = append(w.buffer, p)
		})
	}
	slices.SortStableFunc(w.buffer, func(a, b Packet) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Src, b.Src), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Dst, b.Dst))
	})
	for i := range w.buffer {
		if p := &w.buffer[i]; p.Label >= 0 {
			w.Labels[p.Label].note(p)
		}
	}
	at := w.now
	w.now = w.now.Add(sliceLength)
	return w.faulty(at, w.buffer), true
}

func (l *Label) note(p *Packet) {
	if l.Packets == 0 {
		l.Start = p.At
	}
	l.Packets++
	l.End = p.At
	if _, ok := l.Seen[p.Src]; !ok {
		l.Seen[p.Src] = p.At
	}
}

// Close completes the labels by what was made.
func (w *World) Close() {
	for _, l := range w.Labels {
		nets := map[uint32]bool{}
		l.Sources = l.Sources[:0]
		for src := range l.Seen {
			nets[src>>8] = true
			a := packet.V4(src)
			l.Sources = append(l.Sources, a.Netip().String())
		}
		slices.Sort(l.Sources)
		l.Prefixes = len(nets)
	}
}

// faulty puts the faults of a sensor into ten minutes: once a gap of twenty
// minutes, once packets that come twice, once a clock that is a year ahead for
// some packets.
func (w *World) faulty(at time.Time, p []Packet) []Packet {
	if !w.Config.Faults {
		return p
	}
	switch hour := at.Sub(Begin) / time.Hour; {
	case hour == 40 && at.Minute() < 20:
		return p[:0]
	case hour == 50 && at.Minute() == 30:
		return append(p, p[:min(len(p), 50)]...)
	case hour == 60 && at.Minute() == 0 && len(p) > 3:
		for i := range 3 {
			p[i].At = p[i].At.AddDate(1, 0, 0)
		}
	}
	return p
}
