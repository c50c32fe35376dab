package similar

import (
	"cmp"
	"math"
	"slices"

	"github.com/opencure/cure/internal/num/minhash"
)

// Weights say how much each sort of token counts. They were chosen on the
// development part of the evaluation (eval/similar).
type Weights struct {
	Kind [kindEnd]float32
	Lone float32 // part of its weight that a token keeps that nobody else has
}

// DefaultWeights are those in use.
func DefaultWeights() Weights {
	return Weights{Kind: [kindEnd]float32{
		kindPort: 1, kindHours: 0.1, kindSlot: 0.4, kindPorts: 0.7, kindPrint: 1.5, kindTag: 0.5, kindFile: 1, kindURL: 1,
		kindLogin: 0.5, kindCommand: 0.5, kindAgent: 1, kindRule: 1, kindSensor: 0.3, kindRate: 0.3, kindSourcePort: 1,
	}, Lone: 0.05}
}

// Without returns the weights with some kinds of token left out, by the names
// that answers give them.
func (w Weights) Without(names ...string) Weights {
	for k, name := range kindNames {
		if slices.Contains(names, name) {
			w.Kind[k] = 0
		}
	}
	return w
}

// frequency of a token in the cell that it is of, as base has it.
type frequency interface{ idf(token) float32 }

// worth is the logarithm that a count must have at a time to be worth a packet
// of [Keep] ago.
func worth(unix int64) uint16 {
	return uint16(max(0, (age(unix)-Keep.Seconds()/HalfLife.Seconds())*unitsPerBit))
}

// profile appends the weighted set of a row, sorted by token. A token weighs
// what its kind does, times how rare it is, times the root of its part of the
// most frequent token of its kind: what an address does, not how much.
func (c *cell) profile(r *row, w *Weights, f frequency, least uint16, dst []minhash.Item) []minhash.Item {
	tokens, counts := c.arena.block(r)
	var most [kindEnd]uint16
	var many [kindEnd]uint8
	ports, portSum := 0, uint64(0)
	for i, t := range tokens {
		k := t.kind()
		most[k] = max(most[k], counts[i])
		if counts[i] >= least {
			many[k]++
		}
		if k == kindPort && counts[i] >= least {
			ports++
			portSum += mix(uint64(t))
		}
	}
	from := len(dst)
	add := func(t token, units uint16) {
		weight := w.Kind[t.kind()] * f.idf(t)
		if n := many[t.kind()]; n > 1 {
			weight *= share[n]
		}
		if below := most[t.kind()] - units; below > 0 {
			weight *= rootOf(below)
		}
		if weight > 0 {
			dst = append(dst, minhash.Item{Token: uint32(t), Weight: weight})
		}
	}
	for i, t := range tokens {
		if counts[i] >= least {
			add(t, counts[i])
		}
	}
	if ports > 1 && ports < groupMost[0] {
		add(make28(kindPorts, uint32(mix(portSum))), 0)
	}
	sortItems(dst[from:])
	return dst
}

func sortItems(items []minhash.Item) {
	slices.SortFunc(items, func(a, b minhash.Item) int { return cmp.Compare(a.Token, b.Token) })
}

// roots are 2^(-n/2) by sixteenths of a bit.
var roots = func() (t [24 * unitsPerBit]float32) {
	for i := range t {
		t[i] = float32(math.Exp2(-float64(i) / (2 * unitsPerBit)))
	}
	return t
}()

// share is 1 / sqrt(n).
var share = func() (t [65]float32) {
	for n := 1; n < len(t); n++ {
		t[n] = float32(1 / math.Sqrt(float64(n)))
	}
	return t
}()

func rootOf(units uint16) float32 { return roots[min(int(units), len(roots)-1)] }

// unite merges sorted sets: a token that several cells saw weighs what it does
// where it weighs most.
func unite(sets [][]minhash.Item) []minhash.Item {
	if len(sets) == 1 {
		return sets[0]
	}
	all := slices.Concat(sets...)
	slices.SortFunc(all, func(a, b minhash.Item) int {
		return cmp.Or(cmp.Compare(a.Token, b.Token), cmp.Compare(b.Weight, a.Weight))
	})
	return slices.CompactFunc(all, func(a, b minhash.Item) bool { return a.Token == b.Token })
}

// Evidence below which an address is not compared.
const (
	leastPackets = 5
	leastTokens  = 3
)

// evidence is what is known of an address.
type evidence struct{ packets, tokens int }

// enough reports whether an address can be compared.
func (e evidence) enough() bool { return e.packets >= leastPackets || e.tokens >= leastTokens }

// telling are the kinds of token that one packet does not bring by itself.
var telling = [kindEnd]bool{
	kindPort: true, kindPrint: true, kindTag: true, kindFile: true, kindURL: true, kindLogin: true, kindCommand: true,
	kindAgent: true, kindRule: true, kindSourcePort: true,
}

// evidence counts what a row rests on.
func (c *cell) evidence(r *row, least uint16) evidence {
	e := evidence{packets: int(r.packets)}
	tokens, counts := c.arena.block(r)
	for i, t := range tokens {
		if telling[t.kind()] && counts[i] >= least {
			e.tokens++
		}
	}
	return e
}
