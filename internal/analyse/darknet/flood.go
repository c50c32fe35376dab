package darknet

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/opencure/cure/internal/publish/packet"
)

// flood counts what is not kept by source in bounded memory: packets, about
// how many sources (HyperLogLog, Flajolet et al. 2007, 1,024 registers, error
// some 3 %), and ports.
type flood struct {
	packets uint64
	sketch  [1024]uint8
	ports   map[Port]uint64
}

// floodPorts is how many ports a flood tells apart; more share the first of
// those.
const (
	floodPorts = 4096
	floodTop   = 16
)

func (f *flood) add(h Host, p Port, n uint64) {
	f.packets += n
	x := hashHost(h)
	r := &f.sketch[x>>54]
	*r = max(*r, uint8(bits.LeadingZeros64(x<<10|1<<9))+1)
	if f.ports == nil {
		f.ports = map[Port]uint64{}
	}
	if _, ok := f.ports[p]; ok || len(f.ports) < floodPorts {
		f.ports[p] += n
	}
}

// sources estimates how many there were.
func (f *flood) sources() uint64 {
	sum, free := 0.0, 0
	for _, r := range f.sketch {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			free++
		}
	}
	const m = 1024.0
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && free > 0 {
		e = m * math.Log(m/float64(free))
	}
	return uint64(math.Round(e))
}

func (f *flood) sum() Flood {
	if f.packets == 0 {
		return Flood{}
	}
	out := Flood{Packets: f.packets, Sources: f.sources()}
	for p, n := range f.ports {
		out.Ports = append(out.Ports, PortCount{p, n})
	}
	slices.SortFunc(out.Ports, func(a, b PortCount) int {
		return cmp.Or(cmp.Compare(b.Packets, a.Packets), a.Port.Compare(b.Port))
	})
	out.Ports = slices.Clip(out.Ports[:min(len(out.Ports), floodTop)])
	return out
}

// hashHost spreads a host for sketches (the finaliser of SplitMix64).
func hashHost(h Host) uint64 {
	x := uint64(0x9e3779b97f4a7c15)
	for i := 0; i < len(h.Addr); i += 8 {
		var v uint64
		for _, b := range h.Addr[i : i+8] {
			v = v<<8 | uint64(b)
		}
		x ^= v
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}

// focus tells whether most packets to a port go to one destination, in
// constant memory (majority vote of Boyer and Moore 1981): the lead of the
// winner is at least twice its share less one.
type focus struct {
	dest  packet.Addr
	lead  int64
	total int64
}

func (f *focus) add(dest packet.Addr, n int64) {
	f.total += n
	switch {
	case dest == f.dest:
		f.lead += n
	case f.lead < n:
		f.dest, f.lead = dest, n-f.lead
	default:
		f.lead -= n
	}
}

// one reports whether more than 70 of 100 packets went to one address.
func (f *focus) one() bool {
	const few = 8
	return f.total >= few && !f.dest.IsZero() && f.lead*10 > f.total*4
}
