package store

import (
	"bytes"
	"encoding/binary"
	"iter"
	"net/netip"
	"slices"

	"github.com/opencure/cure"
)

// In yields the visible addresses inside a prefix, in order. IPv4 goes through
// a range of an index; IPv6 gathers and sorts what lies in the /32, /48 or /64
// around the prefix.
func (r *Reader) In(p netip.Prefix) iter.Seq[ID] {
	p = p.Masked()
	if !p.IsValid() {
		return func(func(ID) bool) {}
	}
	if p.Addr().Is4() {
		return r.inIPv4(p)
	}
	return r.inIPv6(p)
}

func (r *Reader) inIPv4(p netip.Prefix) iter.Seq[ID] {
	a := p.Addr().As4()
	first := binary.BigEndian.Uint32(a[:])
	last := first | uint32(1<<(32-p.Bits())-1)
	return func(yield func(ID) bool) {
		defer r.s.epochs.enter().exit()
		sc := r.s.orders.ipv4.scan(join(first, 0), join(last, 1<<32-1))
		r.visible(&sc, nil, yield)
	}
}

// visible yields the values of a scan that the scope sees and check accepts;
// false when the loop was left. The misses of a group overlap.
func (r *Reader) visible(sc *scan, check func(key []byte) bool, yield func(ID) bool) bool {
	var entries [groupSize]uint64
	var sets [groupSize]setID
	v, vs := r.view(), &r.s.values
	for {
		n := sc.fill(entries[:])
		if n == 0 {
			return true
		}
		for k := range n {
			sets[k] = vs.at(uint32(entries[k])).set()
		}
		seen := entries[:0]
		for k, e := range entries[:n] {
			if v.sources(sets[k]) > 0 {
				seen = append(seen, e)
			}
		}
		if check != nil {
			touched := uint64(0)
			for _, e := range seen {
				touched += vs.touchKey(vs.at(uint32(e)))
			}
			r.touched(touched)
		}
		for _, e := range seen {
			i := uint32(e)
			if check != nil {
				var buf [8]byte
				if !check(vs.key(vs.at(i), &buf)) {
					continue
				}
			}
			if !yield(idOf(i)) {
				return false
			}
		}
	}
}

func (r *Reader) inIPv6(p netip.Prefix) iter.Seq[ID] {
	a := p.Addr().As16()
	o := &r.s.orders
	return func(yield func(ID) bool) {
		defer r.s.epochs.enter().exit()
		var sc scan
		switch {
		case p.Bits() >= 64:
			code := o.code(a[:8])
			sc = o.nets.scan(join(code, 0), join(code, 1<<32-1))
		case p.Bits() >= 48:
			code := o.code(a[:6])
			sc = o.nets.scan(join(code, 0), join(code, 1<<32-1))
		default:
			first := binary.BigEndian.Uint32(a[:4])
			last := first
			if p.Bits() < 32 {
				last |= 1<<(32-p.Bits()) - 1
			}
			sc = o.ipv6.scan(join(first, 0), join(last, 1<<32-1))
		}
		var ids []ID
		inside := func(key []byte) bool {
			b, ok := netip.AddrFromSlice(key)
			return ok && p.Contains(b)
		}
		r.visible(&sc, inside, func(id ID) bool { ids = append(ids, id); return true })
		slices.SortFunc(ids, func(x, y ID) int {
			var b1, b2 [8]byte
			vs := &r.s.values
			return bytes.Compare(vs.key(vs.at(indexOf(x)), &b1), vs.key(vs.at(indexOf(y)), &b2))
		})
		for _, id := range ids {
			if !yield(id) {
				return
			}
		}
	}
}

// Covering returns the visible networks that contain an address, longest
// first: an exact look-up for each prefix length that occurs.
func (r *Reader) Covering(a netip.Addr) []ID {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return nil
	}
	var ids []ID
	var key []byte
	for bits := a.BitLen(); bits >= 0; bits-- {
		if !r.s.prefixes.has(a, bits) {
			continue
		}
		p, err := a.Prefix(bits)
		if err != nil {
			continue
		}
		key = append(append(key[:0], p.Addr().AsSlice()...), byte(bits))
		if id, ok := r.Exact(cure.KindCIDR, key); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// Under yields the visible values under a domain: of KindDomain the domain
// itself and its subdomains, of KindEmail the addresses at any of them, of
// KindNone both. Each comes once; the domain itself first, the others in ID
// order within their kind.
func (r *Reader) Under(domain string, kind cure.Kind) iter.Seq[ID] {
	key := cure.Observable{Kind: cure.KindDomain, Value: domain}.AppendKey(nil)
	return func(yield func(ID) bool) {
		if len(key) == 0 {
			return
		}
		if kind == cure.KindDomain || kind == cure.KindNone {
			if id, ok := r.Exact(cure.KindDomain, key); ok && !yield(id) {
				return
			}
			if !r.names(&r.s.orders.domains, key, yield) {
				return
			}
		}
		if kind == cure.KindEmail || kind == cure.KindNone {
			r.names(&r.s.orders.mails, key, yield)
		}
	}
}

// names yields the values of one order whose name lies under a reversed domain.
func (r *Reader) names(o *order, key []byte, yield func(ID) bool) bool {
	defer r.s.epochs.enter().exit()
	code := r.s.orders.code(above(key))
	sc := o.scan(join(code, 0), join(code, 1<<32-1))
	under := func(k []byte) bool {
		return len(k) > len(key) && (k[len(key)] == '.' || k[len(key)] == '@') && bytes.Equal(k[:len(key)], key)
	}
	return r.visible(&sc, under, yield)
}
