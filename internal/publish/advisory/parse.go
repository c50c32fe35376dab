package advisory

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/opencure/cure"
)

// The limits of a record.
const (
	maxRecord = 8 << 20   // bytes of one, as published
	maxText   = 256 << 10 // bytes of its text; what is behind is left out
	maxField  = 512       // bytes of an id, a name, a vector
	maxList   = 64        // entries of a list; the rest is left out
)

// Parse reads one JSON object that holds one record or many, in any of the
// formats. refuse is called for each element that cannot be used; the error is
// for an object that is nothing of all this.
func Parse(raw []byte, emit func(Record), refuse func(error)) error {
	if len(raw) > maxRecord {
		return cure.Errorf(cure.Invalid, "a record of %d bytes, want at most %d", len(raw), maxRecord)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return cure.Errorf(cure.Invalid, "not a JSON object: %w", err)
	}
	for name := range lists {
		if list, ok := keys[name]; ok {
			var all []json.RawMessage
			if err := json.Unmarshal(list, &all); err != nil {
				return cure.Errorf(cure.Invalid, "%q is no list", name)
			}
			for _, one := range all {
				if err := parseOne(one, emit, refuse); err != nil {
					refuse(err)
				}
			}
			return nil
		}
	}
	return parseKeys(raw, keys, emit, refuse)
}

// lists are the names under which formats hold many records.
var lists = map[string]bool{"vulnerabilities": true, "CVE_Items": true, "vulns": true}

func parseOne(raw json.RawMessage, emit func(Record), refuse func(error)) error {
	if len(raw) > maxRecord {
		return cure.Errorf(cure.Invalid, "a record of %d bytes, want at most %d", len(raw), maxRecord)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return cure.Errorf(cure.Invalid, "not a JSON object: %w", err)
	}
	return parseKeys(raw, keys, emit, refuse)
}

// parseKeys tells the formats apart by the names of their fields.
func parseKeys(raw json.RawMessage, keys map[string]json.RawMessage, emit func(Record), refuse func(error)) error {
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { _, ok := keys[n]; return !ok })
	}
	var r Record
	var err error
	switch {
	case has("cveMetadata"):
		r, err = parseCVE5(raw)
	case has("cve") && (has("impact") || has("publishedDate") || has("configurations")):
		r, err = parseNVD11(raw)
	case has("cve"):
		r, err = parseNVD2(keys["cve"])
	case has("id", "descriptions"):
		r, err = parseNVD2(raw)
	case has("id", "desc"), has("id", "state"), has("id", "src"):
		err = json.Unmarshal(raw, &r)
	case has("id", "modified"), has("id", "details"), has("id", "affected"):
		r, err = parseOSV(raw)
	default:
		return cure.Errorf(cure.Invalid, "an object of none of the formats NVD, CVE 5, OSV or our own lines")
	}
	if err != nil {
		return cure.Errorf(cure.Invalid, "read record: %w", err)
	}
	accept(r, emit, refuse)
	return nil
}

// tidy brings a record within its limits; the error says why it is none.
func (r *Record) tidy() error {
	r.ID = strings.TrimSpace(r.ID)
	if r.ID == "" || len(r.ID) > 128 || strings.ContainsFunc(r.ID, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return cure.Errorf(cure.Invalid, "a record without a usable id")
	}
	if r.State == Published && (strings.HasPrefix(r.Text, "** REJECT **") || strings.HasPrefix(r.Text, "Rejected reason:")) {
		r.State = Rejected
	}
	if r.State == Published && strings.HasPrefix(r.Text, "** RESERVED **") {
		r.State = Reserved
	}
	if r.Text == "" && r.Title == "" && r.State == Published {
		return cure.Errorf(cure.Invalid, "%s has no text", r.ID)
	}
	r.Text, r.Title = bounded(r.Text, maxText), bounded(r.Title, maxField)
	r.Weak, r.WeakCNA, r.WeakADP = weakOnly(r.Weak), weakOnly(r.WeakCNA), weakOnly(r.WeakADP)
	r.Aliases = r.Aliases[:min(len(r.Aliases), maxList)]
	r.Products = r.Products[:min(len(r.Products), maxList)]
	r.Links = r.Links[:min(len(r.Links), maxList)]
	r.tidyAffects()
	r.Score2, r.Score3 = inRange(r.Score2), inRange(r.Score3)
	return nil
}

func inRange(score float64) float64 {
	if score >= 0 && score <= 10 {
		return score
	}
	return 0
}

// bounded makes a text valid UTF-8 of at most n bytes.
func bounded(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// appendWeak appends the label of a claim like "CWE-79" or "CWE-79: Cross-site
// scripting", once. Words without a number ("NVD-CWE-Other", "n/a") are none.
func appendWeak(to []string, claim string) []string {
	at := strings.Index(strings.ToUpper(claim), "CWE-")
	if at < 0 {
		return to
	}
	end := at + 4
	for end < len(claim) && '0' <= claim[end] && claim[end] <= '9' {
		end++
	}
	label := "CWE-" + claim[at+4:end]
	if end == at+4 || end > at+9 || len(to) == maxList || slices.Contains(to, label) {
		return to
	}
	return append(to, label)
}

func weakOnly(labels []string) []string {
	var kept []string
	for _, l := range labels {
		kept = appendWeak(kept, l)
	}
	return kept
}

// product takes over a product, once; versions of the same are put together.
func (r *Record) product(p Product) {
	p = Product{bounded(p.Vendor, maxField), bounded(p.Name, maxField), bounded(p.Versions, maxField)}
	if p.Name == "" || p.Name == "n/a" {
		return
	}
	for i := range r.Products {
		old := &r.Products[i]
		if old.Vendor == p.Vendor && old.Name == p.Name {
			if p.Versions != "" && len(old.Versions)+len(p.Versions) < maxField && !strings.Contains(old.Versions, p.Versions) {
				old.Versions = strings.TrimPrefix(old.Versions+"; "+p.Versions, "; ")
			}
			return
		}
	}
	if len(r.Products) < maxList {
		r.Products = append(r.Products, p)
	}
}

// link takes over a reference, once.
func (r *Record) link(url string) {
	if url != "" && len(url) <= 2048 && len(r.Links) < maxList && !slices.Contains(r.Links, url) {
		r.Links = append(r.Links, strings.ToValidUTF8(url, "\uFFFD"))
	}
}
