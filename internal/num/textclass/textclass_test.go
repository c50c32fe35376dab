package textclass

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTokenize(t *testing.T) {
	word := func(s string) uint64 { return hashString(s) }
	for _, tt := range []struct {
		name, in string
		want     []string
		hash     []uint64
	}{
		{"words", "A Buffer overflow", []string{"A", "Buffer", "overflow"}, []uint64{word("a"), word("buffer"), word("overflow")}},
		{"hyphen", "cross-site", []string{"cross", "site"}, []uint64{word("cross"), word("site")}},
		{"version", "before v2.4.1-rc1.", []string{"before", "v2.4.1-rc1"}, []uint64{word("before"), tokenVersion}},
		{"number", "17 of 0x1f", []string{"17", "of", "0x1f"}, []uint64{tokenNumber, word("of"), tokenHex}},
		{"cve", "see CVE-2021-44228!", []string{"see", "CVE-2021-44228"}, []uint64{word("see"), tokenCVE}},
		{"url", "at http://a.example/x?y=1 now", []string{"at", "http://a.example/x?y=1", "now"}, []uint64{word("at"), tokenURL, word("now")}},
		{"commit", "0df8a5e8722188744973", []string{"0df8a5e8722188744973"}, []uint64{tokenHex}},
		{"path", "/admin/index.php", []string{"admin", "index", "php"}, []uint64{word("admin"), word("index"), word("php") ^ extensionSalt}},
		{"possessive", "user's", []string{"user"}, []uint64{word("user")}},
		{"bytes", "\xff\x00日本 x", []string{"\xff", "日本", "x"}, []uint64{word("\xff"), word("日本"), word("x")}},
		{"nothing", " .,-/ ", nil, nil},
		{"empty", "", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var words []string
			var hashes []uint64
			for _, tok := range Tokenize(nil, tt.in) {
				words, hashes = append(words, tt.in[tok.Start:tok.End]), append(hashes, tok.Hash)
			}
			if d := cmp.Diff(tt.want, words); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.hash, hashes); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzTokenize(f *testing.F) {
	for _, s := range []string{"", "CVE-2021-44228", "a/b.c", "http://", "v", "0x", "x's", "日本語 1.2.3", "....", "'s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := int32(0)
		for _, tok := range Tokenize(nil, s) {
			if tok.Start < last || tok.End <= tok.Start || int(tok.End) > len(s) {
				t.Fatalf("token %d to %d after %d in %d bytes", tok.Start, tok.End, last, len(s))
			}
			last = tok.Start
		}
	})
}

// world is a made-up language: each class has words of its own among others.
func world(seed uint64, n int) (texts []string, class []int) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	own := [][]string{{"overflow", "heap"}, {"script", "page"}, {"query", "table"}}
	for range n {
		c := rnd.IntN(len(own))
		words := []string{own[c][rnd.IntN(2)]}
		for range 6 {
			words = append(words, "w"+string(rune('a'+rnd.IntN(20))))
		}
		rnd.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		texts, class = append(texts, strings.Join(words, " ")), append(class, c)
	}
	return texts, class
}

// study is a vocabulary and the examples of a world.
func study(texts []string, class []int) (*Vocabulary, *Matrix, []Example) {
	c := NewCounter()
	for _, s := range texts {
		c.Add(s)
	}
	v := c.Vocabulary(2, 1<<20)
	r := Reader{Vocabulary: v}
	m := &Matrix{}
	var exs []Example
	for i, s := range texts {
		m.Add(r.Read(s))
		exs = append(exs, Example{Row: int32(i), Weight: 1, Target: []Share{{uint16(class[i]), 1}}})
	}
	return v, m, exs
}

var lesson = Training{Epochs: 5, Rate: 1, Seed: 7}

