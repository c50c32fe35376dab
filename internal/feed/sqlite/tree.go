package sqlite

import (
	"encoding/binary"
	"math"
)

// Kinds of pages.
const (
	leaf     = 13
	interior = 5
)

// Cursor goes over the rows of a table by their rowids.
type Cursor struct {
	t     *Table
	from  int64
	last  int64
	begun bool
	err   error
	way   []node // from the root to the present leaf
	seen  uint32 // pages visited: no tree has more than the file
	body  []byte
}

// node is a page on the way, and the next of its cells.
type node struct {
	page []byte
	head int // of the page header
	kind byte
	n    int // cells
	at   int
}

// Rows returns the rows from a rowid on. Values are valid until the next call
// of Next.
func (t *Table) Rows(from int64) *Cursor { return &Cursor{t: t, from: from} }

// Next returns the next row, false at the end. An error stays.
func (c *Cursor) Next() (Row, bool, error) {
	if c.err != nil {
		return Row{}, false, c.err
	}
	row, ok, err := c.next()
	c.err = err
	return row, ok, err
}

func (c *Cursor) next() (Row, bool, error) {
	if !c.begun {
		c.begun, c.last = true, math.MinInt64
		if err := c.down(c.t.root); err != nil {
			return Row{}, false, err
		}
	}
	for len(c.way) > 0 {
		top := &c.way[len(c.way)-1]
		if top.kind == interior {
			child, key, ok, err := top.child()
			switch {
			case err != nil:
				return Row{}, false, err
			case !ok:
				c.way = c.way[:len(c.way)-1]
			case key < c.from: // all below is before
			default:
				if err := c.down(child); err != nil {
					return Row{}, false, err
				}
			}
			continue
		}
		if top.at >= top.n {
			c.way = c.way[:len(c.way)-1]
			continue
		}
		cell, err := top.cell()
		if err != nil {
			return Row{}, false, err
		}
		top.at++
		size, n1 := varint(cell)
		id, n2 := varint(cell[n1:])
		if n1 == 0 || n2 == 0 || c.last != math.MinInt64 && int64(id) <= c.last {
			return Row{}, false, ErrDamaged
		}
		if c.last = int64(id); c.last < c.from {
			continue
		}
		row := Row{ID: c.last}
		body, err := c.payload(cell[n1+n2:], size)
		if err == nil {
			row.Values, err = c.t.values(body, row.ID)
		}
		return row, err == nil, err
	}
	return Row{}, false, nil
}

// down enters a page.
func (c *Cursor) down(n uint32) error {
	page, err := c.t.db.page(n)
	if c.seen++; err != nil || len(c.way) >= maxDepth || c.seen > c.t.db.pages {
		return ErrDamaged
	}
	d := node{page: page}
	if n == 1 {
		d.head = 100 // the header of the file
	}
	d.kind, d.n = page[d.head], int(binary.BigEndian.Uint16(page[d.head+3:]))
	if d.kind != leaf && d.kind != interior || d.head+d.size()+2*d.n > len(page) {
		return ErrDamaged
	}
	c.way = append(c.way, d)
	return nil
}

// size returns the bytes of the page header.
func (d *node) size() int {
	if d.kind == interior {
		return 12
	}
	return 8
}

// cell returns the bytes of the page from the present cell on.
func (d *node) cell() ([]byte, error) {
	at := int(binary.BigEndian.Uint16(d.page[d.head+d.size()+2*d.at:]))
	if at < d.head+d.size() || at >= len(d.page) {
		return nil, ErrDamaged
	}
	return d.page[at:], nil
}

// child returns the next child of an interior page and the largest rowid below
// it.
func (d *node) child() (page uint32, key int64, ok bool, err error) {
	switch {
	case d.at > d.n:
		return 0, 0, false, nil
	case d.at == d.n: // the rightmost stands in the header
		d.at++
		return binary.BigEndian.Uint32(d.page[d.head+8:]), math.MaxInt64, true, nil
	}
	cell, err := d.cell()
	if err != nil || len(cell) < 5 {
		return 0, 0, false, ErrDamaged
	}
	d.at++
	v, n := varint(cell[4:])
	if n == 0 {
		return 0, 0, false, ErrDamaged
	}
	return binary.BigEndian.Uint32(cell), int64(v), true, nil
}

