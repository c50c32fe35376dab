package textclass

import (
	"math"
	"slices"
)

// Vector is a text as a sparse vector of length one: sublinear TF-IDF, ids
// ascending.
type Vector struct {
	ID    []uint32
	Value []float32
	// Length is what the values were divided by: it grows with the words of
	// the text and with how rare they are.
	Length float32
}

// usualLength is about the Length of a description of three sentences.
const usualLength = 45

// Stretch returns (Length / the usual one)^long: how much louder a classifier
// hears a text that says more. 1 for long 0.
func (v Vector) Stretch(long float64) float32 {
	if long == 0 || v.Length <= 0 {
		return 1
	}
	return float32(math.Pow(float64(v.Length)/usualLength, long))
}

// Reader makes vectors of texts; it keeps its buffers. For one goroutine.
type Reader struct {
	Vocabulary *Vocabulary

	tokens   []Token
	features []Feature
	ids      []uint32
	vec      Vector
}

// Read returns the vector of a text; it is valid until the next call. A text
// without any known feature has an empty vector. Cost: no allocation once the
// buffers have grown.
func (r *Reader) Read(text string) Vector {
	r.tokens = Tokenize(r.tokens[:0], text)
	r.features = r.Vocabulary.Features(r.features[:0], r.tokens)
	r.ids = r.ids[:0]
	for _, f := range r.features {
		r.ids = append(r.ids, f.ID)
	}
	slices.Sort(r.ids)
	r.vec.ID, r.vec.Value = r.vec.ID[:0], r.vec.Value[:0]
	sum := 0.0
	for i := 0; i < len(r.ids); {
		id, n := r.ids[i], i
		for i < len(r.ids) && r.ids[i] == id {
			i++
		}
		x := r.Vocabulary.idf[id] * termWeight(i-n)
		sum += float64(x) * float64(x)
		r.vec.ID, r.vec.Value = append(r.vec.ID, id), append(r.vec.Value, x)
	}
	r.vec.Length = float32(math.Sqrt(sum))
	if sum > 0 {
		norm := float32(1 / math.Sqrt(sum))
		for i := range r.vec.Value {
			r.vec.Value[i] *= norm
		}
	}
	return r.vec
}

// Tokens and Features of the text that was read last.
func (r *Reader) Tokens() []Token { return r.tokens }

// Features returns those of the text that was read last, in order of the text.
func (r *Reader) Features() []Feature { return r.features }

// termWeight is 1 + ln n.
func termWeight(n int) float32 {
	if n < len(termWeights) {
		return termWeights[n]
	}
	return float32(1 + math.Log(float64(n)))
}

var termWeights = func() (t [16]float32) {
	for n := 1; n < len(t); n++ {
		t[n] = float32(1 + math.Log(float64(n)))
	}
	return t
}()

// Matrix holds the vectors of many texts behind each other.
type Matrix struct {
	start  []int
	id     []uint32
	value  []float32
	length []float32 // by row
}

// Add appends a row.
func (m *Matrix) Add(v Vector) {
	if len(m.start) == 0 {
		m.start = append(m.start, 0)
	}
	m.id, m.value = append(m.id, v.ID...), append(m.value, v.Value...)
	m.start, m.length = append(m.start, len(m.id)), append(m.length, v.Length)
}

// Stack returns the rows of all, one matrix below the other.
func Stack(all ...*Matrix) *Matrix {
	to := &Matrix{}
	for _, m := range all {
		for i := range m.Len() {
			to.Add(m.Row(i))
		}
	}
	return to
}

// Stretched returns the matrix with each row times its Stretch; it shares what
// is the same. To train with; the rows keep their Length.
func (m *Matrix) Stretched(long float64) *Matrix {
	s := &Matrix{start: m.start, id: m.id, value: slices.Clone(m.value), length: m.length}
	for i := range m.Len() {
		row := s.Row(i)
		scale(row.Value, row.Stretch(long))
	}
	return s
}

// Len returns the number of rows.
func (m *Matrix) Len() int { return max(len(m.start)-1, 0) }

// Row returns a row; the caller must not change it.
func (m *Matrix) Row(i int) Vector {
	return Vector{m.id[m.start[i]:m.start[i+1]], m.value[m.start[i]:m.start[i+1]], m.length[i]}
}
