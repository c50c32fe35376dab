package store

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

// value is the record of an observable, 32 bytes. The key word is written once
// before the value is published; the others are read and written atomically.
//
//	key    place or bytes 40 | length 16 | kind 8
//	pairs  first pair 32 | set of cells 32
//	rows   newest row alone in its record 32 | newest row with company 32
//	said   first annotation 32 | first note 32
//
// Each row of a value is in one of its two chains, so that neighbours are
// found without walking over the rows that have none.
type value struct {
	key   uint64
	pairs uint64
	rows  uint64
	said  uint64
}

func join(hi, lo uint32) uint64 { return uint64(hi)<<32 | uint64(lo) }

func (v *value) firstPair() uint32 { return uint32(atomic.LoadUint64(&v.pairs) >> 32) }
func (v *value) set() setID        { return setID(atomic.LoadUint64(&v.pairs)) }
func (v *value) kind() cure.Kind   { return cure.Kind(v.key) }

func (v *value) annotations() uint32 { return uint32(atomic.LoadUint64(&v.said) >> 32) }
func (v *value) notes() uint32       { return uint32(atomic.LoadUint64(&v.said)) }

// heads returns the newest row without and with company.
func (v *value) heads() (alone, company uint32) {
	w := atomic.LoadUint64(&v.rows)
	return uint32(w >> 32), uint32(w)
}

// kindText marks interned texts (names and values of notes) that share the
// values' table and arena. No cell ever knows them, so no reader sees them.
const kindText = cure.KindNone

// maxKey is the longest binary key: a canonical value and a little.
const maxKey = cure.MaxValue + 1

// inlineKey is the length up to which a key lives in its word: IPv4 addresses
// and networks, four values of five.
const inlineKey = 5

// values holds all observables ever seen, their keys and the hash index.
type values struct {
	array[value]
	keys  keyArena
	index index
	seed  [16]byte
	count atomic.Uint32 // published: IDs below it exist
}

func (v *values) init(s *Store) {
	v.array.init(s.mem)
	v.keys.init(s.mem)
	v.index.init(s)
	v.seed = s.options.Seed
}

// hash is the keyed hash by which a value is found.
func (v *values) hash(kind cure.Kind, key []byte) uint64 { return wire.Hash(v.seed, kind, key) }

// intern returns the place of a value, adding it when it is new; 0 when the
// store is full.
func (v *values) intern(kind cure.Kind, key []byte) (i uint32, added bool) {
	h := v.hash(kind, key)
	if i = v.find(h, kind, key); i != 0 {
		return i, false
	}
	i = v.add(h, kind, key)
	return i, i != 0
}

// idOf and indexOf convert between an ID and its place: place 0 means none.
func idOf(i uint32) ID     { return ID(i - 1) }
func indexOf(id ID) uint32 { return uint32(id) + 1 }

// exists reports whether id was ever given out. Readers check what they get
// from outside.
func (v *values) exists(id ID) bool { return uint32(id) < v.count.Load() }

// key returns the bytes of a value's key; buf holds them when they are inline.
func (v *values) key(rec *value, buf *[8]byte) []byte {
	w := rec.key
	n := int(w >> 8 & 0xffff)
	if n <= inlineKey {
		binary.BigEndian.PutUint64(buf[:], w)
		return buf[:n]
	}
	return v.keys.at(w>>24, n)
}

// touchKey reads a byte of a value's key, to have its line on the way.
func (v *values) touchKey(rec *value) uint64 {
	w := rec.key
	if w>>8&0xffff <= inlineKey {
		return 0
	}
	return uint64(v.keys.at(w>>24, 1)[0])
}

// keyWord packs a short key with its length and kind.
func keyWord(kind cure.Kind, key []byte) uint64 {
	var w uint64
	for i, c := range key {
		w |= uint64(c) << (56 - 8*i)
	}
	return w | uint64(len(key))<<8 | uint64(kind)
}

// find returns the place of a value, 0 when there is none.
func (v *values) find(h uint64, kind cure.Kind, key []byte) uint32 {
	p := v.index.probe(h)
	if len(key) <= inlineKey {
		want := keyWord(kind, key)
		for i, ok := p.next(); ok; i, ok = p.next() {
			if v.at(i).key == want {
				return i
			}
		}
		return 0
	}
	want := uint64(len(key))<<8 | uint64(kind)
	for i, ok := p.next(); ok; i, ok = p.next() {
		w := v.at(i).key
		if w&0xffffff == want && string(v.keys.at(w>>24, len(key))) == string(key) {
			return i
		}
	}
	return 0
}

// add appends a value that find did not find; 0 when the store is full.
func (v *values) add(h uint64, kind cure.Kind, key []byte) uint32 {
	if v.keys.full(len(key)) {
		return 0
	}
	i, ok := v.grow()
	if !ok {
		return 0
	}
	rec := v.at(i)
	if len(key) <= inlineKey {
		rec.key = keyWord(kind, key)
	} else {
		rec.key = v.keys.add(key)<<24 | uint64(len(key))<<8 | uint64(kind)
	}
	v.index.insert(h, i)
	v.count.Store(i)
	return i
}

// sound reports whether a key word points at bytes that are there.
func (v *values) sound(w uint64) bool {
	n := w >> 8 & 0xffff
	if w&0xff >= kindSlots || n > maxKey {
		return false
	}
	place := w >> 24
	return n <= inlineKey || place+n <= v.keys.end && place&(keyChunk-1)+n <= keyChunk
}

// keyArena holds key bytes one after the other, none across two chunks. Each
// begins where the previous ends; nothing is ever changed.
type keyArena struct {
	dir []atomic.Pointer[byte]
	end uint64 // place of the next key, writer only
	mem *memory

	warmed uintptr // bytes up to which pages were asked for
}

const (
	keyChunkBits = 22
	keyChunk     = 1 << keyChunkBits
	maxKeyChunks = 1 << 15 // 128 GiB of keys
)

func (k *keyArena) init(m *memory) {
	k.mem, k.dir = m, make([]atomic.Pointer[byte], maxKeyChunks)
}

func (k *keyArena) at(place uint64, n int) []byte {
	p := unsafe.Pointer(k.dir[place>>keyChunkBits].Load())
	return unsafe.Slice((*byte)(unsafe.Add(p, place&(keyChunk-1))), n)
}

// full reports whether n bytes more might not fit.
func (k *keyArena) full(n int) bool { return k.end+uint64(n)+keyChunk > maxKeyChunks<<keyChunkBits }

// add copies a key in and returns its place.
func (k *keyArena) add(key []byte) uint64 {
	if k.end&(keyChunk-1)+uint64(len(key)) > keyChunk {
		k.end = (k.end + keyChunk - 1) &^ (keyChunk - 1)
	}
	k.chunk(k.end >> keyChunkBits)
	place := k.end
	copy(k.at(place, len(key)), key)
	k.end += uint64(len(key))
	return place
}

// extend makes room for n bytes, for restoring.
func (k *keyArena) extend(n uint64) {
	k.end = n
	for c := range (n + keyChunk - 1) >> keyChunkBits {
		k.chunk(c)
	}
}

// chunk makes sure that a chunk is there, as that of an array.
func (k *keyArena) chunk(c uint64) {
	if k.dir[c].Load() == nil {
		k.dir[c].Store((*byte)(k.mem.reserve(keyChunk, c > 0)))
	}
}
