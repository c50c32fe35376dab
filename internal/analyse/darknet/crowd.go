package darknet

import (
	"math"
	"math/bits"
	"slices"
)

// crowd is a set of networks that is exact while it is small and a sketch of
// 8,192 bits (linear counting, Whang et al. 1990, good to some 40,000) where
// it is not.
type crowd struct {
	Hosts []Host   // in no order; nil once Bits is there
	Bits  []uint64 // 128 words
}

const (
	crowdExact = 64
	crowdWords = 128
)

func (c *crowd) clear() { c.Hosts, c.Bits = c.Hosts[:0], nil }

func (c *crowd) add(h Host) {
	if c.Bits != nil {
		c.set(h)
		return
	}
	if slices.Contains(c.Hosts, h) {
		return
	}
	if len(c.Hosts) < crowdExact {
		c.Hosts = append(c.Hosts, h)
		return
	}
	c.dense()
	c.set(h)
}

func (c *crowd) dense() {
	c.Bits = make([]uint64, crowdWords)
	for _, h := range c.Hosts {
		c.set(h)
	}
	c.Hosts = nil
}

func (c *crowd) set(h Host) {
	x := hashHost(h) >> 51 // 13 bits
	c.Bits[x>>6] |= 1 << (x & 63)
}

// has reports whether a host is in it; of a sketch now and then wrongly.
func (c *crowd) has(h Host) bool {
	if c.Bits == nil {
		return slices.Contains(c.Hosts, h)
	}
	x := hashHost(h) >> 51
	return c.Bits[x>>6]>>(x&63)&1 == 1
}

func (c *crowd) count() int {
	if c.Bits == nil {
		return len(c.Hosts)
	}
	free := 0
	for _, w := range c.Bits {
		free += 64 - bits.OnesCount64(w)
	}
	const m = 64 * crowdWords
	return int(math.Round(m * math.Log(m/float64(max(free, 1)))))
}

// union returns how many there are in several crowds together.
func union(all []crowd) int {
	var sum crowd
	for i := range all {
		c := &all[i]
		if c.Bits != nil {
			if sum.Bits == nil {
				sum.dense()
			}
			for k, w := range c.Bits {
				sum.Bits[k] |= w
			}
			continue
		}
		for _, h := range c.Hosts {
			sum.add(h)
		}
	}
	return sum.count()
}

// walk passes a crowd: its hosts, or the sketch.
func (c *crowd) walk(k *coder) {
	dense := c.Bits != nil
	k.flag(&dense)
	if !dense {
		list(k, &c.Hosts, crowdExact, k.host)
		return
	}
	if k.reading {
		c.Bits = make([]uint64, crowdWords)
	}
	for i := range c.Bits {
		number(k, &c.Bits[i])
	}
}
