// Package minhash draws sketches of weighted sets: short signatures of which
// two agree in about as many places as the sets are alike.
//
// In goes a set of tokens with weights, out comes a signature of 64 values of
// 16 bits. For two sets x and y the share of equal values estimates the
// weighted Jaccard similarity sum(min(x, y)) / sum(max(x, y)), with a standard
// error of at most 1/16. Two values make a band, 32 bands a signature: sets
// that agree in some band are candidates (locality-sensitive hashing, Indyk,
// Motwani 1998). A pair of similarity s meets in some band with probability
// 1-(1-s^2)^32: 0.73 at 0.2, 0.95 at 0.3, 0.996 at 0.4. Longer bands would
// make fewer candidates and lose the pairs of 0.3 to 0.5 that count.
//
// The values are those of improved consistent weighted sampling (Ioffe 2010,
// "Improved Consistent Sampling, Weighted Minhash and L1 Sketching"; compared
// with its kin by Wu, Li, Chen, Zhang, Yu 2020, "A Review for Weighted MinHash
// Algorithms"). For each token k of weight S and each of the 64 places, a hash
// of seed, token and place gives r and c, both Gamma(2, 1), and b, uniform:
//
//	t = floor(ln(S)/r + b)
//	ln a = ln(c) - r (t - b + 1)
//
// and the place takes the (k, t) with the least a. The two Gamma variates are
// read from tables of quantiles (2^12 and 2^16 of them), which turns an
// evaluation into one hash, two look-ups and a floor; the error that brings
// stands in the tests. The values are hashes of (k, t) cut to 16 bits, so that
// values of different samples agree once in 65,536.
//
// Everything is a pure function of seed and set. A [Sketcher] is read-only and
// safe for concurrent use. Cost: some 5 ns a token and place.
package minhash

import "math"

// The form of a signature.
const (
	Places = 64 // values of a signature
	Rows   = 2  // values of a band
	Bands  = Places / Rows
)

// Item is a token of a set with its weight. Weights that are not above 0 count
// as 0; a token stands in a set once.
type Item struct {
	Token  uint32
	Weight float32
}

// Signature stands for a set.
type Signature [Places]uint16

// Alike estimates the weighted Jaccard similarity of the sets behind two
// signatures, corrected for values that agree by chance (Li, König 2010).
func (s *Signature) Alike(o *Signature) float64 {
	n := 0
	for i := range s {
		if s[i] == o[i] {
			n++
		}
	}
	const chance = 1.0 / (1 << 16)
	return max(0, (float64(n)/Places-chance)/(1-chance))
}

// Keys returns the hash of each band.
func (s *Signature) Keys() (keys [Bands]uint32) {
	for b := range keys {
		keys[b] = uint32(mix(uint64(s[b*Rows])|uint64(s[b*Rows+1])<<16) >> 32)
	}
	return keys
}

// Sketcher draws signatures. Those of one seed can be compared.
type Sketcher struct {
	seed uint64
	r    [1 << bitsR]gamma
	lnC  [1 << bitsC]float32
}

// gamma is a quantile of Gamma(2, 1) and its inverse.
type gamma struct{ r, inverse float32 }

// How the 64 bits of a hash are spent; the 36 that are left make b.
const (
	bitsR = 12
	bitsC = 16
)

// New makes the tables of a sketcher.
func New(seed uint64) *Sketcher {
	s := &Sketcher{seed: mix(seed)}
	quantiles(len(s.r), func(i int, x float64) { s.r[i] = gamma{float32(x), float32(1 / x)} })
	quantiles(len(s.lnC), func(i int, x float64) { s.lnC[i] = float32(math.Log(x)) })
	return s
}

// Sketch draws the signature of a set into sig. The order of the items does
// not matter. The signature of an empty set is all zero.
func (s *Sketcher) Sketch(items []Item, sig *Signature) {
	var least [Places]float32
	for i := range least {
		least[i] = math.MaxFloat32
	}
	*sig = Signature{}
	for _, it := range items {
		if !(it.Weight > 0) {
			continue
		}
		lnS := float32(math.Log(float64(it.Weight)))
		base := mix(s.seed ^ uint64(it.Token))
		for i := range least {
			h := mix(base + uint64(i)*golden)
			r := s.r[h&(1<<bitsR-1)]
			b := float32(h>>(bitsR+bitsC)) * (1.0 / (1 << (64 - bitsR - bitsC)))
			t := floor(lnS*r.inverse + b)
			lnA := s.lnC[h>>bitsR&(1<<bitsC-1)] - r.r*(t-b+1)
			if lnA < least[i] {
				least[i] = lnA
				sig[i] = uint16(mix(base^uint64(int64(t))*golden) >> 48)
			}
		}
	}
}

func floor(x float32) float32 { return float32(math.Floor(float64(x))) }

// golden is 2^64 divided by the golden ratio, odd.
const golden = 0x9e3779b97f4a7c15

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func mix(h uint64) uint64 {
	h += golden
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// quantiles yields the middles of n equal parts of Gamma(2, 1): it inverts the
// distribution function 1 - (1+x) exp(-x) by Newton's method, each from the
// one before.
func quantiles(n int, yield func(i int, x float64)) {
	x := math.Sqrt(1 / float64(n)) // the function begins like x^2/2
	for i := range n {
		p := (float64(i) + 0.5) / float64(n)
		for range 50 {
			e := math.Exp(-x)
			step := (1 - (1+x)*e - p) / (x * e)
			x -= min(step, x/2)
			if math.Abs(step) < 1e-9*x {
				break
			}
		}
		yield(i, x)
	}
}

// Jaccard is the exact weighted Jaccard similarity of two sets that are sorted
// by token; 0 when both are empty.
func Jaccard(a, b []Item) float64 {
	var low, high float64
	for len(a) > 0 && len(b) > 0 {
		switch x, y := a[0], b[0]; {
		case x.Token < y.Token:
			high += float64(x.Weight)
			a = a[1:]
		case x.Token > y.Token:
			high += float64(y.Weight)
			b = b[1:]
		default:
			low += float64(min(x.Weight, y.Weight))
			high += float64(max(x.Weight, y.Weight))
			a, b = a[1:], b[1:]
		}
	}
	for _, x := range a {
		high += float64(x.Weight)
	}
	for _, y := range b {
		high += float64(y.Weight)
	}
	if high == 0 {
		return 0
	}
	return low / high
}
