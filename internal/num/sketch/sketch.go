// Package sketch answers "how much of this sequence is in that one?" from small
// summaries instead of the sequences.
//
// In goes a sequence of numbers (the instruction classes of a function, say);
// its runs of five are hashed to a set. Out come
//
//	Signature  64 values of 16 bits, for functions: how alike two sets are
//	Sample     the hashes below a bound, ascending, for whole programs: any
//	           measure of two sets can be taken on their samples
//
// Both are pure functions of the sequence. A Signature says how alike two sets
// are to within some 0.06 (one standard deviation), and needs no allocation. A
// Sample keeps one hash in Rate.
package sketch

import (
	"math"
	"math/bits"
	"slices"
)

// Gram is how long the runs are that are hashed.
const Gram = 5

// Rate is how many hashes there are to one that a Sample keeps.
const Rate = 4

// bins is how many values a signature has.
const bins = 64

// Signature summarises a set by the smallest hash of each of 64 parts of it.
// (Li, Owen and Zhang, One permutation hashing, 2012; empty parts are filled
// from others as in Shrivastava, Optimal densification, 2017.) The zero
// Signature is of no set at all.
type Signature [bins]uint16

// Grams calls yield with the hash of each run of the sequence, salted. A
// sequence shorter than a run is one run.
func Grams(seq []uint32, salt uint64, yield func(uint64)) {
	if len(seq) == 0 {
		return
	}
	n := min(Gram, len(seq))
	for i := 0; i+n <= len(seq); i++ {
		h := salt
		for _, v := range seq[i : i+n] {
			h = mix(h ^ uint64(v))
		}
		yield(h)
	}
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Of returns the signature of a sequence.
func Of(seq []uint32, salt uint64) Signature {
	var least [bins]uint64
	for i := range least {
		least[i] = math.MaxUint64
	}
	any := false
	Grams(seq, salt, func(h uint64) {
		b := h >> 58
		least[b] = min(least[b], h<<6)
		any = true
	})
	var s Signature
	if !any {
		return s
	}
	for b := range s {
		from := uint64(b)
		for try := uint64(1); least[from] == math.MaxUint64; try++ {
			from = mix(uint64(b)<<32|try) % bins
		}
		s[b] = uint16(least[from]>>48) | 1 // never zero
	}
	return s
}

// IsZero reports whether it is the signature of nothing.
func (s *Signature) IsZero() bool { return s[0] == 0 }

// Alike estimates the Jaccard similarity of the two sets.
func (s *Signature) Alike(t *Signature) float64 {
	if s[0] == 0 || t[0] == 0 {
		return 0
	}
	n := 0
	for i := range s {
		if s[i] == t[i] {
			n++
		}
	}
	// Two values of 15 bits that differ agree by chance next to never.
	return float64(n) / bins
}

// Bands returns keys of which two signatures share one with probability
// 1-(1-s^4)^16 when their sets are s alike. (Indyk and Motwani, Approximate
// nearest neighbors, 1998.)
func (s *Signature) Bands() (keys [16]uint32) {
	for b := range keys {
		h := uint64(b)
		for _, v := range s[4*b : 4*b+4] {
			h = h<<13 ^ bits.RotateLeft64(mix(h^uint64(v)), 7)
		}
		keys[b] = uint32(mix(h))
	}
	return keys
}

// Sample returns the kept hashes of several sequences together, ascending, each
// once. (FracMinHash: Irber and others, Lightweight compositional analysis with
// FracMinHash, 2022.)
func Sample(salt uint64, seqs func(yield func([]uint32) bool)) []uint32 {
	var all []uint32
	for seq := range seqs {
		Grams(seq, salt, func(h uint64) {
			if h%Rate == 0 {
				all = append(all, uint32(h>>32))
			}
		})
	}
	slices.Sort(all)
	return slices.Compact(all)
}
