package observe

import (
	"math"
	"math/bits"
	"net/netip"
	"strings"
	"time"

	"github.com/gaissmai/bart"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/packet"
)

// Limits of [groups].
const (
	sliceSeconds  = 600
	sliceGrace    = time.Minute // of event time that a slice stays open
	maxGroups     = 1 << 16     // open at once; more are counted as overflow
	maxSlices     = 16          // open at once, those of late packets among them
	maxPayloads   = 1 << 14     // payload hashes of one slice
	maxOverflow   = 256         // ports counted apart when a slice overflows
	maxScanners   = 1 << 16     // entries of the list of scanners
	emitAtOnce    = 64          // groups handed out for one packet
	stepBack      = 64          // packets in a row from the past that mean that the clock was set back
	clearlyOdd    = 2           // packets with masscan's relation without its window
	groupBins     = 12          // of 50 seconds in a slice
	groupMinutes  = 10          // of a slice
	confidenceOwn = 80          // of a fingerprint that chance gives once in 2^32
)

// groups is the fold of packets: those of one source to one port and protocol
// in a slice of ten minutes of event time are one record, with how many came
// in each 50 and in each 60 seconds (the grids of the published detectors),
// how many addresses they hit, and the marks of the tools that made them.
//
// A slice is emitted a minute after its end, or when an input ends; whatever
// comes later is a further part of the same record, and counts add up. State
// is bounded: 65,536 groups. When a flood of forged senders brings more, the
// rest of the slice is counted by port, with an estimate of its sources, in a
// record of its own. Nothing is dropped unseen.
//
// The clock of a capture may step: packets from the past get groups of their
// own, and many in a row set the fold back to their time.
type groups struct {
	source   string
	slices   []*slice // open, oldest first
	closed   []*slice // being emitted
	count    int      // groups in slices and closed
	newest   int64    // slice
	any      bool     // newest is one
	behind   int      // packets in a row from before newest
	spare    []*slice
	scanners bart.Table[string]
	listed   []scannerEntry // what scanners is made of, in order
	rec      cure.Record
	scratch  []byte           // texts of a record
	shapes   map[shape]string // fingerprints that came up
}

type scannerEntry struct {
	prefix netip.Prefix
	name   string
}

// slice is ten minutes.
type slice struct {
	at       int64  // number since 1970
	text     string // its beginning, once it was needed
	index    map[groupKey]uint32
	groups   []group
	told     int // groups emitted
	payloads [][32]byte
	hashes   map[[32]byte]uint32
	over     overflow
}

// groupKey tells groups of a slice apart.
type groupKey struct {
	src    packet.Addr
	port   uint16
	proto  uint8
	sign   sign
	hashed bool
}

// group is what is known of a source at a port.
type group struct {
	groupKey
	first, last    int64 // milliseconds since 1970
	packets        uint32
	bytes          uint64
	bins           [groupBins]uint16
	minutes        [groupMinutes]uint16
	dests          [4]uint64 // which of 256 buckets of addresses were hit
	mirai, zmap    uint32
	masscan, exact uint32 // exact: with the window of masscan too
	shape          shape  // of the first SYN
	shapes         bool   // not all SYNs had it
	flags          uint8  // seen
	lowTTL, topTTL uint8
	srcPort        uint16
	srcPorts       bool   // not all had it
	payload        uint32 // one more than its place among the slice's; 0: none
	sensor         string
}

// shape is the tuple of a SYN that its program or system chooses.
type shape struct {
	window uint16
	opts   packet.Options
	ttl    uint8 // as the sender set it: 32, 64, 128 or 255
}

// newGroups makes the fold of a source.
func newGroups(src cure.Source) *groups { return &groups{source: string(src)} }

// Begin implements publish.Fold.
func (f *groups) Begin(publish.Copy) {}

// Add implements publish.Fold.
func (f *groups) Add(ev *publish.Event, emit publish.Emit) {
	if ev.Kind == kindScanner {
		f.list(ev)
		return
	}
	if p := ev.Packet; p != nil {
		f.packet(p, ev.Sensor)
	}
	f.drain(emit, emitAtOnce)
}

// list takes an entry of the list of scanners.
func (f *groups) list(ev *publish.Event) {
	for _, o := range ev.Observations {
		p, err := netip.ParsePrefix(o.Observable.Value)
		if a, e := netip.ParseAddr(o.Observable.Value); e == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil || len(f.listed) >= maxScanners {
			continue
		}
		if have, ok := f.scanners.Get(p); ok && have == ev.Key {
			continue
		}
		name := strings.Clone(ev.Key)
		f.scanners.Insert(p, name)
		f.listed = append(f.listed, scannerEntry{p, name})
	}
}

// packet counts a packet in.
func (f *groups) packet(p *packet.Packet, sensor string) {
	ms := p.Time.UnixMilli()
	at := ms / (sliceSeconds * 1000)
	if !f.any || at > f.newest {
		f.newest, f.any, f.behind = at, true, 0
	}
	if at < f.newest-1 {
		if f.behind++; f.behind >= stepBack {
			f.newest, f.behind = at, 0
		}
	} else {
		f.behind = 0
	}
	f.close(p.Time.Add(-sliceGrace).Unix() / sliceSeconds)
	s := f.slice(at)
	var k groupKey
	k.sign, k.src, k.proto, k.port = classify(p)
	k.hashed = p.Hashed
	n := max(p.Count, 1)
	i, ok := s.index[k]
	if !ok {
		if f.count >= maxGroups {
			s.over.add(&k, n)
			return
		}
		i = uint32(len(s.groups))
		s.index[k] = i
		s.groups = append(s.groups, group{
			groupKey: k, first: ms, last: ms, lowTTL: p.TTL, topTTL: p.TTL, srcPort: p.SrcPort, sensor: sensor,
		})
		f.count++
	}
	s.groups[i].add(s, p, ms, n, sensor)
}

