package textclass

import (
	"math"
	"slices"
)

// Feature is an occurrence of a feature of the vocabulary in a text.
type Feature struct {
	ID         uint32
	Start, End int32 // bytes of the text
}

// Vocabulary says which hashed word 1-2-grams count and how rare each is. Its
// ids are the ranks of the 32-bit hashes. Read-only once made.
type Vocabulary struct {
	hashes []uint32  // ascending
	idf    []float32 // by id
	weight []byte    // idf in steps of idfStep: what is kept
	table  []uint32  // open addressing: id+1, by hash
	mask   uint32
}

// idfStep is the step in which the rarity of features is kept.
const idfStep = 1.0 / 16

// Counter counts in how many texts each feature occurs.
type Counter struct {
	texts  int
	counts map[uint32]uint32
	tokens []Token
	seen   []uint32
}

// NewCounter returns an empty counter.
func NewCounter() *Counter { return &Counter{counts: map[uint32]uint32{}} }

// Add counts the features of one text.
func (c *Counter) Add(text string) {
	c.texts++
	c.tokens = Tokenize(c.tokens[:0], text)
	c.seen = c.seen[:0]
	last := uint64(0)
	for _, t := range c.tokens {
		c.seen = append(c.seen, unigram(t.Hash))
		if last != 0 {
			c.seen = append(c.seen, bigram(last, t.Hash))
		}
		last = t.Hash
	}
	slices.Sort(c.seen)
	for _, h := range slices.Compact(c.seen) {
		c.counts[h]++
	}
}

// Vocabulary returns the features that occur in at least min texts, the most
// frequent max of them. The order in which texts were added does not matter.
func (c *Counter) Vocabulary(min, max int) *Vocabulary {
	type entry struct{ hash, df uint32 }
	var all []entry
	for h, n := range c.counts {
		if int(n) >= min {
			all = append(all, entry{h, n})
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.df != b.df {
			return int(b.df) - int(a.df)
		}
		if a.hash < b.hash {
			return -1
		}
		return 1
	})
	if len(all) > max {
		all = all[:max]
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.hash < b.hash {
			return -1
		}
		return 1
	})
	hashes, weight := make([]uint32, len(all)), make([]byte, len(all))
	for i, e := range all {
		idf := 1 + math.Log(float64(c.texts+1)/float64(e.df+1))
		hashes[i], weight[i] = e.hash, byte(math.Round(idf/idfStep))
	}
	return newVocabulary(hashes, weight)
}

func newVocabulary(hashes []uint32, weight []byte) *Vocabulary {
	v := &Vocabulary{hashes: hashes, weight: weight, idf: make([]float32, len(weight))}
	for i, w := range weight {
		v.idf[i] = float32(w) * idfStep
	}
	size := uint32(16)
	for size < 2*uint32(len(hashes)) {
		size *= 2
	}
	v.table, v.mask = make([]uint32, size), size-1
	for id, h := range hashes {
		at := h & v.mask
		for v.table[at] != 0 {
			at = (at + 1) & v.mask
		}
		v.table[at] = uint32(id) + 1
	}
	return v
}

// Len returns the number of features.
func (v *Vocabulary) Len() int { return len(v.hashes) }

// IDF returns the inverse document frequency of a feature.
func (v *Vocabulary) IDF(id uint32) float32 { return v.idf[id] }

func (v *Vocabulary) find(h uint32) (uint32, bool) {
	for at := h & v.mask; ; at = (at + 1) & v.mask {
		id := v.table[at]
		if id == 0 {
			return 0, false
		}
		if v.hashes[id-1] == h {
			return id - 1, true
		}
	}
}

// Features appends the features of the tokens that are in the vocabulary, in
// order of the text; one that occurs twice is there twice.
func (v *Vocabulary) Features(dst []Feature, tokens []Token) []Feature {
	for i, t := range tokens {
		if id, ok := v.find(unigram(t.Hash)); ok {
			dst = append(dst, Feature{id, t.Start, t.End})
		}
		if i == 0 {
			continue
		}
		if id, ok := v.find(bigram(tokens[i-1].Hash, t.Hash)); ok {
			dst = append(dst, Feature{id, tokens[i-1].Start, t.End})
		}
	}
	return dst
}

func unigram(h uint64) uint32 { return uint32(h >> 32) }

func bigram(a, b uint64) uint32 { return uint32(mix(a*0x9e3779b97f4a7c15+b) >> 32) }
