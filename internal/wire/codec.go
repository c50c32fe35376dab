package wire

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// codec goes over the fields of an item in their one order and, by its mode,
// adds up their size, writes them or reads them. So the order of fields is
// said once, in fields.go.
type codec struct {
	mode  mode
	base  int64    // time of the record, Unix milliseconds
	size  int      // sizing: an upper bound of the bytes
	buf   []byte   // writing: appended to
	names *names   // writing: the table of the batch
	cur   cursor   // reading
	table []string // reading: the table of the batch

	unknown bool  // reading: an observable of a later kind
	refused error // reading: an observable that is not canonical
}

type mode uint8

const (
	sizing mode = iota
	writing
	reading
)

// names is the table of texts that are written once per batch.
type names struct {
	index map[string]uint32
	buf   []byte
}

func (t *names) add(s string) uint32 {
	if s == "" {
		return 0
	}
	n, ok := t.index[s]
	if !ok {
		n = uint32(len(t.index) + 1)
		t.index[strings.Clone(s)] = n
		t.buf = appendText(t.buf, s)
	}
	return n
}

func (t *names) reset() {
	clear(t.index)
	t.buf = t.buf[:0]
}

func appendText[T string | []byte](dst []byte, s T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// num is for the small unsigned numbers of an item.
func num[T ~uint8 | ~uint32](c *codec, p *T) {
	switch c.mode {
	case sizing:
		c.size += binary.MaxVarintLen32
	case writing:
		c.buf = binary.AppendUvarint(c.buf, uint64(*p))
	case reading:
		v := c.cur.uvarint()
		if *p = T(v); uint64(*p) != v {
			c.cur.fail()
		}
	}
}

// list is for the lists of an item; size is the least that an element takes.
func list[T any](c *codec, p *[]T, size int, fields func(*codec, *T)) {
	switch c.mode {
	case sizing:
		c.size += binary.MaxVarintLen32
	case writing:
		c.buf = binary.AppendUvarint(c.buf, uint64(len(*p)))
	case reading:
		if n := c.cur.count(size); n > 0 {
			*p = make([]T, n)
		}
	}
	for i := range *p {
		if c.mode == reading && (c.cur.bad || c.unknown || c.refused != nil) {
			return
		}
		fields(c, &(*p)[i])
	}
}

func (c *codec) text(p *string) {
	switch c.mode {
	case sizing:
		c.size += binary.MaxVarintLen32 + len(*p)
	case writing:
		c.buf = appendText(c.buf, *p)
	case reading:
		*p = string(c.cur.take(c.cur.uvarint()))
	}
}

// state is a checkpoint's. Sizing leaves it out: the encoder measures it
// compressed.
func (c *codec) state(p *[]byte) {
	switch c.mode {
	case sizing:
		c.size += binary.MaxVarintLen32
	case writing:
		c.buf = appendText(c.buf, *p)
	case reading:
		if n := c.cur.uvarint(); n > 0 {
			*p = bytes.Clone(c.cur.take(n))
		}
	}
}

// name is a text that many items share.
func (c *codec) name(p *string) {
	switch c.mode {
	case sizing:
		c.size += 2*binary.MaxVarintLen32 + len(*p)
	case writing:
		c.buf = binary.AppendUvarint(c.buf, uint64(c.names.add(*p)))
	case reading:
		switch n := c.cur.uvarint(); {
		case n > uint64(len(c.table)):
			c.cur.fail()
		case n > 0:
			*p = c.table[n-1]
		}
	}
}

func (c *codec) id(p *cure.ID) {
	switch c.mode {
	case sizing:
		c.size += len(p)
	case writing:
		c.buf = append(c.buf, p[:]...)
	case reading:
		copy(p[:], c.cur.take(uint64(len(p))))
	}
}

func (c *codec) time(p *time.Time) {
	switch c.mode {
	case sizing:
		c.size += binary.MaxVarintLen64
	case writing:
		if p.IsZero() {
			c.buf = append(c.buf, 0)
			return
		}
		d := p.UnixMilli() - c.base
		c.buf = binary.AppendUvarint(c.buf, 1+uint64(d<<1^d>>63))
	case reading:
		u := c.cur.uvarint()
		if u == 0 {
			return
		}
		u--
		ms := c.base + (int64(u>>1) ^ -int64(u&1))
		if ms < noTime || ms > maxTime {
			c.refused = cure.Errorf(cure.Invalid, "time outside the years 1 to 9999")
			return
		}
		*p = time.UnixMilli(ms).UTC()
	}
}

func (c *codec) score(p *float32) {
	switch c.mode {
	case sizing:
		c.size += 4
	case writing:
		c.buf = binary.LittleEndian.AppendUint32(c.buf, math.Float32bits(*p))
	case reading:
		if b := c.cur.take(4); b != nil {
			*p = math.Float32frombits(binary.LittleEndian.Uint32(b))
		}
	}
}

// observable writes kind and key; the zero observable is kind 0 alone.
func (c *codec) observable(p *cure.Observable) {
	switch c.mode {
	case sizing:
		c.size += len(p.Value) + 24
	case writing:
		c.buf = append(c.buf, byte(p.Kind))
		if p.Kind == cure.KindNone {
			return
		}
		at := len(c.buf)
		c.buf = p.AppendKey(c.buf)
		c.buf = prefixLength(c.buf, at)
	case reading:
		kind := cure.Kind(c.cur.byte())
		if kind == cure.KindNone || c.cur.bad {
			return
		}
		key := c.cur.take(c.cur.uvarint())
		if c.cur.bad {
			return
		}
		if !kind.Valid() {
			c.unknown = true
			return
		}
		if o, err := cure.FromKey(kind, key); err != nil {
			c.refused = err
		} else {
			*p = o
		}
	}
}

// marking writes the levels and the organisations.
func (c *codec) marking(p *cure.Marking) {
	num(c, &p.TLP)
	num(c, &p.PAP)
	num(c, &p.Licence)
	var personal uint8
	if p.Personal {
		personal = 1
	}
	num(c, &personal)
	if c.mode == reading {
		p.Personal = personal != 0
	}
	c.text(&p.Orgs)
}

// prefixLength moves b[at:] up and writes its length in front.
func prefixLength(b []byte, at int) []byte {
	var head [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(head[:], uint64(len(b)-at))
	b = append(b, head[:n]...)
	copy(b[at+n:], b[at:])
	copy(b[at:], head[:n])
	return b
}
