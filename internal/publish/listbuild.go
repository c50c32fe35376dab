package publish

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

const (
	maxSaidBytes = 64 << 20 // of distinct attributes and tags; entries behind have none
	maxEntryTags = 32
)

// said is what a copy says of an entry beside that it is on the list. Many
// entries share one.
type said struct {
	attrs   []cure.Attr
	tags    []string
	role    cure.Role
	marking cure.Marking
}

// listBuilder collects a copy.
type listBuilder struct {
	rolling bool
	set     keySet
	rows    []listRow // of each key
	numbers map[string]uint32
	texts   []said
	size    int // bytes of texts
	scratch []byte
	graph   graph
	bad     int
	markup  int
	over    bool
	updated time.Time
}

// listRow is what belongs to a key.
type listRow struct {
	said  uint32
	first uint32 // Unix seconds; 0: not known
	owner int32  // version of an object of the graph; 0: none
}

func newListBuilder(rolling bool) *listBuilder {
	return &listBuilder{rolling: rolling, numbers: map[string]uint32{}, texts: []said{{}}}
}

func (b *listBuilder) said(i int) *said  { return &b.texts[b.rows[i].said] }
func (b *listBuilder) owner(i int) int32 { return b.rows[i].owner }
func (b *listBuilder) first(i int) time.Time {
	if n := b.rows[i].first; n > 0 {
		return time.Unix(int64(n), 0).UTC()
	}
	return time.Time{}
}

func (b *listBuilder) add(o cure.Observable, said uint32, first time.Time, owner int32) {
	at := uint32(0)
	if !first.IsZero() {
		at = uint32(first.Unix())
	}
	b.scratch = o.AppendKey(append(b.scratch[:0], byte(o.Kind)))
	if b.rolling {
		b.scratch = binary.BigEndian.AppendUint64(b.scratch, uint64(at))
	}
	if len(b.set.bytes)+len(b.scratch) > maxListBytes {
		b.over = true
		return
	}
	b.set.add(b.scratch)
	b.rows = append(b.rows, listRow{said, at, owner})
}

// intern returns the number of what is said. The role is kept even where the
// rest has no room any more.
func (b *listBuilder) intern(s *said) uint32 {
	b.scratch = append(b.scratch[:0], byte(s.role))
	b.scratch = append(b.scratch, s.marking.String()...)
	for _, a := range s.attrs {
		b.scratch = append(append(append(append(b.scratch, 1), a.Name...), 0), a.Value...)
	}
	for _, t := range s.tags {
		b.scratch = append(append(b.scratch, 2), t...)
	}
	if n, ok := b.numbers[string(b.scratch)]; ok {
		return n
	}
	if b.size+len(b.scratch) > maxSaidBytes {
		if len(s.attrs)+len(s.tags) == 0 {
			return 0
		}
		return b.intern(&said{role: s.role, marking: s.marking})
	}
	b.size += len(b.scratch)
	kept := said{role: s.role, marking: s.marking}
	for _, a := range s.attrs {
		kept.attrs = append(kept.attrs, cure.Attr{Name: strings.Clone(a.Name), Value: strings.Clone(a.Value)})
	}
	for _, t := range s.tags {
		kept.tags = append(kept.tags, strings.Clone(t))
	}
	n := uint32(len(b.texts))
	b.texts = append(b.texts, kept)
	b.numbers[string(b.scratch)] = n
	return n
}

// sort orders the keys, drops what an older version of an object said, and
// makes one of doubles.
func (b *listBuilder) sort() {
	order := make([]uint32, 0, b.set.len())
	for i := range b.rows {
		if b.graph.current(b.rows[i].owner) {
			order = append(order, uint32(i))
		}
	}
	slices.SortFunc(order, func(i, j uint32) int {
		if c := bytes.Compare(b.set.key(int(i)), b.set.key(int(j))); c != 0 {
			return c
		}
		return cmp.Compare(i, j)
	})
	var set keySet
	var rows []listRow
	for _, i := range order {
		key := b.set.key(int(i))
		if n := set.len(); n > 0 && bytes.Equal(set.key(n-1), key) {
			b.merge(&rows[n-1], b.rows[i])
			continue
		}
		set.add(key)
		rows = append(rows, b.rows[i])
	}
	b.set, b.rows = set, rows
}

// merge makes one of two entries of the same value: the attributes of the
// first, the tags of both, the role that counts against it, the earlier time,
// the stricter marking.
func (b *listBuilder) merge(a *listRow, c listRow) {
	if c.first > 0 && (a.first == 0 || c.first < a.first) {
		a.first = c.first
	}
	if a.owner == 0 || !b.texts[a.said].role.Hostile() && b.texts[c.said].role.Hostile() && c.owner != 0 {
		a.owner = c.owner
	}
	if a.said == c.said {
		return
	}
	x, y := &b.texts[a.said], &b.texts[c.said]
	s := said{attrs: x.attrs, tags: slices.Clone(x.tags), role: x.role, marking: x.marking.Join(y.marking)}
	if y.role.Hostile() && !x.role.Hostile() || x.role == cure.RoleUnknown {
		s.role, s.attrs = y.role, y.attrs
	}
	for _, t := range y.tags {
		if len(s.tags) < maxEntryTags && !slices.Contains(s.tags, t) {
			s.tags = append(s.tags, t)
		}
	}
	a.said = b.intern(&s)
}
