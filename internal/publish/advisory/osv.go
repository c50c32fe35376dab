package advisory

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/opencure/cure/internal/num/version"
)

// osv is a record of the OSV schema; GitHub's advisories are such records.
type osv struct {
	ID        string   `json:"id"`
	Published string   `json:"published"`
	Modified  string   `json:"modified"`
	Withdrawn string   `json:"withdrawn"`
	Aliases   []string `json:"aliases"`
	Summary   string   `json:"summary"`
	Details   string   `json:"details"`
	Severity  []struct {
		Type  string `json:"type"`
		Score string `json:"score"`
	} `json:"severity"`
	Affected []struct {
		Package struct {
			Ecosystem string `json:"ecosystem"`
			Name      string `json:"name"`
			PURL      string `json:"purl"`
		} `json:"package"`
		Ranges   []osvRange `json:"ranges"`
		Versions []string   `json:"versions"`
	} `json:"affected"`
	References []struct {
		URL string `json:"url"`
	} `json:"references"`
	Database struct {
		CWE []string `json:"cwe_ids"`
	} `json:"database_specific"`
}

func parseOSV(raw json.RawMessage) (Record, error) {
	var in osv
	if err := json.Unmarshal(raw, &in); err != nil {
		return Record{}, err
	}
	r := Record{ID: in.ID, Source: "osv", Title: in.Summary, Text: in.Details}
	if r.Text == "" {
		r.Text = in.Summary
	}
	r.Date, _ = parseDate(in.Published)
	r.Modified, _ = parseDate(in.Modified)
	if in.Withdrawn != "" {
		r.State = Rejected
	}
	for _, a := range in.Aliases {
		if len(a) <= maxField && len(r.Aliases) < maxList {
			r.Aliases = append(r.Aliases, a)
		}
	}
	for _, s := range in.Severity {
		r.cvss(scored{Vector: s.Score})
	}
	for _, c := range in.Database.CWE {
		r.Weak = appendWeak(r.Weak, c)
	}
	who := "osv"
	if strings.HasPrefix(r.ID, "GHSA-") {
		who, r.Source = "ghsa", "ghsa"
	}
	r.label(who)
	for _, a := range in.Affected {
		var spans []string
		var versions version.Range
		known := true
		for _, g := range a.Ranges {
			part, ok := g.spans()
			versions, known = append(versions, part...), known && ok
			for _, e := range g.Events {
				spans = append(spans, event(e)...)
			}
		}
		r.product(Product{a.Package.Ecosystem, a.Package.Name, strings.Join(spans[:min(len(spans), 16)], ", ")})
		if len(versions) == 0 {
			versions = exactly(a.Versions)
		}
		name, release := osvName(a.Package.Ecosystem, a.Package.Name, a.Package.PURL)
		r.affect(name, release, versions, known && len(versions) > 0)
	}
	for _, l := range in.References {
		r.link(l.URL)
	}
	return r, nil
}

// event says what an event of a range means for versions.
func event(e map[string]string) (spans []string) {
	for name, sign := range map[string]string{"introduced": ">= ", "fixed": "< ", "last_affected": "<= "} {
		if v := e[name]; v != "" && v != "0" {
			spans = append(spans, sign+v)
		}
	}
	slices.Sort(spans)
	return spans
}