func TestClassifiersLearn(t *testing.T) {
	texts, class := world(1, 600)
	v, m, exs := study(texts, class)
	linear := TrainSoftmax(m, exs, v.Len(), 3, lesson)
	small := Quantise(linear, 60)
	var tasks []Task
	for _, ex := range exs {
		tasks = append(tasks, Task{ex.Row, 1, [][]Share{ex.Target}})
	}
	neural := TrainEncoder(m, tasks, v.Len(), []int{3}, Shape{8, 8, 0.1}, Training{Epochs: 20, Rate: 0.05, Seed: 7}).Logits()
	unseen, want := world(2, 300)
	right := map[string]int{}
	r := Reader{Vocabulary: v}
	p := make([]float32, 3)
	for i, s := range unseen {
		vec := r.Read(s)
		for name, score := range map[string]func(){
			"linear": func() { linear.Logits(p, vec) },
			"eight":  func() { small.Logits(p, vec, 1) },
			"neural": func() { copy(p, neural(vec)[0]) },
		} {
			score()
			if slices.Index(p, slices.Max(p)) == want[i] {
				right[name]++
			}
		}
	}
	for _, name := range []string{"linear", "eight", "neural"} {
		if right[name] < 290 {
			t.Errorf("%s: %d of 300 right", name, right[name])
		}
	}
}

func TestTrainingIsReproducible(t *testing.T) {
	texts, class := world(3, 200)
	v, m, exs := study(texts, class)
	a := Quantise(TrainSoftmax(m, exs, v.Len(), 3, lesson), 1<<20).AppendBinary(nil)
	b := Quantise(TrainSoftmax(m, exs, v.Len(), 3, lesson), 1<<20).AppendBinary(nil)
	if !slices.Equal(a, b) {
		t.Error("the same examples and seed gave another classifier")
	}
	slices.Reverse(texts)
	c := NewCounter()
	for _, s := range texts {
		c.Add(s)
	}
	if !slices.Equal(c.Vocabulary(2, 1<<20).AppendBinary(nil), v.AppendBinary(nil)) {
		t.Error("the vocabulary depends on the order of texts")
	}
}

func TestBinary(t *testing.T) {
	texts, class := world(4, 200)
	v, m, exs := study(texts, class)
	q := Quantise(TrainSoftmax(m, exs, v.Len(), 3, lesson), 200)
	if q.Len() > 200 || q.Len() < 150 {
		t.Errorf("%d weights kept of 200 asked for", q.Len())
	}
	whole := q.AppendBinary(v.AppendBinary(nil))
	v2, rest, err := ReadVocabulary(whole)
	if err != nil {
		t.Fatal(err)
	}
	q2, rest, err := ReadSparse(rest, v2.Len())
	if err != nil || len(rest) != 0 {
		t.Fatal(err, len(rest))
	}
	a, b := make([]float32, 3), make([]float32, 3)
	for i := range m.Len() {
		q.Logits(a, m.Row(i), 1)
		q2.Logits(b, m.Row(i), 1)
		if !slices.Equal(a, b) {
			t.Fatalf("row %d: %v, read back %v", i, a, b)
		}
	}
	for n := range whole {
		v, rest, err := ReadVocabulary(whole[:n])
		if err == nil {
			_, _, err = ReadSparse(rest, v.Len())
		}
		if err == nil {
			t.Fatalf("cut to %d of %d bytes: no error", n, len(whole))
		}
	}
}

func FuzzReadSparse(f *testing.F) {
	texts, class := world(5, 50)
	v, m, exs := study(texts, class)
	f.Add(Quantise(TrainSoftmax(m, exs, v.Len(), 3, lesson), 100).AppendBinary(v.AppendBinary(nil)))
	f.Add([]byte{})
	f.Add([]byte{1, 0, 0, 0, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, rest, err := ReadVocabulary(b)
		if err != nil {
			return
		}
		q, _, err := ReadSparse(rest, v.Len())
		if err != nil {
			return
		}
		r := Reader{Vocabulary: v}
		q.Logits(make([]float32, q.Classes), r.Read("a heap overflow in 1.2.3"), 1)
	})
}

func TestCalibrate(t *testing.T) {
	// Scores that are three times too sure and know nothing of class 1.
	rnd := rand.New(rand.NewPCG(9, 9))
	var texts []Scored
	for range 4000 {
		z := rnd.Float64()*4 - 2
		c := uint16(0)
		if rnd.Float64() < 1/(1+math.Exp(-z-1)) {
			c = 1
		}
		texts = append(texts, Scored{[][]float32{{0, float32(3 * z)}}, []Share{{c, 1}}})
	}
	c := Calibrate(2, 1, texts, 1)
	if got := float64(c.Scale[0]); math.Abs(got-1./3) > 0.05 {
		t.Errorf("scale %.3f, want a third", got)
	}
	if got := float64(c.Offset[1] - c.Offset[0]); math.Abs(got-1) > 0.15 {
		t.Errorf("offset %.3f, want 1", got)
	}
	var prob []float64
	var right []bool
	for _, s := range texts {
		p := slices.Clone(s.Logits[0])
		c.Probabilities(p)
		best := slices.Index(p, slices.Max(p))
		prob, right = append(prob, float64(p[best])), append(right, best == int(s.Target[0].Class))
	}
	if _, ece := Reliability(prob, right, 10); ece > 0.03 {
		t.Errorf("calibration error %.3f after calibration", ece)
	}
}

