package glasso

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Table is a data table whose identical columns stand together.
type Table struct {
	Rows   int
	Column [][]float64 // the distinct columns, in order of first appearance
	Weight []int       // how often each stands in the table
	Of     []int       // column of the table -> distinct column
}

// Collapse puts identical columns together. All must have the same length.
// Cost: one hash of each column.
func Collapse(columns [][]float64) (Table, error) {
	t := Table{Of: make([]int, len(columns))}
	if len(columns) > 0 {
		t.Rows = len(columns[0])
	}
	seen := map[string]int{}
	key := make([]byte, 0, 8*t.Rows)
	for i, c := range columns {
		if len(c) != t.Rows {
			return Table{}, fmt.Errorf("%w: column %d has %d rows, column 0 has %d", ErrInput, i, len(c), t.Rows)
		}
		key = key[:0]
		for _, v := range c {
			key = binary.LittleEndian.AppendUint64(key, math.Float64bits(v+0)) // −0 is 0
		}
		k, ok := seen[string(key)]
		if !ok {
			k = len(t.Column)
			seen[string(key)] = k
			t.Column, t.Weight = append(t.Column, c), append(t.Weight, 0)
		}
		t.Weight[k]++
		t.Of[i] = k
	}
	return t, nil
}

// Problem returns the population covariance (divided by the number of rows,
// as Dark-GLASSO does) of the distinct columns, with their weights.
// Cost: columns² × rows.
func (t Table) Problem() Problem {
	d, n := len(t.Column), t.Rows
	centred := make([]float64, d*n)
	for k, c := range t.Column {
		mean := 0.0
		for _, v := range c {
			mean += v
		}
		mean /= float64(n)
		for r, v := range c {
			centred[k*n+r] = v - mean
		}
	}
	p := Problem{S: make([]float64, d*d), Weight: t.Weight}
	for i := range d {
		a := centred[i*n : (i+1)*n]
		for j := range i + 1 {
			b := centred[j*n : (j+1)*n]
			sum := 0.0
			for r, v := range a {
				sum += v * b[r]
			}
			sum /= float64(max(n, 1))
			p.S[i*d+j], p.S[j*d+i] = sum, sum
		}
	}
	return p
}
