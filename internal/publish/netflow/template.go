package netflow

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
)

// Limits of what a [Reader] keeps. The template told longest ago makes room.
const (
	maxTemplates = 4096
	maxFields    = 512       // of one template
	maxSize      = 24 << 10  // fields of all templates
	minTemplate  = 256       // ids below are reserved
	variable     = 1<<16 - 1 // length of a field that says its own
)

// key names a template.
type key struct {
	exporter netip.Addr
	domain   uint32
	id       uint16
	ipfix    bool
}

// template is the form of the records of a set. Neighbours that nobody reads
// are one field.
type template struct {
	key     key
	options bool // records tell of the exporter, not of flows
	least   int  // bytes of a record at least
	fields  []field
}

type field struct {
	what   what
	length uint16
}

func (m *message) key(id uint16) key { return key{m.exporter, m.domain, id, m.ipfix} }

func (r *Reader) find(k key) *template { return r.byKey[k] }

// keep takes a template in.
func (r *Reader) keep(t *template) {
	if r.byKey == nil {
		r.byKey = make(map[key]*template)
	}
	if old := r.byKey[t.key]; old != nil {
		if old.options == t.options && slices.Equal(old.fields, t.fields) {
			return // told again, as is done every minute
		}
		r.drop(t.key)
	}
	for len(r.byKey) > 0 && (len(r.byKey) >= maxTemplates || r.size+len(t.fields) > maxSize) {
		r.drop(r.order[0].key)
	}
	r.byKey[t.key] = t
	r.order = append(r.order, t)
	r.size += len(t.fields)
}

// drop forgets a template.
func (r *Reader) drop(k key) {
	if t := r.byKey[k]; t != nil {
		delete(r.byKey, k)
		r.size -= len(t.fields)
		r.order = slices.DeleteFunc(r.order, func(o *template) bool { return o == t })
	}
}

// templates reads a set of templates.
func (m *message) templates(b []byte) error {
	for len(b) >= 4 {
		id, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		b = b[4:]
		if id < minTemplate {
			return nil // padding, or the withdrawal of all
		}
		if n == 0 {
			m.reader.drop(m.key(id)) // withdrawn
			continue
		}
		var err error
		if b, err = m.template(id, n, false, b); err != nil {
			return err
		}
	}
	return nil
}

// options reads a set of templates of options. NetFlow 9 gives their lengths
// in bytes, IPFIX numbers of fields.
func (m *message) options(b []byte) error {
	for len(b) >= 6 {
		id := binary.BigEndian.Uint16(b)
		one, two := int(binary.BigEndian.Uint16(b[2:])), int(binary.BigEndian.Uint16(b[4:]))
		if id < minTemplate {
			return nil
		}
		if m.ipfix && one == 0 {
			m.reader.drop(m.key(id))
			b = b[4:]
			continue
		}
		n := one
		if !m.ipfix {
			n = (one + two) / 4
		}
		var err error
		if b, err = m.template(id, n, true, b[6:]); err != nil {
			return err
		}
	}
	return nil
}

// template reads the n fields of a template and returns what follows.
func (m *message) template(id uint16, n int, options bool, b []byte) ([]byte, error) {
	if n > maxFields {
		return nil, ErrLength
	}
	t := &template{key: m.key(id), options: options}
	for range n {
		if len(b) < 4 {
			return nil, ErrShort
		}
		element16, length, enterprise := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), uint32(0)
		b = b[4:]
		if m.ipfix && element16&0x8000 != 0 {
			if len(b) < 4 {
				return nil, ErrShort
			}
			enterprise, b = binary.BigEndian.Uint32(b), b[4:]
			element16 &^= 0x8000
		}
		if length == variable && !m.ipfix {
			return nil, ErrLength
		}
		t.add(field{element(element16, enterprise), length})
	}
	if t.least == 0 {
		return nil, ErrLength // a set would hold records without end
	}
	m.reader.keep(t)
	return b, nil
}

// add appends a field; one without bytes would cost time for nothing.
func (t *template) add(f field) {
	if f.length == 0 {
		return
	}
	if f.length == variable {
		t.least++
	} else {
		t.least += int(f.length)
	}
	if n := len(t.fields); f.what == skip && f.length != variable && n > 0 {
		last := &t.fields[n-1]
		if last.what == skip && last.length != variable && int(last.length)+int(f.length) < variable {
			last.length += f.length
			return
		}
	}
	t.fields = append(t.fields, f)
}

// Size bounds the bytes that [Reader.AppendState] appends.
func (r *Reader) Size() int { return 8 + len(r.byKey)*32 + r.size*4 }

// AppendState appends the templates. Layout: for each exporter address (length
// first), domain, id, kind; then its fields.
func (r *Reader) AppendState(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(r.order)))
	for _, t := range r.order {
		a := t.key.exporter.AsSlice()
		dst = append(append(dst, byte(len(a))), a...)
		dst = binary.AppendUvarint(dst, uint64(t.key.domain))
		dst = binary.AppendUvarint(dst, uint64(t.key.id))
		kind := byte(0)
		if t.key.ipfix {
			kind |= 1
		}
		if t.options {
			kind |= 2
		}
		dst = append(dst, kind)
		dst = binary.AppendUvarint(dst, uint64(len(t.fields)))
		for _, f := range t.fields {
			dst = binary.AppendUvarint(append(dst, byte(f.what)), uint64(f.length))
		}
	}
	return dst
}

var errState = errors.New("broken state of flow templates")

// Restore takes the templates of a state up; it returns what follows them. The
// bytes are not trusted.
func (r *Reader) Restore(state []byte) (rest []byte, err error) {
	*r = Reader{}
	in := cursor{b: state}
	for range in.upTo(maxTemplates) {
		t := &template{}
		a, ok := netip.AddrFromSlice(in.bytes(in.byte()))
		t.key.exporter = a
		t.key.domain, t.key.id = uint32(in.upTo(1<<32-1)), uint16(in.upTo(1<<16-1))
		kind := in.byte()
		t.key.ipfix, t.options = kind&1 != 0, kind&2 != 0
		for range in.upTo(maxFields) {
			f := field{what(in.byte()), uint16(in.upTo(variable))}
			if in.bad || f.what >= fields || f.length == 0 {
				return nil, errState
			}
			t.fields = append(t.fields, f)
			if t.least++; f.length != variable {
				t.least += int(f.length) - 1
			}
		}
		if in.bad || !ok || t.least <= 0 {
			return nil, errState
		}
		r.keep(t)
	}
	if in.bad {
		return nil, errState
	}
	return in.b, nil
}

// cursor reads a state.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) byte() int {
	b := c.bytes(1)
	if len(b) == 0 {
		return 0
	}
	return int(b[0])
}

func (c *cursor) bytes(n int) []byte {
	if c.bad || n > len(c.b) {
		c.bad = true
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cursor) upTo(most uint64) uint64 {
	v, n := binary.Uvarint(c.b)
	if c.bad || n <= 0 || v > most {
		c.bad = true
		return 0
	}
	c.b = c.b[n:]
	return v
}
