package publish

import (
	"bytes"
	"encoding/binary"
	"errors"
	"sync"

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
	stateList    = 1         // version
	stateRolling = 2         // the same, with a time behind each key
	timeSize     = 8
	maxUnpacked  = 2 * maxListBytes
)

// version of the state.
func (f *List) version() byte {
	if f.def.Rolling {
		return stateRolling
	}
	return stateList
}

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
	dst = append(dst, f.version())
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
	if v := state[0]; v != f.version() && (v == stateList || v == stateRolling) {
		return nil // its definition has changed: the next copy is the first
	}
	r := stateReader{b: state[1:], bad: state[0] != f.version()}
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
	if err := f.have.keys.unpack(plain); err != nil {
		return err
	}
	for i := range f.have.keys.len() {
		if f.def.Rolling && len(f.have.keys.key(i)) < 2+timeSize {
			return errListState
		}
	}
	return nil
}

func (s *keySet) unpack(plain []byte) error {
	r := stateReader{b: plain}
	n := r.uvarint()
	var key []byte
	for range min(n, uint64(len(plain))) {
		shared := r.uvarint()
		own := r.text(cure.MaxValue + 1 + timeSize)
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
