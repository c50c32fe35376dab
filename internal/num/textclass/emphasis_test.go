package textclass

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEmphasis: a word that tells classes apart is heard louder than a rarer
// one that stands in all of them alike.
func TestEmphasis(t *testing.T) {
	texts := make([]string, 0, 240)
	var class []int
	for i := range 120 {
		for c, telling := range []string{"overflow", "script"} {
			name := ""
			if i%12 == 0 {
				name = " in Sampleware"
			}
			texts, class = append(texts, "The flaw is "+telling+" here"+name), append(class, c)
		}
	}
	v, m, exs := study(texts, class)
	e := NewEmphasis(v, m, exs, 2, 0.75)
	id := func(word string) uint32 {
		t.Helper()
		id, ok := v.find(unigram(hashString(word)))
		if !ok {
			t.Fatalf("%q is no feature", word)
		}
		return id
	}
	if v.IDF(id("sampleware")) <= v.IDF(id("overflow")) || e.weight[id("sampleware")] >= e.weight[id("overflow")] {
		t.Errorf("name %d, telling word %d", e.weight[id("sampleware")], e.weight[id("overflow")])
	}

	r := Reader{Vocabulary: v}
	plain := r.Read(texts[2])
	var buf Vector
	heard := e.Hear(&buf, plain)
	sum := 0.0
	for _, x := range heard.Value {
		sum += float64(x) * float64(x)
	}
	if math.Abs(sum-1) > 1e-5 || math.Abs(float64(heard.Length/plain.Length-1)) > 0.1 {
		t.Errorf("squares %g, length %g after %g", sum, heard.Length, plain.Length)
	}
	if none := (*Emphasis)(nil).Hear(&Vector{}, plain); !cmp.Equal(none, plain) || (*Emphasis)(nil).Matrix(m) != m {
		t.Error("no emphasis changes a vector")
	}
	if empty := e.Hear(&buf, Vector{}); len(empty.ID) > 0 || empty.Length != 0 {
		t.Errorf("no text: %+v", empty)
	}

	b := e.AppendBinary(nil)
	back, rest, err := ReadEmphasis(append(b, 7), v)
	if err != nil || len(rest) != 1 || !cmp.Equal(e.ratio, back.ratio) {
		t.Errorf("read back: rest %d, %v", len(rest), err)
	}
	if _, _, err := ReadEmphasis(b[1:], v); err == nil {
		t.Error("a cut one was read")
	}
}

func TestStack(t *testing.T) {
	_, m, _ := study(world(1, 20))
	all := Stack(m, m)
	if all.Len() != 40 || !cmp.Equal(all.Row(23), m.Row(3)) {
		t.Errorf("%d rows, %v", all.Len(), all.Row(23))
	}
}
