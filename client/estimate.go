package client

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/opencure/cure"
)

// Estimate is what the model says of one text: an estimate, never an official
// label.
type Estimate struct {
	Estimated bool              `json:"estimated"`          // always true
	Model     string            `json:"model"`              // version
	CWE       string            `json:"cwe_version"`        // of the tree
	Language  string            `json:"language,omitempty"` // of the text, where it is not English
	Unsure    string            `json:"unsure,omitempty"`   // why the type cannot be told
	Type      *WeaknessNode     `json:"type,omitempty"`     // the deepest node that is sure enough
	Path      []WeaknessNode    `json:"path,omitempty"`     // from the pillar to it
	Top       []WeaknessNode    `json:"top,omitempty"`      // the likeliest labels; Mass is the probability if it is one that mapping allows
	Right     *PastAnswers      `json:"right,omitempty"`    // how answers of this confidence did before
	CVSS      *SeverityEstimate `json:"cvss,omitempty"`     // nil: nothing known in the text
	Reasons   *EstimateReasons  `json:"reasons,omitempty"`  // only from Explain
}

// EstimateModel says what the estimates of a hub are made with, and how far
// they were right among texts held back from training.
type EstimateModel struct {
	Version  string         `json:"version"`
	CWE      string         `json:"cwe"`    // version of the tree
	Texts    int            `json:"texts"`  // trained on
	Held     int            `json:"held"`   // tried on
	Newest   string         `json:"newest"` // publish date of the newest text
	Notice   string         `json:"notice"` // whose texts these are
	Coverage []CoverageStep `json:"coverage"`
}

// CoverageStep says: when only the surest share of texts is answered, so many
// answers are right.
type CoverageStep struct {
	Share    float64 `json:"share"`
	Accuracy float64 `json:"accuracy"`
}

// EstimateModel returns what the hub estimates with. Unavailable: it does not.
func (c *Client) EstimateModel(ctx context.Context) (*EstimateModel, error) {
	return ask[EstimateModel](ctx, c, "/estimates/model", nil)
}

// WeaknessNode is a node of the tree in an answer.
type WeaknessNode struct {
	ID      CWE          `json:"id"`
	Name    string       `json:"name"`
	Kind    string       `json:"kind"` // Pillar, Class, Base, Variant, Compound
	Mass    float64      `json:"mass"` // probability of it and all below it
	Usage   MappingUsage `json:"usage"`
	Suggest []CWE        `json:"suggest,omitempty"` // labels to look at instead of one that mapping discourages
}

// PastAnswers says how often answers of a confidence were right, among texts held
// back from training.
type PastAnswers struct {
	Of    int     `json:"of"`    // texts
	Right float64 `json:"right"` // share
}

// SeverityEstimate is the estimate of the CVSS v3.1 base metrics.
type SeverityEstimate struct {
	Vector   string             `json:"vector"` // of the likeliest value of each metric
	Score    float64            `json:"score"`  // of that vector
	Metrics  []MetricEstimate   `json:"metrics"`
	Expected float64            `json:"expected"` // mean of the scores of all vectors
	Median   float64            `json:"median"`
	Low      float64            `json:"low"` // 80 of 100 true scores lie between
	High     float64            `json:"high"`
	Band     string             `json:"band"`  // of the median
	Bands    map[string]float64 `json:"bands"` // probability of each
	// V4 is the v4.0 vector that corresponds to Vector; the text was not read
	// for what v4.0 asks beyond v3.1.
	V4      string  `json:"v4"`
	V4Score float64 `json:"v4_score"`
}

// MetricEstimate is the likeliest value of one metric.
type MetricEstimate struct {
	Metric string             `json:"metric"`
	Value  string             `json:"value"`
	P      map[string]float64 `json:"p"`
	Words  []string           `json:"words,omitempty"` // that spoke for it; only from Explain
}

// EstimateReasons are why an answer is what it is.
type EstimateReasons struct {
	For     CWE            `json:"for"`               // the likeliest label that mapping allows
	Against CWE            `json:"against"`           // the next one: the words decide between the two
	Words   []DecidingWord `json:"words"`             // in order of the text
	Similar []SimilarCVE   `json:"similar,omitempty"` // known CVEs that read alike
}