// payload returns the bytes of a row: some in its cell, the rest in a chain of
// pages.
func (c *Cursor) payload(cell []byte, size uint64) ([]byte, error) {
	db := c.t.db
	most := db.usable - 35
	if size <= uint64(most) {
		if int(size) > len(cell) {
			return nil, ErrDamaged
		}
		return cell[:size], nil
	}
	if size > maxRow || size > uint64(len(db.data))+uint64(len(db.log)*db.size) {
		return nil, ErrDamaged
	}
	least := (db.usable-12)*32/255 - 23
	local := least + (int(size)-least)%(db.usable-4)
	if local > most {
		local = least
	}
	if local+4 > len(cell) {
		return nil, ErrDamaged
	}
	c.body = append(c.body[:0], cell[:local]...)
	for next := binary.BigEndian.Uint32(cell[local:]); len(c.body) < int(size); {
		page, err := db.page(next)
		if err != nil {
			return nil, err
		}
		next = binary.BigEndian.Uint32(page)
		c.body = append(c.body, page[4:min(db.usable, 4+int(size)-len(c.body))]...)
	}
	return c.body, nil
}

// values reads the record format. Columns that were added to the table later
// are NULL in older rows.
func (t *Table) values(body []byte, id int64) ([]Value, error) {
	headSize, n := varint(body)
	if n == 0 || headSize > uint64(len(body)) {
		return nil, ErrDamaged
	}
	kinds, rest := body[n:max(n, int(headSize))], body[headSize:]
	values := make([]Value, len(t.Columns))
	for i := 0; len(kinds) > 0; i++ {
		kind, n := varint(kinds)
		if n == 0 {
			return nil, ErrDamaged
		}
		kinds = kinds[n:]
		v, size, err := t.db.value(kind, rest)
		if err != nil {
			return nil, err
		}
		rest = rest[size:]
		if i < len(values) {
			values[i] = v
		}
	}
	if t.key >= 0 && values[t.key].Kind == Null {
		values[t.key] = Value{Kind: Int, Int: id}
	}
	return values, nil
}

// value reads one value of a serial type and returns its size.
func (db *DB) value(kind uint64, b []byte) (Value, int, error) {
	size := 0
	switch {
	case kind < 7:
		size = [...]int{0, 1, 2, 3, 4, 6, 8}[kind]
	case kind == 7:
		size = 8
	case kind == 10 || kind == 11:
		return Value{}, 0, ErrDamaged
	case kind >= 12:
		if (kind-12)/2 > uint64(len(b)) {
			return Value{}, 0, ErrDamaged
		}
		size = int((kind - 12) / 2)
	}
	if size > len(b) {
		return Value{}, 0, ErrDamaged
	}
	b = b[:size:size]
	switch {
	case kind == 0:
		return Value{}, 0, nil
	case kind < 7:
		n := int64(int8(b[0]))
		for _, x := range b[1:] {
			n = n<<8 | int64(x)
		}
		return Value{Kind: Int, Int: n}, size, nil
	case kind == 7:
		return Value{Kind: Float, Float: math.Float64frombits(binary.BigEndian.Uint64(b))}, size, nil
	case kind < 10:
		return Value{Kind: Int, Int: int64(kind - 8)}, 0, nil
	case kind%2 == 0:
		return Value{Kind: Blob, Text: b}, size, nil
	}
	return Value{Kind: Text, Text: db.text(b)}, size, nil
}

// varint reads an integer of one to nine bytes, 0 bytes when it is cut.
func varint(b []byte) (v uint64, n int) {
	for i := range min(len(b), 9) {
		if i == 8 {
			return v<<8 | uint64(b[i]), 9
		}
		v = v<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}
