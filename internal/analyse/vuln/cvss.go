package vuln

import (
	"strings"
	"sync"

	cvss20 "github.com/pandatix/go-cvss/20"
	cvss30 "github.com/pandatix/go-cvss/30"
	cvss31 "github.com/pandatix/go-cvss/31"
	cvss40 "github.com/pandatix/go-cvss/40"

	"github.com/opencure/cure"
)

// metric is a base metric of CVSS v3.1 with its values, in the order of the
// specification.
type metric struct {
	name   string
	values []string
}

// metrics are the eight base metrics.
var metrics = [8]metric{
	{"AV", []string{"N", "A", "L", "P"}},
	{"AC", []string{"L", "H"}},
	{"PR", []string{"N", "L", "H"}},
	{"UI", []string{"N", "R"}},
	{"S", []string{"U", "C"}},
	{"C", []string{"N", "L", "H"}},
	{"I", []string{"N", "L", "H"}},
	{"A", []string{"N", "L", "H"}},
}

// choice is a value of each metric, by index.
type choice [len(metrics)]uint8

// vector writes the choice as a vector string.
func (c choice) vector() string {
	var b strings.Builder
	b.WriteString("CVSS:3.1")
	for i, m := range metrics {
		b.WriteString("/" + m.name + ":" + m.values[c[i]])
	}
	return b.String()
}

// parseChoice reads the base metrics of a CVSS v3.0 or v3.1 vector; other
// metrics are passed over.
func parseChoice(vector string) (c choice, ok bool) {
	rest, ok := strings.CutPrefix(vector, "CVSS:3.")
	if !ok {
		return c, false
	}
	seen := 0
	for part := range strings.SplitSeq(rest, "/") {
		name, value, _ := strings.Cut(part, ":")
		for i, m := range metrics {
			if m.name != name {
				continue
			}
			for j, v := range m.values {
				if v == value {
					c[i], seen = uint8(j), seen|1<<i
				}
			}
		}
	}
	return c, seen == 1<<len(metrics)-1
}

// index is the place of the choice in the table of all.
func (c choice) index() int {
	n := 0
	for i, v := range c {
		n = n*len(metrics[i].values) + int(v)
	}
	return n
}

// combinations is the number of base vectors.
const combinations = 4 * 2 * 3 * 2 * 2 * 3 * 3 * 3

// baseScores holds the base score of each vector in tenths.
var baseScores = sync.OnceValue(func() *[combinations]uint8 {
	var table [combinations]uint8
	var c choice
	for n := range table {
		rest := n
		for i := len(c) - 1; i >= 0; i-- {
			values := len(metrics[i].values)
			c[i], rest = uint8(rest%values), rest/values
		}
		if v, err := cvss31.ParseVector(c.vector()); err == nil {
			table[n] = uint8(v.BaseScore()*10 + 0.5)
		}
	}
	return &table
})

// score returns the base score.
func (c choice) score() float64 { return float64(baseScores()[c.index()]) / 10 }

// Score returns the base score of a CVSS vector: v2 (with or without
// parentheses or prefix), v3.0, v3.1 or v4.0, and the version.
func Score(vector string) (score float64, version string, err error) {
	vector = strings.Trim(vector, "() ")
	switch {
	case strings.HasPrefix(vector, "CVSS:4.0/"):
		v, err := cvss40.ParseVector(vector)
		if err != nil {
			return 0, "", cure.Errorf(cure.Invalid, "read CVSS vector %.80q: %w", vector, err)
		}
		return v.Score(), "4.0", nil
	case strings.HasPrefix(vector, "CVSS:3.1/"):
		v, err := cvss31.ParseVector(vector)
		if err != nil {
			return 0, "", cure.Errorf(cure.Invalid, "read CVSS vector %.80q: %w", vector, err)
		}
		return v.BaseScore(), "3.1", nil
	case strings.HasPrefix(vector, "CVSS:3.0/"):
		v, err := cvss30.ParseVector(vector)
		if err != nil {
			return 0, "", cure.Errorf(cure.Invalid, "read CVSS vector %.80q: %w", vector, err)
		}
		return v.BaseScore(), "3.0", nil
	}
	v, err := cvss20.ParseVector(strings.TrimPrefix(vector, "CVSS:2.0/"))
	if err != nil {
		return 0, "", cure.Errorf(cure.Invalid, "read CVSS vector %.80q: %w", vector, err)
	}
	return v.BaseScore(), "2.0", nil
}

// version4 writes the v4.0 base vector that corresponds to the choice: scope
// becomes an impact on subsequent systems, required interaction an active one,
// attack requirements none, because v3.1 does not tell.
func (c choice) version4() (vector string, score float64) {
	value := func(i int) string { return metrics[i].values[c[i]] }
	ui, after := "N", "N"
	if value(3) == "R" {
		ui = "A"
	}
	if value(4) == "C" {
		after = "L"
	}
	vector = "CVSS:4.0/AV:" + value(0) + "/AC:" + value(1) + "/AT:N/PR:" + value(2) + "/UI:" + ui +
		"/VC:" + value(5) + "/VI:" + value(6) + "/VA:" + value(7) + "/SC:" + after + "/SI:" + after + "/SA:N"
	score, _, _ = Score(vector) // is well formed by construction
	return vector, score
}

// Band returns the word for a base score of v3 and v4.
func Band(score float64) string {
	switch {
	case score < 0.05:
		return "none"
	case score < 3.95:
		return "low"
	case score < 6.95:
		return "medium"
	case score < 8.95:
		return "high"
	}
	return "critical"
}

// scores is the distribution of the base score in tenths when the metrics are
// independent with the given probabilities.
func scores(p *[len(metrics)][]float32) (dist [101]float64) {
	table := baseScores()
	part := [len(metrics) + 1]float64{1}
	var walk func(i, at int)
	walk = func(i, at int) {
		if i == len(metrics) {
			dist[table[at]] += part[i]
			return
		}
		n := len(metrics[i].values)
		for v := range n {
			if part[i+1] = part[i] * float64(p[i][v]); part[i+1] > 1e-7 {
				walk(i+1, at*n+v)
			}
		}
	}
	walk(0, 0)
	return dist
}

// quantile returns the score below which the share q lies.
func quantile(dist *[101]float64, q float64) float64 {
	sum, total := 0.0, 0.0
	for _, p := range dist {
		total += p
	}
	for s, p := range dist {
		if sum += p; sum >= q*total {
			return float64(s) / 10
		}
	}
	return 10
}

// mean returns the expected score.
func mean(dist *[101]float64) float64 {
	sum, total := 0.0, 0.0
	for s, p := range dist {
		sum += float64(s) / 10 * p
		total += p
	}
	return sum / max(total, 1e-9)
}
