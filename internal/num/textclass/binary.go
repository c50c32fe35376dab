package textclass

import (
	"encoding/binary"
	"errors"
	"math"
)

// errBinary says that stored bytes are not what AppendBinary wrote.
var errBinary = errors.New("stored classifier is cut or damaged")

// cursor reads stored bytes; after the first error everything is zero.
type cursor struct {
	b   []byte
	err error
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) || c.err != nil {
		c.err = errBinary
		return nil
	}
	part := c.b[:n]
	c.b = c.b[n:]
	return part
}

func (c *cursor) uint32() uint32 {
	if b := c.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// count reads a number of things that take at least size bytes each.
func (c *cursor) count(size int) int {
	n := c.uint32()
	if int64(n)*int64(size) > int64(len(c.b)) {
		c.err = errBinary
		return 0
	}
	return int(n)
}

func (c *cursor) floats(n int) []float32 {
	b := c.take(4 * n)
	if b == nil {
		return nil
	}
	out := make([]float32, n)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if out[i] != out[i] || math.IsInf(float64(out[i]), 0) {
			c.err = errBinary
		}
	}
	return out
}

func appendFloats(dst []byte, x []float32) []byte {
	for _, v := range x {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	return dst
}

// AppendBinary appends the stored form of the vocabulary: the number of
// features, the distances between their hashes, and their rarity.
func (v *Vocabulary) AppendBinary(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v.hashes)))
	dst = append(dst, v.weight...)
	last := uint32(0)
	for _, h := range v.hashes {
		dst = binary.AppendUvarint(dst, uint64(h-last))
		last = h
	}
	return dst
}

// ReadVocabulary reads what AppendBinary wrote and returns what is behind it.
func ReadVocabulary(b []byte) (*Vocabulary, []byte, error) {
	c := &cursor{b: b}
	n := c.count(2)
	weight := append([]byte(nil), c.take(n)...)
	hashes := make([]uint32, n)
	last := uint64(0)
	for i := range hashes {
		d, size := binary.Uvarint(c.b)
		if size <= 0 || d > math.MaxUint32 || d == 0 && i > 0 || last+d > math.MaxUint32 {
			return nil, nil, errBinary
		}
		c.b = c.b[size:]
		last += d
		hashes[i] = uint32(last)
	}
	if c.err != nil {
		return nil, nil, c.err
	}
	return newVocabulary(hashes, weight), c.b, nil
}

// AppendBinary appends the stored form of the classifier. Classes and weights
// stand in runs of their own, which compress better.
func (q *Sparse) AppendBinary(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(q.Classes))
	dst = appendFloats(dst, q.step)
	dst = appendFloats(dst, q.bias)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(q.start)-1))
	for i := 1; i < len(q.start); i++ {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(q.start[i]-q.start[i-1]))
	}
	for i := 1; i < len(q.start); i++ {
		last := uint8(0)
		for _, c := range q.class[q.start[i-1]:q.start[i]] {
			dst = append(dst, c-last)
			last = c
		}
	}
	for _, w := range q.weight {
		dst = append(dst, byte(w))
	}
	return dst
}

// ReadSparse reads a classifier over a vocabulary of so many features, and
// returns what is behind it.
func ReadSparse(b []byte, features int) (*Sparse, []byte, error) {
	c := &cursor{b: b}
	q := &Sparse{Classes: int(c.uint32())}
	if q.Classes < 1 || q.Classes > MaxClasses {
		return nil, nil, errBinary
	}
	q.step, q.bias = c.floats(q.Classes), c.floats(q.Classes)
	if n := c.count(2); c.err != nil || n != features {
		return nil, nil, errBinary
	}
	sizes := c.take(2 * features)
	if c.err != nil {
		return nil, nil, c.err
	}
	q.start = make([]uint32, features+1)
	for i := range features {
		n := uint32(binary.LittleEndian.Uint16(sizes[2*i:]))
		if int(n) > q.Classes {
			return nil, nil, errBinary
		}
		q.start[i+1] = q.start[i] + n
	}
	total := int(q.start[features])
	q.class = append([]byte(nil), c.take(total)...)
	weight := c.take(total)
	if c.err != nil {
		return nil, nil, c.err
	}
	q.weight = make([]int8, total)
	for i, w := range weight {
		q.weight[i] = int8(w)
	}
	return q, c.b, q.join()
}

// join turns distances between classes back into classes.
func (q *Sparse) join() error {
	for i := 1; i < len(q.start); i++ {
		run := q.class[q.start[i-1]:q.start[i]]
		last := 0
		for j := range run {
			if run[j] == 0 && j > 0 {
				return errBinary
			}
			last += int(run[j])
			if last >= q.Classes {
				return errBinary
			}
			run[j] = uint8(last)
		}
	}
	return nil
}

// AppendBinary appends the stored form of the calibration.
func (c *Calibration) AppendBinary(dst []byte) []byte {
	dst = append(dst, byte(len(c.Scale)), byte(len(c.Curve)))
	return appendFloats(appendFloats(appendFloats(dst, c.Scale), c.Offset), c.Curve)
}

// ReadCalibration reads the calibration of so many classes and scorers, and
// returns what is behind it. For 0 scorers it reads what was written before
// there could be several: one scale and the offsets.
func ReadCalibration(b []byte, classes, scorers int) (Calibration, []byte, error) {
	c := &cursor{b: b}
	if scorers == 0 {
		cal := Calibration{Scale: c.floats(1), Offset: c.floats(classes)}
		return cal, c.b, c.err
	}
	head := c.take(2)
	if c.err != nil || int(head[0]) != scorers {
		return Calibration{}, nil, errBinary
	}
	cal := Calibration{Scale: c.floats(scorers), Offset: c.floats(classes)}
	if head[1] > 0 {
		cal.Curve = c.floats(int(head[1]))
	}
	for i, x := range cal.Curve {
		if x <= 0 || x >= 1 || i > 0 && x < cal.Curve[i-1] {
			return Calibration{}, nil, errBinary
		}
	}
	return cal, c.b, c.err
}
