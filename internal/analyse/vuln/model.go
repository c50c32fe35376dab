package vuln

import (
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/num/textclass"
)

// MaxText is how many bytes of a text are read; what is behind is left out.
const MaxText = 1 << 20

// Card says what a model is: of which data, how, and how good. It stands in
// the model file and is shown wherever the model answers.
type Card struct {
	Version  string            `json:"version"` // of the model: begin of the SHA-256 of its weights
	CWE      string            `json:"cwe"`     // version of the tree
	Data     map[string]string `json:"data"`    // SHA-256 of each file of records
	Texts    int               `json:"texts"`   // trained on
	Scored   int               `json:"scored"`  // of them with CVSS v3
	Held     int               `json:"held"`    // held back to calibrate; with Settings.Refit the type head learned from them afterwards
	Newest   string            `json:"newest"`  // publish date of the newest text
	Settings Settings          `json:"settings"`
	Notice   string            `json:"notice"`   // whose texts these are
	Bins     []textclass.Bin   `json:"bins"`     // how often answers of a confidence were right, on what was held back
	Passed   []textclass.Bin   `json:"passed"`   // the same for the node that is sure enough, by its mass
	Coverage []CoveragePoint   `json:"coverage"` // the same as accuracy over the share answered
	Interval [2]float64        `json:"interval"` // quantiles of the score's distribution that hold 80 of 100
	Support  map[CWE]int       `json:"support"`  // texts by main label
}

// CoveragePoint says: when only the surest share of texts is answered, so many
// answers are right.
type CoveragePoint struct {
	Share     float64 `json:"share"`
	Accuracy  float64 `json:"accuracy"`
	Threshold float64 `json:"threshold"` // the probability that takes part in it
}

// Public returns what of the card others are shown.
func (m *Model) Public() client.ModelCard {
	c := client.ModelCard{
		Version: m.Version, CWE: m.CWE, Labels: m.types, Texts: m.Texts, Scored: m.Scored, Held: m.Held, Newest: m.Newest, Notice: m.Notice,
		Coverage: []client.CoveragePoint{}, Sure: []client.SureBin{},
	}
	for _, p := range m.Coverage {
		c.Coverage = append(c.Coverage, client.CoveragePoint(p))
	}
	for _, b := range m.Passed {
		if b.N > 0 {
			c.Sure = append(c.Sure, client.SureBin{Low: b.Low, High: b.High, Of: b.N, Right: b.Right})
		}
	}
	return c
}

// notice is the notice that goes with every model.
const notice = "Weights computed from vulnerability descriptions. CVE: copyright The MITRE Corporation and the CVE numbering authorities, " +
	"used under the CVE terms of use. NVD: public domain; NVD does not endorse this. CISA vulnrichment: CC0-1.0. " +
	"CWE: copyright The MITRE Corporation, used under the CWE terms of use."

// head is one classifier with its calibration.
type head struct {
	weights *textclass.Sparse
	heard   *textclass.Emphasis // nil: texts are heard as they come
	cal     textclass.Calibration
	long    float64 // see Settings
}

// logits writes the scores of a text into dst, before calibration. The vector
// is as the head hears it.
func (h *head) logits(dst []float32, v textclass.Vector) {
	h.weights.Logits(dst, v, v.Stretch(h.long))
}

// Model estimates type and severity from text. Read-only, safe for concurrent
// use.
type Model struct {
	Card
	tree  *Tree
	types []CWE // classes of the type head
	// above[c] are the nodes that class c counts for: itself and everything
	// above it, as indices into nodes.
	above [][]uint16
	nodes []CWE
	depth []int // of each node
	// allowed says of each class whether mapping allows it.
	allowed []bool
	words   *textclass.Vocabulary
	kind    head
	score   [len(metrics)]head // the linear part
	all     *textclass.Sparse  // the weights of score, joined
	deep    *textclass.Compact // the other part: one head a metric
	known   *known
}

// Tree returns the CWE tree of the model.
func (m *Model) Tree() *Tree { return m.tree }

// Labels returns the labels the model can give, in order of their numbers.
func (m *Model) Labels() []CWE { return m.types }

// lay computes which nodes of the tree each class counts for, and joins the
// heads of the metrics.
func (m *Model) lay() {
	var parts []*textclass.Sparse
	for _, h := range m.score {
		parts = append(parts, h.weights)
	}
	m.all = textclass.Join(parts...)
	at := map[CWE]uint16{}
	node := func(id CWE) uint16 {
		n, ok := at[id]
		if !ok {
			n = uint16(len(m.nodes))
			at[id] = n
			m.nodes, m.depth = append(m.nodes, id), append(m.depth, len(m.tree.Path(id)))
		}
		return n
	}
	m.above = make([][]uint16, len(m.types))
	m.allowed = make([]bool, len(m.types))
	for c, id := range m.types {
		m.allowed[c] = m.tree.Get(id).Usage <= AllowedWithReview
		seen := map[CWE]bool{}
		var climb func(CWE)
		climb = func(id CWE) {
			if seen[id] || len(seen) > maxAbove {
				return
			}
			seen[id] = true
			m.above[c] = append(m.above[c], node(id))
			for _, p := range m.tree.Get(id).Parents {
				climb(p)
			}
		}
		climb(id)
	}
}
