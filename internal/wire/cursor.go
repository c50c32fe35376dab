package wire

import "encoding/binary"

// cursor reads a stretch of a payload. Reading past the end sets bad and gives
// zeros from there on, so that a reader looks at bad once per item.
type cursor struct {
	b   []byte // the payload up to the end of the stretch
	off int    // absolute, so that offsets of keys are those of the payload
	bad bool
}

func (c *cursor) left() int { return len(c.b) - c.off }

func (c *cursor) fail() {
	c.bad = true
	c.off = len(c.b)
}

func (c *cursor) byte() byte {
	if c.off >= len(c.b) {
		c.bad = true
		return 0
	}
	v := c.b[c.off]
	c.off++
	return v
}

func (c *cursor) uvarint() uint64 {
	if c.off < len(c.b) && c.b[c.off] < 0x80 {
		c.off++
		return uint64(c.b[c.off-1])
	}
	return c.longUvarint()
}

func (c *cursor) longUvarint() uint64 {
	v, n := binary.Uvarint(c.b[c.off:])
	if n <= 0 {
		c.fail()
		return 0
	}
	c.off += n
	return v
}

func (c *cursor) varint() int64 {
	u := c.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// skip moves over n bytes.
func (c *cursor) skip(n uint64) {
	if n > uint64(c.left()) {
		c.fail()
		return
	}
	c.off += int(n)
}

// take returns the next n bytes; they belong to the payload.
func (c *cursor) take(n uint64) []byte {
	from := c.off
	c.skip(n)
	if c.bad {
		return nil
	}
	return c.b[from:c.off]
}

// sub returns a cursor over the next n bytes and moves over them.
func (c *cursor) sub(n uint64) cursor {
	from := c.off
	c.skip(n)
	if c.bad {
		return cursor{bad: true}
	}
	return cursor{b: c.b[:c.off], off: from}
}

// count reads a number of things that take at least size bytes each, and
// fails when the rest cannot hold so many.
func (c *cursor) count(size int) int {
	n := c.uvarint()
	if n > uint64(c.left()/size) {
		c.fail()
		return 0
	}
	return int(n)
}
