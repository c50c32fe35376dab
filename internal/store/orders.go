package store

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// orders hold what a hash cannot answer: which addresses lie in a prefix,
// which names under a domain. All are sorted sets of (code 32 | place 32).
//
// IPv4 addresses are in order of the address. Names stand once under each
// domain above them (org, org.example for www.example.org) by the hash of that
// domain, IPv6 addresses under their /32, /48 and /64: a question is one range
// of consecutive entries, checked against the keys, whatever lies around it.
type orders struct {
	ipv4    order // address | value
	ipv6    order // first four bytes | value
	nets    order // hash of the first six or eight bytes | value
	domains order // hash of a domain above | value
	mails   order // hash of a domain at or above | value
	seed    [16]byte
}

// maxDepth is the number of labels up to which a name stands under the
// domains above it; deeper questions look through the eighth.
const maxDepth = 8

func (o *orders) init(s *Store) {
	o.seed = s.options.Seed
	for _, x := range o.all() {
		x.init(s)
	}
	o.nets.even, o.domains.even, o.mails.even = true, true, true
}

func (o *orders) all() []*order {
	return []*order{&o.ipv4, &o.ipv6, &o.nets, &o.domains, &o.mails}
}

// add puts a new value where it belongs.
func (o *orders) add(kind cure.Kind, key []byte, i uint32) {
	switch {
	case kind == cure.KindIP && len(key) == 4:
		o.ipv4.add(join(binary.BigEndian.Uint32(key), i))
	case kind == cure.KindIP && len(key) == 16:
		o.ipv6.add(join(binary.BigEndian.Uint32(key), i))
		o.nets.add(join(o.code(key[:6]), i))
		o.nets.add(join(o.code(key[:8]), i))
	case kind == cure.KindDomain:
		o.addNames(&o.domains, key, i)
	case kind == cure.KindEmail:
		o.addNames(&o.mails, key, i)
	}
}

func (o *orders) addNames(x *order, key []byte, i uint32) {
	depth := 0
	for end, c := range key {
		if c == '.' || c == '@' {
			x.add(join(o.code(key[:end]), i))
			if depth++; depth == maxDepth || c == '@' {
				return
			}
		}
	}
}

// code is the hash under which the domain or network of a key stands.
func (o *orders) code(key []byte) uint32 {
	return uint32(wire.Hash(o.seed, cure.KindNone, key) >> 32)
}

// above cuts a reversed domain to the depth it is indexed at.
func above(key []byte) []byte {
	depth := 0
	for end, c := range key {
		if c == '.' {
			if depth++; depth == maxDepth {
				return key[:end]
			}
		}
	}
	return key
}

// prefixLengths remembers which prefix lengths occur among the networks, so
// that the networks around an address are a few exact look-ups.
type prefixLengths struct {
	v4 atomic.Uint64
	v6 [3]atomic.Uint64
}

func (p *prefixLengths) add(key []byte) {
	switch n := uint(key[len(key)-1]); {
	case len(key) == 5 && n <= 32:
		p.v4.Or(1 << n)
	case len(key) == 17 && n <= 128:
		p.v6[n/64].Or(1 << (n % 64))
	}
}

func (p *prefixLengths) has(a netip.Addr, bits int) bool {
	if a.Is4() {
		return p.v4.Load()>>bits&1 != 0
	}
	return p.v6[bits/64].Load()>>(bits%64)&1 != 0
}

// words and setWords are for snapshots.
func (p *prefixLengths) words() [4]uint64 {
	return [4]uint64{p.v4.Load(), p.v6[0].Load(), p.v6[1].Load(), p.v6[2].Load()}
}

func (p *prefixLengths) setWords(w [4]uint64) {
	p.v4.Store(w[0])
	for i := range p.v6 {
		p.v6[i].Store(w[i+1])
	}
}