// TestCalibrateTwo: of two scorers the one that knows something counts.
func TestCalibrateTwo(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	var texts []Scored
	for range 3000 {
		z := rnd.Float64()*4 - 2
		c := uint16(0)
		if rnd.Float64() < 1/(1+math.Exp(-2*z)) {
			c = 1
		}
		texts = append(texts, Scored{[][]float32{{0, float32(rnd.NormFloat64())}, {0, float32(z)}}, []Share{{c, 1}}})
	}
	c := Calibrate(2, 2, texts, 1)
	if math.Abs(float64(c.Scale[0])) > 0.15 || math.Abs(float64(c.Scale[1])-2) > 0.25 {
		t.Errorf("scales %.2f, want 0 and 2", c.Scale)
	}
}

// TestStraighten: probabilities that temperature cannot mend, too low where
// low and too high where high, are mended, and no order is turned.
func TestStraighten(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	var texts []Scored
	for range 6000 {
		p := 0.4 + 0.59*rnd.Float64()
		c := uint16(1)
		if rnd.Float64() < 0.6+0.3*p {
			c = 0
		}
		rest := math.Log((1 - p) / 2)
		texts = append(texts, Scored{[][]float32{{float32(math.Log(p)), float32(rest), float32(rest)}}, []Share{{c, 1}}})
	}
	c := Calibration{Scale: []float32{1}, Offset: make([]float32, 3)}
	ece := func() float64 {
		var prob []float64
		var right []bool
		for _, s := range texts {
			p := slices.Clone(s.Logits[0])
			c.Probabilities(p)
			best := slices.Index(p, slices.Max(p))
			sum := p[0] + p[1] + p[2]
			if best != 0 || sum < 0.999 || sum > 1.001 {
				t.Fatalf("%.3f became %.3f", s.Logits[0], p)
			}
			prob, right = append(prob, float64(p[best])), append(right, s.Target[0].Class == 0)
		}
		_, e := Reliability(prob, right, 10)
		return e
	}
	before := ece()
	c.Straighten(texts)
	if after := ece(); before < 0.05 || after > 0.02 {
		t.Errorf("calibration error %.3f before, %.3f after", before, after)
	}
}

// TestCompact: eight bits score as the whole encoder does, and come back the
// same from their bytes.
func TestCompact(t *testing.T) {
	texts, class := world(6, 500)
	v, m, _ := study(texts, class)
	var tasks []Task
	for i, c := range class {
		tasks = append(tasks, Task{int32(i), 1, [][]Share{{{uint16(c), 1}}, {{uint16(c) % 2, 1}}}})
	}
	e := TrainEncoder(m, tasks, v.Len(), []int{3, 2}, Shape{Width: 8, Hidden: 8}, Training{Epochs: 3, Rate: 0.1, Seed: 1})
	c := e.Compact(1)
	b := c.AppendBinary(nil)
	again, rest, err := ReadCompact(append(b, 7), v.Len())
	if err != nil || len(rest) != 1 {
		t.Fatalf("read back: %v, %d bytes left", err, len(rest))
	}
	full, small, read := e.Logits(), c.Scorer(), again.Scorer()
	for i := range m.Len() {
		want, got, same := full(m.Row(i))[1], small(m.Row(i))[0], read(m.Row(i))[0]
		for k := range want {
			if math.Abs(float64(want[k]-got[k])) > 0.1 || got[k] != same[k] {
				t.Fatalf("text %d scores %.3f, in eight bits %.3f, read back %.3f", i, want, got, same)
			}
		}
	}
	for n := range len(b) {
		if _, _, err := ReadCompact(b[:n], v.Len()); err == nil {
			t.Fatalf("%d of %d bytes were read", n, len(b))
		}
	}
}

