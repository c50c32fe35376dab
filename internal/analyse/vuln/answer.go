package vuln

import (
	"math"
	"slices"
	"strings"
)

// knownWords counts the words of a text and those the model knows.
type knownWords struct{ words, known int }

// How many known words a text must have to say anything, and to be rated.
const (
	minKnown = 2
	minRated = 4
)

// Estimate answers one text. Cost: see the package.
func (e *Estimator) Estimate(text string) Answer {
	m := e.m
	a := Answer{Estimated: true, Model: m.Version, CWE: m.CWE, Language: Language(clip(text))}
	e.take(text)
	known := e.understood().known
	switch {
	case strings.TrimSpace(text) == "":
		a.Unsure = "there is no text"
	case a.Language != "":
		a.Unsure = "the text is not English (" + a.Language + "), which is what the model reads"
	case known < minKnown:
		a.Unsure = "the text has too few words that say anything"
	default:
		e.answerType(&a)
		if known >= minRated {
			e.rate()
			a.CVSS = e.severity()
		}
	}
	return a
}

// understood counts words that are in the vocabulary.
func (e *Estimator) understood() knownWords {
	k := knownWords{words: len(e.read.Tokens())}
	at := int32(-1)
	for _, f := range e.read.Features() {
		if f.End > at { // a new word, or a pair that ends with one
			k.known++
			at = f.End
		}
	}
	return k
}

// answerType fills in what is said of the type.
func (e *Estimator) answerType(a *Answer) {
	m := e.m
	e.weigh()
	sum := e.allowed()
	for _, c := range e.top(3, m.mapped) {
		a.Top = append(a.Top, m.node(m.types[c], float64(e.kind[c])/sum))
	}
	n := e.deepest(m.Settings.Theta)
	if n < 0 {
		a.Unsure = "no branch of the tree is sure enough"
		if b := binOf(m.Bins, float64(e.kind[e.top(1, nil)[0]])); b != nil {
			a.Right = &Past{Of: b.N, Right: b.Right}
		}
		return
	}
	for _, id := range m.tree.Path(m.nodes[n]) {
		mass := 0.0
		if at := slices.Index(m.nodes, id); at >= 0 {
			mass = e.mass[at]
		}
		a.Path = append(a.Path, m.node(id, mass))
	}
	a.Type = &a.Path[len(a.Path)-1]
	if a.Type.Usage >= Discouraged && len(a.Type.Suggest) == 0 {
		a.Type.Suggest = e.below(a.Type.ID)
	}
	if b := binOf(m.Passed, a.Type.Mass); b != nil {
		a.Right = &Past{Of: b.N, Right: b.Right}
	}
}

// below returns the likeliest labels under a node that mapping discourages.
func (e *Estimator) below(node CWE) (ids []CWE) {
	m := e.m
	at := uint16(slices.Index(m.nodes, node)) // it has mass, so it is there
	for _, c := range e.top(3, func(c int) bool { return m.mapped(c) && m.types[c] != node && slices.Contains(m.above[c], at) }) {
		ids = append(ids, m.types[c])
	}
	return ids
}

// mapped reports whether a class is a label that mapping allows.
func (m *Model) mapped(class int) bool { return m.allowed[class] }

// allowed is the probability of all labels that mapping allows.
func (e *Estimator) allowed() float64 {
	sum := 1e-9
	for c, p := range e.kind {
		if e.m.mapped(c) {
			sum += float64(p)
		}
	}
	return sum
}

// node describes a node of the tree.
func (m *Model) node(id CWE, mass float64) Node {
	w := m.tree.Get(id)
	n := Node{ID: id, Name: w.Name, Kind: w.Abstraction, Mass: round(mass), Usage: w.Usage}
	if w.Usage >= Discouraged {
		n.Suggest = w.Suggest
	}
	return n
}

// round keeps three digits: what is behind says nothing.
func round(p float64) float64 { return math.Round(min(p, 1)*1000) / 1000 }

// severity says what the CVSS heads found.
func (e *Estimator) severity() *Severity {
	c := e.likeliest()
	s := &Severity{Vector: c.vector(), Score: c.score(), Bands: map[string]float64{}}
	for i, p := range e.score {
		g := MetricGuess{Metric: metrics[i].name, Value: metrics[i].values[c[i]], P: map[string]float64{}}
		for v, name := range metrics[i].values {
			g.P[name] = round(float64(p[v]))
		}
		s.Metrics = append(s.Metrics, g)
	}
	dist := scores(&e.score)
	s.Expected, s.Median = math.Round(mean(&dist)*10)/10, quantile(&dist, 0.5)
	s.Low, s.High = quantile(&dist, e.m.Interval[0]), quantile(&dist, e.m.Interval[1])
	s.Band = Band(s.Median)
	band, sum := Band(0), 0.0
	for tenths, p := range dist {
		if b := Band(float64(tenths) / 10); b != band {
			s.Bands[band] = round(sum)
			band, sum = b, 0
		}
		sum += p
	}
	s.Bands[band] = round(sum)
	s.V4, s.V4Score = c.version4()
	return s
}
