// Package advisory answers "what does a published record of a vulnerability
// say?". In go the formats in which such records are published; out comes one
// shape, the Record, in which a claim stays with whoever made it.
//
//	NVD      API 2.0 and the old 1.1 feeds
//	CVE      record format 5, with the containers of the numbering authority
//	         and of the publishers that added to it
//	OSV      the schema of osv.dev and of the GitHub advisories
//	JVN      the RDF feed and the VULDEF documents of JVN iPedia
//	Record   itself, one JSON object a line: what [Append] writes
//
// Input is hostile: each reader is bounded in time and memory, refuses one
// record with a reason and goes on with the next. Nothing is fetched. Readers
// belong to one goroutine, records to whoever got them.
package advisory

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// Record is what one publisher says of one vulnerability. The names of its
// JSON form are those of the lines that Append writes.
type Record struct {
	ID       string     `json:"id"` // CVE-2021-44228, GHSA-…, JVNDB-…
	Aliases  []string   `json:"aliases,omitempty"`
	Date     Date       `json:"date,omitzero"`     // published
	Modified Date       `json:"modified,omitzero"` // last changed
	State    State      `json:"state,omitempty"`
	Language string     `json:"lang,omitempty"` // of Text; "" is English
	Title    string     `json:"title,omitempty"`
	Text     string     `json:"desc,omitempty"`
	Weak     []string   `json:"cwe,omitempty"` // the main claim, main label first
	Labeller string     `json:"lab,omitempty"` // who made it: nvd, cna, cisa-adp, ghsa, jvn
	WeakCNA  []string   `json:"cwe_cna,omitempty"`
	WeakADP  []string   `json:"cwe_adp,omitempty"`
	CVSS4    string     `json:"cvss4,omitempty"`
	CVSS3    string     `json:"cvss3,omitempty"`
	Score3   float64    `json:"score3,omitempty"`
	CVSS2    string     `json:"cvss2,omitempty"`
	Score2   float64    `json:"score2,omitempty"`
	Products []Product  `json:"products,omitempty"`
	Affects  []Affected `json:"affects,omitempty"`
	Links    []string   `json:"links,omitempty"`
	Source   string     `json:"src,omitempty"` // where the record was taken from
}

// Product is something that a vulnerability is in.
type Product struct {
	Vendor   string `json:"vendor,omitempty"` // or ecosystem
	Name     string `json:"name"`
	Versions string `json:"versions,omitempty"` // in words: "< 2.17.1", "1.0 to 1.4"
}

// State says whether a record stands for a vulnerability at all.
type State string

// The states. The zero State is published.
const (
	Published State = ""
	Rejected  State = "rejected" // withdrawn, a duplicate, not a vulnerability
	Reserved  State = "reserved" // an id without a text
)

// Date is a day in UTC. The zero Date is unknown.
type Date struct{ t time.Time }

// Time returns midnight of the day.
func (d Date) Time() time.Time { return d.t }

// IsZero reports whether the day is unknown.
func (d Date) IsZero() bool { return d.t.IsZero() }

// String returns YYYY-MM-DD.
func (d Date) String() string { return d.t.Format(time.DateOnly) }

// MarshalText writes YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return d.t.AppendFormat(nil, time.DateOnly), nil }

// UnmarshalText reads YYYY-MM-DD, or that with a time behind it.
func (d *Date) UnmarshalText(b []byte) error {
	v, ok := parseDate(string(b))
	if !ok && len(b) > 0 {
		return cure.Errorf(cure.Invalid, "date %.40q is not like 2024-01-31", b)
	}
	*d = v
	return nil
}

// parseDate reads the day at the beginning of a time.
func parseDate(s string) (Date, bool) {
	if len(s) < len(time.DateOnly) {
		return Date{}, false
	}
	t, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)])
	if err != nil || t.Year() < 1980 || t.Year() > 2200 {
		return Date{}, false
	}
	return Date{t}, true
}

// Year is that of the date, else that of a CVE id, else 0.
func (r *Record) Year() int {
	if !r.Date.IsZero() {
		return r.Date.t.Year()
	}
	year := 0
	if _, err := fmt.Sscanf(r.ID, "CVE-%d-", &year); err != nil {
		return 0
	}
	return year
}

// Append appends the record as one JSON object, without a line end.
func Append(dst []byte, r *Record) ([]byte, error) {
	b, err := json.Marshal(r)
	return append(dst, b...), err
}