func TestExp32(t *testing.T) {
	for x := float32(0); x > -90; x -= 0.37 {
		want := math.Exp(float64(x))
		if got := float64(exp32(x)); math.Abs(got-want) > 2e-4*want+1e-34 {
			t.Errorf("e^%v = %v, want %v", x, got, want)
		}
	}
}

func BenchmarkLogits(b *testing.B) {
	texts, class := world(6, 500)
	v, m, exs := study(texts, class)
	q := Quantise(TrainSoftmax(m, exs, v.Len(), 3, lesson), 1<<20)
	r := Reader{Vocabulary: v}
	p := make([]float32, 3)
	for b.Loop() {
		q.Logits(p, r.Read(texts[0]), 1)
	}
}

func TestApartAndMean(t *testing.T) {
	texts, class := world(1, 800)
	v, m, exs := study(texts, class)
	how := Training{Epochs: 10, Rate: 0.5, Seed: 1}
	soft := TrainSoftmax(m, exs, v.Len(), 3, how)
	how.Apart = true
	apart := TrainSoftmax(m, exs, v.Len(), 3, how)
	a, b, both := make([]float32, 3), make([]float32, 3), make([]float32, 3)
	wrong := 0
	for i := range exs {
		apart.Logits(a, m.Row(i))
		best := slices.Index(a, slices.Max(a))
		if best != class[i] {
			wrong++
		}
		// Classes are judged by themselves: the right one is likely, the others not.
		logistic(a)
		if best == class[i] && a[best] < 0.5 {
			t.Errorf("%q: class %d has %v", texts[i], best, a)
		}
	}
	if wrong > len(exs)/50 {
		t.Errorf("%d of %d wrong", wrong, len(exs))
	}
	row := m.Row(3)
	soft.Logits(a, row)
	apart.Logits(b, row)
	Mean(soft, apart).Logits(both, row)
	for c := range both {
		if want := (a[c] + b[c]) / 2; math.Abs(float64(both[c]-want)) > 1e-4 {
			t.Errorf("class %d: %g, the mean is %g", c, both[c], want)
		}
	}
}

func TestStretch(t *testing.T) {
	texts, _ := world(2, 50)
	texts = append(texts, strings.Join(texts[:9], " "))
	v, m, _ := study(texts, make([]int, len(texts)))
	short, long := m.Row(0), m.Row(len(texts)-1)
	if a, b := short.Stretch(0.5), long.Stretch(0.5); a <= 0 || b <= a {
		t.Errorf("a short text is stretched by %g, a long one by %g", a, b)
	}
	if x := long.Stretch(0); x != 1 {
		t.Errorf("stretched by %g", x)
	}
	if x := (Vector{}).Stretch(0.5); x != 1 {
		t.Errorf("nothing is stretched by %g", x)
	}
	before := short.Value[0]
	if x := m.Stretched(0.5).Row(0).Value[0]; x != before*short.Stretch(0.5) || m.Row(0).Value[0] != before {
		t.Errorf("%g became %g, and %g in the original", before, x, m.Row(0).Value[0])
	}
	r := Reader{Vocabulary: v}
	if x := r.Read(texts[0]).Length; x != short.Length || x <= 0 {
		t.Errorf("length %g, in the matrix %g", x, short.Length)
	}
}

func TestJoin(t *testing.T) {
	texts, class := world(1, 300)
	v, m, exs := study(texts, class)
	a := Quantise(TrainSoftmax(m, exs, v.Len(), 3, Training{Epochs: 5, Rate: 0.5, Seed: 1}), 60)
	b := Quantise(TrainSoftmax(m, exs, v.Len(), 3, Training{Epochs: 5, Rate: 0.5, Seed: 2}), 40)
	q := Join(a, b)
	if q.Classes != 6 || q.Len() != a.Len()+b.Len() {
		t.Fatalf("%d classes and %d weights of %d and %d", q.Classes, q.Len(), a.Len(), b.Len())
	}
	got, want := make([]float32, 6), make([]float32, 6)
	for i := range 20 {
		q.Logits(got, m.Row(i), 1)
		a.Logits(want[:3], m.Row(i), 1)
		b.Logits(want[3:], m.Row(i), 1)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("text %d: %s", i, d)
		}
	}
}
