package observe

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"github.com/gaissmai/bart"
)

// The state of [groups]: what is open, so that a checkpoint cuts no slice.
const (
	stateGroups  = 1
	groupState   = 240 // bytes of one group, at most, its payload hash included
	scannerState = 17 + 2 + 66
)

var errGroups = errors.New("state of groups is damaged")

// AppendState implements publish.Fold. Layout: version, newest slice, packets
// behind, list of scanners, slices that are closed, slices that are open.
func (f *groups) AppendState(dst []byte) []byte {
	dst = append(dst, stateGroups, flag(f.any))
	dst = binary.AppendVarint(dst, f.newest)
	dst = binary.AppendUvarint(dst, uint64(f.behind))
	dst = binary.AppendUvarint(dst, uint64(len(f.listed)))
	for _, e := range f.listed {
		a := e.prefix.Addr().As16()
		dst = append(append(dst, a[:]...), flag(e.prefix.Addr().Is4()), byte(e.prefix.Bits()))
		dst = appendText16(dst, e.name)
	}
	for _, list := range [][]*slice{f.closed, f.slices} {
		dst = binary.AppendUvarint(dst, uint64(len(list)))
		for _, s := range list {
			dst = s.append(dst)
		}
	}
	return dst
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func appendText16(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func (s *slice) append(dst []byte) []byte {
	dst = binary.AppendVarint(dst, s.at)
	dst = binary.AppendUvarint(dst, s.over.packets)
	if s.over.packets > 0 {
		dst = append(dst, s.over.sketch[:]...)
		dst = binary.AppendUvarint(dst, uint64(len(s.over.ports)))
		for _, p := range s.over.ports {
			dst = append(dst, p.proto)
			dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(p.port)), uint64(p.packets))
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.payloads)))
	for i := range s.payloads {
		dst = append(dst, s.payloads[i][:]...)
	}
	rest := s.groups[s.told:]
	dst = binary.AppendUvarint(dst, uint64(len(rest)))
	for i := range rest {
		dst = rest[i].append(dst)
	}
	return dst
}

func (g *group) append(dst []byte) []byte {
	dst = append(append(dst, g.src[:]...), g.proto, byte(g.sign), flag(g.hashed)|flag(g.shapes)<<1|flag(g.srcPorts)<<2)
	dst = append(dst, g.flags, g.lowTTL, g.topTTL, g.shape.ttl, g.shape.opts.N, byte(g.shape.opts.Scale))
	dst = append(dst, g.shape.opts.Kinds[:g.shape.opts.N]...)
	dst = binary.AppendVarint(binary.AppendVarint(dst, g.first), g.last-g.first)
	for _, v := range []uint64{
		uint64(g.port), uint64(g.packets), g.bytes, uint64(g.mirai), uint64(g.zmap), uint64(g.masscan), uint64(g.exact),
		uint64(g.shape.window), uint64(g.shape.opts.MSS), uint64(g.srcPort), uint64(g.payload),
	} {
		dst = binary.AppendUvarint(dst, v)
	}
	for _, w := range g.dests {
		dst = binary.LittleEndian.AppendUint64(dst, w)
	}
	for _, n := range g.bins {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	for _, n := range g.minutes {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	return appendText16(dst, g.sensor)
}

// reader reads a state; after the first thing that is not there all reads as
// zero and bad is set.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) bytes(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad = true
		return make([]byte, min(max(n, 0), 256))
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) byte() byte { return r.bytes(1)[0] }

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	return v * int64(r.took(n))
}

func (r *reader) uvarint(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if v > most {
		r.bad = true
	}
	return v * uint64(r.took(n))
}

func (r *reader) took(n int) int {
	if r.bad || n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return 1
}

func (r *reader) text(most uint64) string { return string(r.bytes(int(r.uvarint(most)))) }

