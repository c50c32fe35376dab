package textclass

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/opencure/cure/internal/num/vec"
)

// Compact is an Encoder as it is kept and used: word vectors in eight bits, a
// step each, and only some of the heads. Read-only once made, safe to share.
type Compact struct {
	Shape
	Heads  []int
	step   []float32 // by feature
	level  []byte    // the steps: 2^(level/8 - 20)
	embed  []int8
	inner  []float32
	inBias []float32
	outer  []float32
	bias   []float32
}

// maxUnits bounds vectors, hidden units and classes of a stored encoder.
const maxUnits = 1024

// Compact rounds an encoder to eight bits and keeps its heads from one on.
func (e *Encoder) Compact(from int) *Compact {
	skip := 0
	for _, n := range e.Heads[:from] {
		skip += n
	}
	c := &Compact{
		Shape: e.Shape, Heads: slices.Clone(e.Heads[from:]), embed: make([]int8, len(e.Embed)), level: make([]byte, len(e.Embed)/e.Width),
		inner: slices.Clone(e.Inner), inBias: slices.Clone(e.InBias), outer: slices.Clone(e.Outer[skip*e.Hidden:]), bias: slices.Clone(e.Bias[skip:]),
	}
	for f := range c.level {
		row := e.Embed[f*e.Width : (f+1)*e.Width]
		most := float32(0)
		for _, x := range row {
			most = max(most, abs32(x))
		}
		c.level[f] = levelOf(most / 127)
		step := stepOf(c.level[f])
		for i, x := range row {
			c.embed[f*e.Width+i] = int8(max(-127, min(127, math.Round(float64(x/step)))))
		}
	}
	c.spread()
	return c
}

// levelOf is the level of the smallest step that is not below x.
func levelOf(x float32) byte {
	if x <= 0 {
		return 0
	}
	return byte(max(0, min(255, math.Ceil(8*(math.Log2(float64(x))+20)))))
}

func stepOf(level byte) float32 { return float32(math.Exp2(float64(level)/8 - 20)) }

func (c *Compact) spread() {
	c.step = make([]float32, len(c.level))
	for f, l := range c.level {
		c.step[f] = stepOf(l)
	}
}

// Scorer returns a function that scores texts, one slice of scores a head,
// valid until the next call. Each function belongs to one goroutine.
func (c *Compact) Scorer() func(Vector) [][]float32 {
	sum, hidden, out := make([]float32, c.Width), make([]float32, c.Hidden), make([]float32, len(c.bias))
	heads := make([][]float32, len(c.Heads))
	at := 0
	for i, n := range c.Heads {
		heads[i] = out[at : at+n]
		at += n
	}
	return func(v Vector) [][]float32 {
		clear(sum)
		for i, id := range v.ID {
			x := v.Value[i] * c.step[id]
			row := c.embed[int(id)*c.Width : int(id+1)*c.Width]
			for j, w := range row[:len(sum)] {
				sum[j] += x * float32(w)
			}
		}
		for h := range hidden {
			hidden[h] = max(0, c.inBias[h]+vec.Dot(sum, c.inner[h*c.Width:(h+1)*c.Width]))
		}
		for k := range out {
			out[k] = c.bias[k] + vec.Dot(hidden, c.outer[k*c.Hidden:(k+1)*c.Hidden])
		}
		return heads
	}
}

// AppendBinary appends the stored form of the encoder.
func (c *Compact) AppendBinary(dst []byte) []byte {
	for _, n := range []int{c.Width, c.Hidden, len(c.level), len(c.Heads)} {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	for _, n := range c.Heads {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	dst = append(dst, c.level...)
	for _, w := range c.embed {
		dst = append(dst, byte(w))
	}
	for _, x := range [][]float32{c.inner, c.inBias, c.outer, c.bias} {
		dst = appendFloats(dst, x)
	}
	return dst
}

// ReadCompact reads an encoder over a vocabulary of so many features, and
// returns what is behind it.
func ReadCompact(b []byte, features int) (*Compact, []byte, error) {
	r := &cursor{b: b}
	c := &Compact{}
	c.Width, c.Hidden = int(r.uint32()), int(r.uint32())
	n, heads := int(r.uint32()), int(r.uint32())
	if r.err != nil || n != features || c.Width < 1 || c.Width > maxUnits || c.Hidden < 1 || c.Hidden > maxUnits || heads < 1 || heads > 64 {
		return nil, nil, errBinary
	}
	outs := 0
	for range heads {
		k := int(r.uint32())
		if k < 1 || k > MaxClasses {
			return nil, nil, errBinary
		}
		c.Heads, outs = append(c.Heads, k), outs+k
	}
	c.level = slices.Clone(r.take(n))
	embed := r.take(n * c.Width)
	c.inner, c.inBias, c.outer, c.bias = r.floats(c.Hidden*c.Width), r.floats(c.Hidden), r.floats(outs*c.Hidden), r.floats(outs)
	if r.err != nil {
		return nil, nil, r.err
	}
	c.embed = make([]int8, len(embed))
	for i, w := range embed {
		c.embed[i] = int8(w)
	}
	c.spread()
	return c, r.b, nil
}
