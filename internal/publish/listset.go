package publish

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
)

// keySet is a sequence of keys (kind, then cure.Observable.AppendKey) in one
// piece of memory.
type keySet struct {
	bytes []byte
	ends  []uint32
}

func (s *keySet) len() int { return len(s.ends) }

func (s *keySet) key(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = s.ends[i-1]
	}
	return s.bytes[from:s.ends[i]]
}

func (s *keySet) add(key []byte) {
	s.bytes = append(s.bytes, key...)
	s.ends = append(s.ends, uint32(len(s.bytes)))
}

const (
	maxListBytes = 256 << 20 // of keys
	maxAttrBytes = 64 << 20  // of distinct attributes; entries behind have none
)

// listBuilder collects a copy.
type listBuilder struct {
	set     keySet
	of      []uint32 // attributes of each key, by number
	attrs   map[string]uint32
	texts   [][]cure.Attr
	size    int // bytes of texts
	scratch []byte
	bad     int
	markup  int
	over    bool
	updated time.Time
}

func (b *listBuilder) attr(i int) uint32 { return b.of[i] }

func (b *listBuilder) add(o cure.Observable, attrs uint32) {
	b.scratch = o.AppendKey(append(b.scratch[:0], byte(o.Kind)))
	if len(b.set.bytes)+len(b.scratch) > maxListBytes {
		b.over = true
		return
	}
	b.set.add(b.scratch)
	b.of = append(b.of, attrs)
}

// intern returns the number of a list of attributes.
func (b *listBuilder) intern(attrs []cure.Attr) uint32 {
	b.scratch = b.scratch[:0]
	for _, a := range attrs {
		b.scratch = append(append(append(append(b.scratch, a.Name...), 0), a.Value...), 0)
	}
	if n, ok := b.attrs[string(b.scratch)]; ok {
		return n
	}
	if b.size += len(b.scratch); b.size > maxAttrBytes {
		return 0
	}
	kept := make([]cure.Attr, len(attrs))
	for i, a := range attrs {
		kept[i] = cure.Attr{Name: strings.Clone(a.Name), Value: strings.Clone(a.Value)}
	}
	n := uint32(len(b.texts))
	b.texts = append(b.texts, kept)
	b.attrs[string(b.scratch)] = n
	return n
}

// sort orders the keys and drops doubles: the first of them keeps its
// attributes.
func (b *listBuilder) sort() {
	order := make([]uint32, b.set.len())
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(i, j uint32) int {
		if c := bytes.Compare(b.set.key(int(i)), b.set.key(int(j))); c != 0 {
			return c
		}
		return cmp.Compare(i, j)
	})
	var set keySet
	var of []uint32
	for _, i := range order {
		key := b.set.key(int(i))
		if n := set.len(); n > 0 && bytes.Equal(set.key(n-1), key) {
			continue
		}
		set.add(key)
		of = append(of, b.of[i])
	}
	b.set, b.of = set, of
}

const (
	stateList   = 1 // version
	maxUnpacked = 2 * maxListBytes
)

// Pending implements Fold. A large state is no part of a batch.
func (f *List) Pending() int {
	if f.packed == nil {
		f.packed = f.have.keys.pack()
	}
	return min(len(f.packed)+128, maxInlineState)
}

// AppendState implements Fold. Layout: version, day and time of the copy
// before, identity and progress of an interrupted one, then the keys in order,
// front-coded (shared bytes, own bytes) and compressed.
func (f *List) AppendState(dst []byte) []byte {
	if f.packed == nil {
		f.packed = f.have.keys.pack()
	}
	dst = append(dst, stateList)
	dst = binary.AppendVarint(dst, f.have.day)
	dst = binary.AppendVarint(dst, millis(f.have.last))
	dst = appendString(dst, f.partial)
	dst = binary.AppendUvarint(dst, uint64(f.done))
	return append(dst, f.packed...)
}

// codecs of the packed keys; making one costs more than using it.
var packers = sync.OnceValues(func() (*zstd.Encoder, *zstd.Decoder) {
	enc, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) // the options are valid
	dec, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxUnpacked))
	return enc, dec
})

func (s *keySet) pack() []byte {
	plain := binary.AppendUvarint(nil, uint64(s.len()))
	var last []byte
	for i := range s.len() {
		key := s.key(i)
		shared := 0
		for shared < len(key) && shared < len(last) && key[shared] == last[shared] {
			shared++
		}
		plain = binary.AppendUvarint(plain, uint64(shared))
		plain = appendString(plain, string(key[shared:]))
		last = key
	}
	enc, _ := packers()
	return enc.EncodeAll(plain, nil)
}

var errListState = errors.New("broken state of a list")

// Restore implements Fold.
func (f *List) Restore(state []byte) error {
	f.have, f.partial, f.done, f.packed = listed{}, "", 0, nil
	if len(state) == 0 {
		return nil
	}
	r := stateReader{b: state[1:], bad: state[0] != stateList}
	f.have.day = r.varint()
	f.have.last = fromMillis(r.varint())
	f.partial = r.text(maxIdentity)
	f.done = int(r.uvarint())
	if r.bad {
		return errListState
	}
	f.packed = bytes.Clone(r.b)
	_, dec := packers()
	plain, err := dec.DecodeAll(r.b, nil)
	if err != nil {
		return errListState
	}
	return f.have.keys.unpack(plain)
}

func (s *keySet) unpack(plain []byte) error {
	r := stateReader{b: plain}
	n := r.uvarint()
	var key []byte
	for range min(n, uint64(len(plain))) {
		shared := r.uvarint()
		own := r.text(cure.MaxValue + 1)
		if r.bad || shared > uint64(len(key)) || shared+uint64(len(own)) < 2 {
			return errListState
		}
		before := key
		key = append(bytes.Clone(key[:shared]), own...)
		if bytes.Compare(before, key) >= 0 || len(s.bytes)+len(key) > maxListBytes {
			return errListState
		}
		s.add(key)
	}
	if r.bad || len(r.b) > 0 || uint64(s.len()) != n {
		return errListState
	}
	return nil
}