// Restore implements publish.Fold.
func (f *groups) Restore(state []byte) error {
	*f = groups{source: f.source}
	if len(state) == 0 {
		return nil
	}
	r := &reader{b: state[1:], bad: state[0] != stateGroups}
	f.any = r.byte() == 1
	f.newest = r.varint()
	f.behind = int(r.uvarint(stepBack))
	f.scanners = bart.Table[string]{}
	for range r.uvarint(maxScanners) {
		a := netip.AddrFrom16([16]byte(r.bytes(16)))
		if r.byte() == 1 {
			a = a.Unmap()
		}
		p, err := a.Prefix(int(r.byte()))
		e := scannerEntry{p, r.text(64)}
		if r.bad || err != nil {
			return errGroups
		}
		f.scanners.Insert(e.prefix, e.name)
		f.listed = append(f.listed, e)
	}
	for _, list := range []*[]*slice{&f.closed, &f.slices} {
		for range r.uvarint(1 << 16) {
			s := readSlice(r)
			if r.bad {
				return errGroups
			}
			f.count += len(s.groups)
			*list = append(*list, s)
		}
	}
	if r.bad || len(r.b) > 0 || f.count > maxGroups {
		return errGroups
	}
	return nil
}

func readSlice(r *reader) *slice {
	s := &slice{at: r.varint(), index: map[groupKey]uint32{}, hashes: map[[32]byte]uint32{}}
	if s.over.packets = r.uvarint(1<<64 - 1); s.over.packets > 0 {
		copy(s.over.sketch[:], r.bytes(256))
		for range r.uvarint(maxOverflow) {
			p := overPort{proto: r.byte()}
			p.port, p.packets = uint16(r.uvarint(1<<16-1)), uint32(r.uvarint(1<<32-1))
			if r.bad {
				return s
			}
			s.over.ports = append(s.over.ports, p)
		}
	}
	for i := range r.uvarint(maxPayloads) {
		sum := [32]byte(r.bytes(32))
		if r.bad {
			return s
		}
		s.payloads = append(s.payloads, sum)
		s.hashes[sum] = uint32(i) + 1
	}
	for i := range r.uvarint(maxGroups) {
		var g group
		g.read(r, len(s.payloads))
		if r.bad {
			return s
		}
		s.index[g.groupKey] = uint32(i)
		s.groups = append(s.groups, g)
	}
	return s
}

func (g *group) read(r *reader, payloads int) {
	copy(g.src[:], r.bytes(16))
	g.proto, g.sign = r.byte(), sign(r.byte())
	bits := r.byte()
	g.hashed, g.shapes, g.srcPorts = bits&1 != 0, bits&2 != 0, bits&4 != 0
	g.flags, g.lowTTL, g.topTTL, g.shape.ttl = r.byte(), r.byte(), r.byte(), r.byte()
	o := &g.shape.opts
	o.N, o.Scale = r.byte(), int8(r.byte())
	if int(o.N) > len(o.Kinds) || int(g.sign) >= len(signNames) {
		r.bad = true
		return
	}
	copy(o.Kinds[:], r.bytes(int(o.N)))
	g.first = r.varint()
	g.last = g.first + r.varint()
	g.port, g.packets, g.bytes = uint16(r.uvarint(1<<16-1)), uint32(r.uvarint(1<<32-1)), r.uvarint(1<<64-1)
	for _, p := range []*uint32{&g.mirai, &g.zmap, &g.masscan, &g.exact} {
		*p = uint32(r.uvarint(1<<32 - 1))
	}
	g.shape.window, o.MSS, g.srcPort = uint16(r.uvarint(1<<16-1)), uint16(r.uvarint(1<<16-1)), uint16(r.uvarint(1<<16-1))
	g.payload = uint32(r.uvarint(uint64(payloads)))
	for i := range g.dests {
		g.dests[i] = binary.LittleEndian.Uint64(r.bytes(8))
	}
	for i := range g.bins {
		g.bins[i] = uint16(r.uvarint(1<<16 - 1))
	}
	for i := range g.minutes {
		g.minutes[i] = uint16(r.uvarint(1<<16 - 1))
	}
	g.sensor = r.text(64)
}
