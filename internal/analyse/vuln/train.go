package vuln

import (
	"context"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/num/textclass"
	"github.com/opencure/cure/internal/publish/advisory"
)

// Train makes a model of records. The classifiers are trained on train and
// calibrated on held, which must be others; without held, one text in twelve
// of train is held back by a hash of its id. The same arguments give the same
// model for any number of processors. Cost: about a minute of two processors
// and 2 GB of memory for 150,000 texts.
func Train(ctx context.Context, tree *Tree, train, held []advisory.Record, s Settings) (*Model, error) {
	t, err := newTrainer(tree, train, held, s)
	if err != nil {
		return nil, err
	}
	return t.run(ctx)
}

func newTrainer(tree *Tree, train, held []advisory.Record, s Settings) (*trainer, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if len(held) == 0 {
		train, held = HoldBack(train, 12)
	}
	t := &trainer{tree: tree, s: s, train: usable(tree, train), held: usable(tree, held)}
	return t, t.prepare()
}

// run trains all heads.
func (t *trainer) run(ctx context.Context) (*Model, error) {
	m := t.model
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	g.Go(func() error { t.encode(); return ctx.Err() })
	g.Go(func() error { m.kind = t.kinds(); return ctx.Err() })
	for i := range metrics {
		g.Go(func() error { m.score[i].weights = t.metric(i); return ctx.Err() })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	t.blend()
	m.lay()
	m.calibrate(t.held)
	learned := t.train
	if t.s.Refit {
		t.refit()
		learned = slices.Concat(t.train, t.held)
	}
	m.known = gather(m, learned)
	return m, nil
}

// workers is how many classifiers are trained beside each other.
const workers = 2

// HoldBack divides records by a hash of their ids: one in n is held back.
func HoldBack(records []advisory.Record, n uint32) (rest, held []advisory.Record) {
	return pick("held", records, n)
}

// pick takes one record in n out, by a hash of salt and id.
func pick(salt string, records []advisory.Record, n uint32) (rest, picked []advisory.Record) {
	for _, r := range records {
		if idHash(salt, r.ID)%n == 0 {
			picked = append(picked, r)
		} else {
			rest = append(rest, r)
		}
	}
	return rest, picked
}

// usable keeps the records that have a text and something to learn from it.
func usable(tree *Tree, records []advisory.Record) []advisory.Record {
	var kept []advisory.Record
	for _, r := range records {
		_, scored := parseChoice(r.CVSS3)
		if r.Text != "" && r.State == advisory.Published && (scored || len(tree.weaknesses(r.Weak)) > 0) {
			kept = append(kept, r)
		}
	}
	sortRecords(kept)
	return kept
}

// trainer holds what the classifiers share.
type trainer struct {
	tree        *Tree
	s           Settings
	train, held []advisory.Record
	model       *Model
	rows, tests textclass.Matrix
	newest      int
	encoder     *textclass.Encoder
}

// prepare chooses labels and vocabulary and reads all texts.
func (t *trainer) prepare() error {
	support := t.tree.Support(t.train)
	m := &Model{tree: t.tree, types: t.tree.inUse(support, t.s.Floor, Discouraged)}
	t.model = m
	if len(m.types) < 2 || len(m.types) > textclass.MaxClasses {
		return cure.Errorf(cure.Invalid, "train: %d labels have %d texts or more; 2 to %d can be learned", len(m.types), t.s.Floor, textclass.MaxClasses)
	}
	c := textclass.NewCounter()
	for i := range t.train {
		c.Add(clip(t.train[i].Text))
		t.newest = max(t.newest, t.train[i].Year())
		if d := t.train[i].Date; !d.IsZero() {
			m.Newest = max(m.Newest, d.String())
		}
	}
	m.words = c.Vocabulary(t.s.Texts, t.s.Features)
	if m.words.Len() == 0 {
		return cure.Errorf(cure.Invalid, "train: no word occurs in %d texts", t.s.Texts)
	}
	r := textclass.Reader{Vocabulary: m.words}
	for i := range t.train {
		t.rows.Add(r.Read(clip(t.train[i].Text)))
	}
	for i := range t.held {
		t.tests.Add(r.Read(clip(t.held[i].Text)))
	}
	m.CWE, m.Settings, m.Notice = t.tree.Version, t.s, notice
	m.Texts, m.Held = len(t.train), len(t.held)
	m.Support = support
	return nil
}

// clip cuts a text to what is read of it.
func clip(s string) string { return s[:min(len(s), MaxText)] }

// age is the weight of a text by its year.
func (t *trainer) age(r *advisory.Record, rate float64) float64 {
	return math.Exp(-rate * float64(max(0, t.newest-r.Year())))
}

// kinds trains and calibrates the type head.
func (t *trainer) kinds() head {
	m, exs := t.model, t.examples(t.train, 0)
	var tests []textclass.Example
	for i := range t.held {
		if target := m.shares(t.tree.weaknesses(t.held[i].Weak), nil); len(target) > 0 {
			tests = append(tests, textclass.Example{Row: int32(i), Target: target})
		}
	}
	h := head{long: t.s.Long}
	if t.s.Telling > 0 {
		h.heard = textclass.NewEmphasis(m.words, &t.rows, exs, len(m.types), t.s.Telling)
	}
	h.weights = t.mean(h.heard.Matrix(&t.rows), exs)
	scored := make([]textclass.Scored, len(tests))
	held := h.heard.Matrix(&t.tests)
	for i, ex := range tests {
		out := make([]float32, len(m.types))
		h.logits(out, held.Row(int(ex.Row)))
		scored[i] = textclass.Scored{Logits: [][]float32{out}, Target: ex.Target}
	}
	h.cal = textclass.Calibrate(len(m.types), 1, scored, t.s.Pull)
	h.cal.Straighten(scored)
	return h
}

// examples are records for the type head, their rows counted from first.
func (t *trainer) examples(records []advisory.Record, first int) []textclass.Example {
	m := t.model
	var exs []textclass.Example
	for i := range records {
		target := t.target(&records[i])
		if len(target) == 0 {
			continue
		}
		few := math.Pow(2000/float64(m.Support[m.types[target[0].Class]]), t.s.Balance)
		exs = append(exs, textclass.Example{
			Row: int32(first + i), Weight: float32(t.age(&records[i], t.s.Age) * min(few, 4)), Target: target,
		})
	}
	return exs
}

// refit trains the type head again, now on the texts held back as well: they
// have said what they had to say of the calibration, which stays as it is.
func (t *trainer) refit() {
	h := &t.model.kind
	exs := slices.Concat(t.examples(t.train, 0), t.examples(t.held, len(t.train)))
	h.weights = t.mean(h.heard.Matrix(textclass.Stack(&t.rows, &t.tests)), exs)
}

// mean trains the linear classifiers of the type on texts as they are heard,
// and takes their mean.
func (t *trainer) mean(heard *textclass.Matrix, exs []textclass.Example) *textclass.Sparse {
	rows := heard.Stretched(t.s.Long)
	ways := append([]textclass.Training{t.s.Types}, t.s.More...)
	parts := make([]*textclass.Softmax, len(ways))
	var g errgroup.Group
	g.SetLimit(workers)
	for i, how := range ways {
		g.Go(func() error {
			parts[i] = textclass.TrainSoftmax(rows, exs, t.model.words.Len(), len(t.model.types), how)
			return nil
		})
	}
	_ = g.Wait() // no error to come
	return textclass.Quantise(textclass.Mean(parts...), t.s.Keep)
}

// target is what a text is to be labelled with: the main claim, and what
// others say with less mass.
func (t *trainer) target(r *advisory.Record) []textclass.Share {
	shares := t.model.shares(t.tree.weaknesses(r.Weak), nil)
	if len(shares) == 0 {
		return nil
	}
	main := len(shares)
	shares = t.model.shares(t.tree.weaknesses(slices.Concat(r.WeakCNA, r.WeakADP)), shares)
	sum := float32(0)
	for i := range shares {
		shares[i].Mass = 1
		if i >= main {
			shares[i].Mass = float32(t.s.Second)
		}
		sum += shares[i].Mass
	}
	for i := range shares {
		shares[i].Mass /= sum
	}
	return shares
}

// shares appends an equal share for each label that the model knows and that
// is not there yet.
func (m *Model) shares(ids []CWE, to []textclass.Share) []textclass.Share {
	for _, id := range ids {
		c, ok := slices.BinarySearch(m.types, id)
		if ok && !slices.ContainsFunc(to, func(s textclass.Share) bool { return int(s.Class) == c }) {
			to = append(to, textclass.Share{Class: uint16(c)})
		}
	}
	for i := range to {
		to[i].Mass = 1 / float32(len(to))
	}
	return to
}

// metric trains the linear head of one CVSS metric.
func (t *trainer) metric(i int) *textclass.Sparse {
	var exs []textclass.Example
	for row := range t.train {
		if c, ok := parseChoice(t.train[row].CVSS3); ok {
			exs = append(exs, textclass.Example{
				Row: int32(row), Weight: float32(t.age(&t.train[row], t.s.AgeCVSS)),
				Target: []textclass.Share{{Class: uint16(c[i]), Mass: 1}},
			})
		}
	}
	if i == 0 {
		t.model.Scored = len(exs)
	}
	classes := len(metrics[i].values)
	return t.fit(exs, classes, t.s.CVSS, t.s.KeepCVSS*classes/2)
}

// fit trains a linear head.
func (t *trainer) fit(exs []textclass.Example, classes int, how textclass.Training, keep int) *textclass.Sparse {
	return textclass.Quantise(textclass.TrainSoftmax(&t.rows, exs, t.model.words.Len(), classes, how), keep)
}

// blend calibrates the CVSS heads: linear and encoder together.
func (t *trainer) blend() {
	m := t.model
	deep := m.deep.Scorer()
	var scored [len(metrics)][]textclass.Scored
	for row := range t.held {
		c, ok := parseChoice(t.held[row].CVSS3)
		if !ok {
			continue
		}
		v := t.tests.Row(row)
		out := deep(v)
		for i := range metrics {
			linear := make([]float32, len(metrics[i].values))
			m.score[i].logits(linear, v)
			scored[i] = append(scored[i], textclass.Scored{
				Logits: [][]float32{linear, slices.Clone(out[i])}, Target: []textclass.Share{{Class: uint16(c[i]), Mass: 1}},
			})
		}
	}
	for i := range metrics {
		m.score[i].cal = textclass.Calibrate(len(metrics[i].values), scorers, scored[i], t.s.Pull)
	}
}

// scorers of a CVSS metric: the linear head and the encoder's.
const scorers = 2