// DecidingWord is a run of the text and how much it spoke for the answer.
type DecidingWord struct {
	Start  int     `json:"start"` // bytes of the text
	End    int     `json:"end"`
	Text   string  `json:"text"`
	Weight float64 `json:"weight"` // log odds; below zero: spoke against
}

// SimilarCVE is a known CVE that reads like the text in question.
type SimilarCVE struct {
	ID    string  `json:"id"`
	Type  CWE     `json:"type"`  // as published
	Alike float64 `json:"alike"` // share of what marks the text that leads to it
}

// CWE is the number of a weakness: 79 of CWE-79. 0 is none.
type CWE uint16

// String returns CWE-79.
func (c CWE) String() string { return "CWE-" + strconv.Itoa(int(c)) }

// MarshalText writes CWE-79.
func (c CWE) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what ParseCWE reads.
func (c *CWE) UnmarshalText(b []byte) error {
	id, err := ParseCWE(string(b))
	*c = id
	return err
}

// ParseCWE reads CWE-79, cwe-79 or 79.
func ParseCWE(s string) (CWE, error) {
	s = strings.TrimSpace(s)
	if len(s) > 4 && strings.EqualFold(s[:4], "cwe-") {
		s = s[4:]
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, cure.Errorf(cure.Invalid, "%.40q is no weakness like CWE-79", s)
	}
	return CWE(n), nil
}

// MappingUsage says whether the CWE project wants a weakness to be used for labelling
// a vulnerability (the mapping notes of each entry).
type MappingUsage uint8

// The usages, from wanted to unwanted.
const (
	Allowed MappingUsage = iota
	AllowedWithReview
	Discouraged
	Prohibited
)

var usageNames = []string{"Allowed", "Allowed-with-Review", "Discouraged", "Prohibited"}

// String returns the name that CWE uses.
func (u MappingUsage) String() string { return usageNames[min(int(u), len(usageNames)-1)] }

// MarshalText writes the name that CWE uses.
func (u MappingUsage) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads that name.
func (u *MappingUsage) UnmarshalText(b []byte) error {
	i := slices.Index(usageNames, string(b))
	if i < 0 {
		return cure.Errorf(cure.Invalid, "unknown mapping usage %.40q", b)
	}
	*u = MappingUsage(i)
	return nil
}

// Vulnerability is what a hub knows of one CVE: what publishers say, and what
// a model estimates from a text, kept apart.
type Vulnerability struct {
	Observable  cure.Observable `json:"observable"`
	Known       bool            `json:"known"`
	Official    []Tag           `json:"official,omitempty"`    // weaknesses, severities and products, with who says so
	Notes       []Note          `json:"notes,omitempty"`       // what engines say, the estimates among it
	Description *Description    `json:"description,omitempty"` // that the estimate is from
	Estimate    *Estimate       `json:"estimate,omitempty"`    // made now, with its reasons; nil: no text, or none in English
	Mentions    []cure.Source   `json:"mentions,omitempty"`    // sources that know the CVE
	Affects     []Affected      `json:"affects,omitempty"`     // own assets that are affected, or may be
}

// Description is a text about a vulnerability.
type Description struct {
	Text    string       `json:"text"`
	Title   string       `json:"title,omitempty"`
	Source  cure.Source  `json:"source"`
	Record  string       `json:"record"`
	Marking cure.Marking `json:"marking"`
}

// Vulnerability returns what the hub knows of a CVE.
func (c *Client) Vulnerability(ctx context.Context, cve string) (*Vulnerability, error) {
	return ask[Vulnerability](ctx, c, "/vulnerabilities/"+url.PathEscape(cve), nil)
}

// EstimateText asks the hub's model about a description of at most 1 MiB. The
// text is not kept.
func (c *Client) EstimateText(ctx context.Context, text string) (*Estimate, error) {
	var e Estimate
	err := c.send(ctx, http.MethodPost, "/api/v1/estimates", true, struct {
		Text string `json:"text"`
	}{text}, &e)
	if err != nil {
		return nil, err
	}
	return &e, nil
}
