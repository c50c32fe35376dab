package client

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/opencure/cure"
)

// Affected says that an own asset holds what a CVE is in. Only those who may
// see the asset's inventory get one.
type Affected struct {
	CVE     cure.Observable `json:"cve"`
	Asset   string          `json:"asset"`             // as its inventory names it
	Package string          `json:"package,omitempty"` // npm/left-pad, deb/debian/openssl, cpe/vendor/product
	Version string          `json:"version,omitempty"` // installed
	Range   string          `json:"range,omitempty"`   // affected versions as published, ">=1.0 <1.2.3"
	Fixed   string          `json:"fixed,omitempty"`   // lowest version named after the installed one, where one is
	How     AffectedHow     `json:"how"`
	Why     string          `json:"why"`     // one sentence: how it is known, or what makes it unsure
	Since   time.Time       `json:"since"`   // when both stood: the later of inventory and record
	Sources []cure.Source   `json:"sources"` // of the inventory and of the affected versions
	Records []string        `json:"records"` // the same: evidence
	Marking cure.Marking    `json:"marking"` // the strictest of all that it rests on
}

// AffectedHow is how it is known that an asset is affected.
type AffectedHow string

// The ways, from sure to unsure.
const (
	AffectedScanner AffectedHow = "scanner" // a scanner found it on the asset
	AffectedVersion AffectedHow = "version" // the installed version is in the affected range
	AffectedUnsure  AffectedHow = "unsure"  // the package is there, its version cannot be compared
)

// Exposure is what of the own assets is affected.
type Exposure struct {
	Assets   []Asset    `json:"assets"`   // with an inventory, by name; empty: nothing was imported
	Affected []Affected `json:"affected"` // by CVE, the newest first, then by asset
	More     bool       `json:"more,omitempty"`
}

// Asset is an own asset with what inventories say of it.
type Asset struct {
	Name     string    `json:"name"`
	Formats  []string  `json:"formats"`  // of its inventories: cyclonedx, spdx, trivy, vuls
	Made     time.Time `json:"made"`     // the newest
	Packages int       `json:"packages"` // tied to it, those of older inventories too
}

// Affects returns which own assets are affected by a CVE, for "" by any.
func (c *Client) Affects(ctx context.Context, cve string) (*Exposure, error) {
	q := url.Values{}
	if cve != "" {
		q.Set("cve", cve)
	}
	return ask[Exposure](ctx, c, "/exposure", q)
}

// TypeTrend is how many CVEs of each type were published in each period.
type TypeTrend struct {
	Step    string      `json:"step"`    // month, quarter or year
	Periods []time.Time `json:"periods"` // their beginnings, ascending
	Total   []int       `json:"total"`   // CVEs in each period
	Types   []TypeCount `json:"types"`   // most frequent first
	Untyped []int       `json:"untyped"` // no type said or estimated, or none sure enough
}

// TypeCount counts the CVEs of one type. A CVE with several types counts for
// each; where a publisher says a type, the estimate does not count.
type TypeCount struct {
	Type      CWE    `json:"type"`
	Name      string `json:"name,omitempty"` // in the tree of the model
	Official  []int  `json:"official"`       // in each period, as published
	Estimated []int  `json:"estimated"`      // in each period, where nobody has published one
	All       int    `json:"all"`
}

// TypeTrend returns the trend of types. step is month, quarter or year, "" for
// what fits the span; zero times mean the last two years; at most n types, 0
// for ten.
func (c *Client) TypeTrend(ctx context.Context, from, to time.Time, step string, n int) (*TypeTrend, error) {
	q := url.Values{}
	if step != "" {
		q.Set("step", step)
	}
	span(q, from, to)
	if n > 0 {
		q.Set("limit", strconv.Itoa(n))
	}
	return ask[TypeTrend](ctx, c, "/vulnerabilities/trend", q)
}

// ModelCard says what the model that estimates is made of, and how good its
// answers were on texts held back from training.
type ModelCard struct {
	Version  string          `json:"version"`
	CWE      string          `json:"cwe"`      // version of the tree
	Labels   []CWE           `json:"labels"`   // that it can give
	Texts    int             `json:"texts"`    // trained on
	Scored   int             `json:"scored"`   // of them with CVSS v3
	Held     int             `json:"held"`     // held back to calibrate
	Newest   string          `json:"newest"`   // publish date of the newest text
	Notice   string          `json:"notice"`   // whose texts they were
	Coverage []CoveragePoint `json:"coverage"` // accuracy over the share answered, surest first
	Sure     []SureBin       `json:"sure"`     // how often answers of each confidence were right
}

// CoveragePoint says: when only the surest share of texts is answered, so many
// answers are right.
type CoveragePoint struct {
	Share     float64 `json:"share"`
	Accuracy  float64 `json:"accuracy"`
	Threshold float64 `json:"threshold"` // the probability from which on a text is answered
}

// SureBin says how often answers of a confidence were right.
type SureBin struct {
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Of    int     `json:"of"`    // answers
	Right float64 `json:"right"` // share
}

// ModelCard returns the card of the hub's model. Unavailable: it has none.
func (c *Client) ModelCard(ctx context.Context) (*ModelCard, error) {
	return ask[ModelCard](ctx, c, "/vulnerabilities/model", nil)
}
