package advisory

import (
	"cmp"
	"encoding/json"
	"strings"
)

// cve5 is a CVE record of format 5.
type cve5 struct {
	Meta struct {
		ID        string `json:"cveId"`
		State     string `json:"state"`
		Published string `json:"datePublished"`
		Updated   string `json:"dateUpdated"`
	} `json:"cveMetadata"`
	Containers struct {
		CNA container   `json:"cna"`
		ADP []container `json:"adp"`
	} `json:"containers"`
}

// container is what one publisher says in a CVE record.
type container struct {
	Title        string `json:"title"`
	Descriptions []text `json:"descriptions"`
	Rejected     []text `json:"rejectedReasons"`
	Affected     []struct {
		Vendor     string       `json:"vendor"`
		Product    string       `json:"product"`
		Package    string       `json:"packageName"`
		PURL       string       `json:"packageURL"`
		Collection string       `json:"collectionURL"`
		Otherwise  string       `json:"defaultStatus"`
		Versions   []cveVersion `json:"versions"`
	} `json:"affected"`
	Problems []struct {
		Descriptions []struct {
			CWE         string `json:"cweId"`
			Description string `json:"description"`
		} `json:"descriptions"`
	} `json:"problemTypes"`
	Metrics []struct {
		V40 *scored `json:"cvssV4_0"`
		V31 *scored `json:"cvssV3_1"`
		V30 *scored `json:"cvssV3_0"`
		V20 *scored `json:"cvssV2_0"`
	} `json:"metrics"`
	References []struct {
		URL string `json:"url"`
	} `json:"references"`
}

func parseCVE5(raw json.RawMessage) (Record, error) {
	var in cve5
	if err := json.Unmarshal(raw, &in); err != nil {
		return Record{}, err
	}
	r := Record{ID: in.Meta.ID, Source: "cve"}
	r.Date, _ = parseDate(in.Meta.Published)
	r.Modified, _ = parseDate(in.Meta.Updated)
	switch strings.ToUpper(in.Meta.State) {
	case "REJECTED":
		r.State = Rejected
	case "RESERVED":
		r.State = Reserved
	}
	cna := &in.Containers.CNA
	r.Title = strings.TrimSpace(cna.Title)
	r.Text, r.Language = english(cna.Descriptions)
	if r.Text == "" && r.State == Rejected {
		r.Text, r.Language = english(cna.Rejected)
	}
	r.WeakCNA = cna.weaknesses(nil)
	r.metrics(cna)
	for i := range in.Containers.ADP {
		r.WeakADP = in.Containers.ADP[i].weaknesses(r.WeakADP)
		r.metrics(&in.Containers.ADP[i])
	}
	r.label("")
	for _, a := range cna.Affected {
		var spans []string
		for _, v := range a.Versions {
			if v.Status != "affected" || len(spans) == 8 {
				continue
			}
			switch {
			case v.Below != "":
				spans = append(spans, v.Version+" to < "+v.Below)
			case v.UpToThis != "":
				spans = append(spans, v.Version+" to "+v.UpToThis)
			default:
				spans = append(spans, v.Version)
			}
		}
		r.product(Product{a.Vendor, cmp.Or(a.Product, a.Package), strings.Join(spans, ", ")})
		versions, known := cveSpans(a.Versions, a.Otherwise)
		r.affect(cmp.Or(purlName(a.PURL), registryName(a.Collection, a.Package)), "", versions, known)
		r.affect(cpeName(a.Vendor, cmp.Or(a.Product, a.Package)), "", versions, known)
	}
	for _, l := range cna.References {
		r.link(l.URL)
	}
	return r, nil
}

func (c *container) weaknesses(to []string) []string {
	for _, p := range c.Problems {
		for _, d := range p.Descriptions {
			to = appendWeak(to, cmp.Or(d.CWE, d.Description))
		}
	}
	return to
}

func (r *Record) metrics(c *container) {
	for _, m := range c.Metrics {
		for _, s := range []*scored{m.V40, m.V31, m.V30, m.V20} {
			if s != nil {
				r.cvss(*s)
			}
		}
	}
}
