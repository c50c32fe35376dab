package darknet

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/opencure/cure/internal/publish/packet"
)

var errState = errors.New("state is damaged")

// coder writes a state or reads it: one walk over a structure does both, so
// that reader and writer cannot drift apart. After the first thing that is not
// there all reads as zero and bad is set. A length is believed only as far as
// bytes are left, so that memory stays in proportion to the input.
type coder struct {
	b       []byte // written so far, or left to read
	reading bool
	bad     bool
	texts   map[string]string // read so far: most come again
}

func (c *coder) fail() { c.bad, c.b = true, nil }

// must holds a condition of what was read.
func (c *coder) must(ok bool) {
	if c.reading && !ok {
		c.fail()
	}
}

// raw passes bytes of a known number.
func (c *coder) raw(p []byte) {
	switch {
	case !c.reading:
		c.b = append(c.b, p...)
	case len(c.b) < len(p):
		c.fail()
	default:
		copy(p, c.b)
		c.b = c.b[len(p):]
	}
}

func (c *coder) uint(v uint64) uint64 {
	if !c.reading {
		c.b = binary.AppendUvarint(c.b, v)
		return v
	}
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.fail()
		return 0
	}
	c.b = c.b[n:]
	return v
}

// number passes an unsigned integer; what does not fit is damage.
func number[T ~uint8 | ~uint16 | ~uint32 | ~uint64](c *coder, v *T) {
	x := c.uint(uint64(*v))
	if *v = T(x); uint64(*v) != x {
		*v = 0
		c.fail()
	}
}

// whole passes a signed integer.
func whole[T ~int | ~int64](c *coder, v *T) {
	x := c.uint(uint64(int64(*v)<<1 ^ int64(*v)>>63))
	*v = T(x>>1) ^ -T(x&1)
}

// natural passes an integer from 0 to most.
func natural[T ~int | ~int64](c *coder, v *T, most T) {
	whole(c, v)
	c.must(*v >= 0 && *v <= most)
}

func (c *coder) flag(v *bool) {
	n := uint8(0)
	if *v {
		n = 1
	}
	number(c, &n)
	c.must(n <= 1)
	*v = n == 1
}

func (c *coder) float(v *float64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], math.Float64bits(*v))
	c.raw(b[:])
	*v = math.Float64frombits(binary.LittleEndian.Uint64(b[:]))
}

// finite passes a number that is one.
func (c *coder) finite(v *float64) {
	c.float(v)
	c.must(!math.IsNaN(*v) && !math.IsInf(*v, 0))
}

// Times of states: from 1970 to some thousands of years later.
const maxSecond = 1 << 38

func (c *coder) time(v *time.Time) {
	var sec, ns int64
	if !v.IsZero() {
		sec, ns = v.Unix()+1, int64(v.Nanosecond())
	}
	natural(c, &sec, maxSecond)
	natural(c, &ns, 1e9-1)
	if c.reading {
		*v = time.Time{}
		if sec > 0 && !c.bad {
			*v = time.Unix(sec-1, ns).UTC()
		}
	}
}

func (c *coder) bytes(v *[]byte) {
	n := c.length(len(*v), 1)
	if c.reading {
		*v = make([]byte, n)
	}
	c.raw(*v)
}

func (c *coder) text(v *string) {
	n := c.length(len(*v), 1)
	if !c.reading {
		c.b = append(c.b, *v...)
		return
	}
	s, ok := c.texts[string(c.b[:n])]
	if !ok {
		s = string(c.b[:n])
		if c.texts == nil {
			c.texts = map[string]string{}
		}
		c.texts[s] = s
	}
	*v, c.b = s, c.b[n:]
}

// length passes how many elements follow, each of at least so many bytes.
func (c *coder) length(n, each int) int {
	x := c.uint(uint64(n))
	if c.reading && x > uint64(len(c.b)/each) {
		c.fail()
		return 0
	}
	return int(x)
}

// list passes a slice, at most so many elements.
func list[T any](c *coder, v *[]T, most int, each func(*T)) {
	n := c.length(len(*v), 1)
	c.must(n <= most)
	if c.reading {
		*v = nil
		if n == 0 || c.bad {
			return
		}
		*v = make([]T, 0, min(n, 1<<12))
		for range n {
			var x T
			if each(&x); c.bad {
				*v = nil
				return
			}
			*v = append(*v, x)
		}
		return
	}
	for i := range *v {
		each(&(*v)[i])
	}
}

// dictionary passes a map, written in an order of its keys.
func dictionary[K comparable, V any](c *coder, m *map[K]V, most int, compare func(a, b K) int, each func(*K, *V)) {
	type entry struct {
		key   K
		value V
	}
	var all []entry
	for k, v := range *m {
		all = append(all, entry{k, v})
	}
	slices.SortFunc(all, func(a, b entry) int { return compare(a.key, b.key) })
	list(c, &all, most, func(e *entry) { each(&e.key, &e.value) })
	if !c.reading {
		return
	}
	*m = make(map[K]V, len(all))
	for i, e := range all {
		c.must(i == 0 || compare(all[i-1].key, e.key) < 0)
		(*m)[e.key] = e.value
	}
}

func (c *coder) host(h *Host) {
	form := uint8(0)
	switch {
	case h.Hashed:
		form = 1
	case h.Addr.Is4():
		form = 2
	}
	number(c, &form)
	c.must(form <= 2)
	if form == 2 && !c.bad {
		v := h.Addr.Uint32()
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], v)
		c.raw(b[:])
		h.Addr = packet.V4(binary.BigEndian.Uint32(b[:]))
		return
	}
	h.Hashed = form == 1
	c.raw(h.Addr[:])
	c.must(h.Hashed || !h.Addr.Is4())
}

func (c *coder) port(p *Port) {
	number(c, &p.Proto)
	number(c, &p.Number)
}

func (c *coder) tool(t *Tool) {
	number(c, t)
	c.must(*t < toolEnd)
}

func (c *coder) ports(v *[]Port, most int) { list(c, v, most, c.port) }

func (c *coder) counts(v *[]uint32, most int) { list(c, v, most, func(n *uint32) { number(c, n) }) }

// sparse passes counts of a known number, most of them 0: which are not, a bit
// each, then those.
func (c *coder) sparse(v []uint16) {
	mask := make([]byte, (len(v)+7)/8)
	for i, n := range v {
		if n != 0 {
			mask[i/8] |= 1 << (i % 8)
		}
	}
	c.raw(mask)
	for i := range v {
		if mask[i/8]>>(i%8)&1 == 1 {
			number(c, &v[i])
			c.must(v[i] != 0)
		}
	}
}