// add counts a packet.
func (g *group) add(s *slice, p *packet.Packet, ms int64, n uint32, sensor string) {
	g.packets = sum32(g.packets, n)
	g.bytes += uint64(max(p.Length, 0)) * uint64(n)
	g.first, g.last = min(g.first, ms), max(g.last, ms)
	in := int(ms / 1000 % sliceSeconds)
	g.bins[in/50] = sum16(g.bins[in/50], n)
	g.minutes[in/60] = sum16(g.minutes[in/60], n)
	if !p.Dst.IsZero() {
		h := hash64(&p.Dst)
		g.dests[h>>62] |= 1 << (h >> 56 & 63)
	}
	g.flags |= p.Flags
	g.lowTTL, g.topTTL = min(g.lowTTL, p.TTL), max(g.topTTL, p.TTL)
	g.srcPorts = g.srcPorts || g.srcPort != p.SrcPort
	if g.sensor != sensor {
		g.sensor = ""
	}
	if g.sign != signScan {
		return
	}
	if p.Proto == packet.TCP && p.TTL != 0 { // TTL 0: of a log without headers
		g.marks(p, n)
	}
	if len(p.Payload) > 0 && p.Whole && g.payload == 0 && p.Proto != packet.ICMP && p.Proto != packet.ICMPv6 {
		g.payload = s.payload(p.Payload)
	}
}

// marks looks for what tools leave in the headers of a SYN.
func (g *group) marks(p *packet.Packet, n uint32) {
	mirai, zmap, masscan, exact := toolMarks(p)
	for _, m := range []struct {
		is    bool
		count *uint32
	}{{mirai, &g.mirai}, {zmap, &g.zmap}, {masscan, &g.masscan}, {exact, &g.exact}} {
		if m.is {
			*m.count = sum32(*m.count, n)
		}
	}
	sh := shape{p.Window, p.Options, sentTTL(p.TTL)}
	if g.shape.ttl == 0 {
		g.shape = sh
	} else if g.shape != sh {
		g.shapes = true
	}
}

// sentTTL is what the sender had set, to the next value that systems use.
func sentTTL(ttl uint8) uint8 {
	switch {
	case ttl <= 32:
		return 32
	case ttl <= 64:
		return 64
	case ttl <= 128:
		return 128
	}
	return 255
}

func sum32(a, b uint32) uint32 { return uint32(min(uint64(a)+uint64(b), math.MaxUint32)) }

func sum16(a uint16, b uint32) uint16 { return uint16(min(uint64(a)+uint64(b), math.MaxUint16)) }

// destinations estimates how many addresses were hit: linear counting (Whang,
// Vander-Zanden, Taylor 1990) over 256 buckets, good to some 1,000.
func (g *group) destinations() int {
	free := 256
	for _, w := range g.dests {
		free -= bits.OnesCount64(w)
	}
	return int(math.Round(256 * math.Log(256/float64(max(free, 1)))))
}

// slice returns the slice of that number, the oldest out of the way if there
// are too many.
func (f *groups) slice(at int64) *slice {
	for i := len(f.slices) - 1; i >= 0; i-- {
		if f.slices[i].at == at {
			return f.slices[i]
		}
	}
	if len(f.slices) >= maxSlices {
		f.closed = append(f.closed, f.slices[0])
		f.slices = f.slices[1:]
	}
	s := &slice{index: map[groupKey]uint32{}, hashes: map[[32]byte]uint32{}}
	if n := len(f.spare); n > 0 {
		s, f.spare = f.spare[n-1], f.spare[:n-1]
	}
	s.at = at
	f.slices = append(f.slices, s)
	return s
}

// close ends the slices before one, and those that a clock set forward has
// left in the future.
func (f *groups) close(before int64) {
	kept := f.slices[:0]
	for _, s := range f.slices {
		if s.at < before || s.at > f.newest+1 {
			f.closed = append(f.closed, s)
		} else {
			kept = append(kept, s)
		}
	}
	f.slices = kept
}

// drain emits at most n groups of the slices that are closed.
func (f *groups) drain(emit publish.Emit, n int) {
	for len(f.closed) > 0 && n > 0 {
		s := f.closed[0]
		for ; s.told < len(s.groups) && n > 0; n-- {
			g := &s.groups[s.told]
			s.told++ // before it goes out: a checkpoint may be made there
			f.count--
			f.tell(s, g, emit)
		}
		if s.told < len(s.groups) {
			return
		}
		f.closed = f.closed[1:]
		f.tellOverflow(s, emit)
		s.reset()
		if len(f.spare) < 2 {
			f.spare = append(f.spare, s)
		}
	}
}

func (s *slice) reset() {
	clear(s.index)
	clear(s.hashes)
	clear(s.groups) // lets go of the names
	s.groups, s.payloads, s.told, s.over, s.text = s.groups[:0], s.payloads[:0], 0, overflow{}, ""
}

// End implements publish.Fold: all that is known goes out; a slice may go on
// in the next input.
func (f *groups) End(_ bool, emit publish.Emit) error {
	f.closed = append(f.closed, f.slices...)
	f.slices = nil
	f.drain(emit, math.MaxInt)
	return nil
}

// Spill implements publish.Fold. The groups stay: they are in the state.
func (f *groups) Spill(publish.Emit) {}

// Pending implements publish.Fold. A state that is large does not travel in a
// batch.
func (f *groups) Pending() int {
	const most = 160 << 10
	return min(64+f.count*groupState+len(f.listed)*scannerState, most)
}
