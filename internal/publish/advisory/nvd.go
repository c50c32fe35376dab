package advisory

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/opencure/cure/internal/num/version"
	"github.com/opencure/cure/internal/publish/inventory"
)

// text is a description in a language.
type text struct {
	Lang  string `json:"lang"`
	Value string `json:"value"`
}

// english returns the first English text, else the first of all and its
// language.
func english(all []text) (string, string) {
	for _, t := range all {
		if l := strings.ToLower(t.Lang); (l == "en" || strings.HasPrefix(l, "en-") || l == "eng") && t.Value != "" {
			return t.Value, ""
		}
	}
	for _, t := range all {
		if t.Value != "" {
			return t.Value, strings.ToLower(t.Lang)
		}
	}
	return "", ""
}

// scored is the part of a CVSS object that all versions share.
type scored struct {
	Vector string  `json:"vectorString"`
	Score  float64 `json:"baseScore"`
}

// cvss takes over a vector, by its version, unless there is one already.
func (r *Record) cvss(s scored) {
	v := strings.Trim(strings.TrimSpace(s.Vector), "()")
	switch {
	case len(v) > maxField:
	case strings.HasPrefix(v, "CVSS:4."):
		r.CVSS4 = cmp.Or(r.CVSS4, v)
	case strings.HasPrefix(v, "CVSS:3."):
		if r.CVSS3 == "" {
			r.CVSS3, r.Score3 = v, s.Score
		}
	case strings.HasPrefix(v, "AV:"):
		if r.CVSS2 == "" {
			r.CVSS2, r.Score2 = v, s.Score
		}
	}
}

// nvd2 is an element of "vulnerabilities" of the NVD API 2.0.
type nvd2 struct {
	ID           string `json:"id"`
	Published    string `json:"published"`
	Modified     string `json:"lastModified"`
	Status       string `json:"vulnStatus"`
	Descriptions []text `json:"descriptions"`
	Metrics      struct {
		V40 []nvdMetric `json:"cvssMetricV40"`
		V31 []nvdMetric `json:"cvssMetricV31"`
		V30 []nvdMetric `json:"cvssMetricV30"`
		V2  []nvdMetric `json:"cvssMetricV2"`
	} `json:"metrics"`
	Weaknesses []struct {
		Source      string `json:"source"`
		Type        string `json:"type"`
		Description []text `json:"description"`
	} `json:"weaknesses"`
	Configurations []struct {
		Nodes []nvdNode `json:"nodes"`
	} `json:"configurations"`
	References []struct {
		URL string `json:"url"`
	} `json:"references"`
}

type nvdMetric struct {
	Type string `json:"type"`
	Data scored `json:"cvssData"`
}

func parseNVD2(raw json.RawMessage) (Record, error) {
	var in nvd2
	if err := json.Unmarshal(raw, &in); err != nil {
		return Record{}, err
	}
	r := Record{ID: in.ID, Source: "nvd"}
	r.Date, _ = parseDate(in.Published)
	r.Modified, _ = parseDate(in.Modified)
	if strings.EqualFold(in.Status, "Rejected") {
		r.State = Rejected
	}
	r.Text, r.Language = english(in.Descriptions)
	for _, list := range [][]nvdMetric{in.Metrics.V40, in.Metrics.V31, in.Metrics.V30, in.Metrics.V2} {
		for _, kind := range []string{"Primary", "Secondary", ""} {
			for _, m := range list {
				if m.Type == kind {
					r.cvss(m.Data)
				}
			}
		}
	}
	for _, w := range in.Weaknesses {
		own := strings.HasPrefix(w.Source, "nvd@")
		for _, d := range w.Description {
			if own {
				r.Weak = appendWeak(r.Weak, d.Value)
			} else {
				r.WeakCNA = appendWeak(r.WeakCNA, d.Value)
			}
		}
	}
	r.label("nvd")
	for _, c := range in.Configurations {
		r.nodes(c.Nodes)
	}
	for _, l := range in.References {
		r.link(l.URL)
	}
	return r, nil
}

// label makes the authority's labels the main ones where its publisher gave
// none of its own.
func (r *Record) label(publisher string) {
	switch {
	case len(r.Weak) > 0:
		r.Labeller = publisher
	case len(r.WeakCNA) > 0:
		r.Weak, r.Labeller = r.WeakCNA, "cna"
	case len(r.WeakADP) > 0:
		r.Weak, r.Labeller = r.WeakADP, "cisa-adp"
	}
}

// nvdNode is a node of a configuration, of both formats of the NVD.
type nvdNode struct {
	Match    []nvdMatch `json:"cpeMatch"`
	Match11  []nvdMatch `json:"cpe_match"`
	Children []nvdNode  `json:"children"`
}

type nvdMatch struct {
	Vulnerable bool   `json:"vulnerable"`
	Criteria   string `json:"criteria"`
	URI        string `json:"cpe23Uri"`
	StartIn    string `json:"versionStartIncluding"`
	StartEx    string `json:"versionStartExcluding"`
	EndIn      string `json:"versionEndIncluding"`
	EndEx      string `json:"versionEndExcluding"`
}

// nodes takes over the vulnerable products of a configuration. JSON bounds
// the depth of children.
func (r *Record) nodes(nodes []nvdNode) {
	for _, n := range nodes {
		for _, m := range append(n.Match, n.Match11...) {
			if m.Vulnerable {
				r.cpe(m)
			}
		}
		r.nodes(n.Children)
	}
}

// cpe takes over a product named by a CPE 2.3 formatted string.
func (r *Record) cpe(m nvdMatch) {
	part := inventory.SplitCPE(cmp.Or(m.Criteria, m.URI))
	if len(part) < 6 || part[0] != "cpe" {
		return
	}
	var span []string
	for _, b := range []struct{ sign, version string }{
		{">= ", m.StartIn}, {"> ", m.StartEx}, {"<= ", m.EndIn}, {"< ", m.EndEx},
	} {
		if b.version != "" {
			span = append(span, b.sign+b.version)
		}
	}
	if v := part[5]; span == nil && v != "*" && v != "-" {
		span = []string{v}
	}
	r.product(Product{part[3], part[4], strings.Join(span, ", ")})
	in := version.Span{Low: cmp.Or(m.StartIn, m.StartEx), Open: m.StartEx != "", High: cmp.Or(m.EndIn, m.EndEx), Shut: m.EndIn != ""}
	if v := part[5]; in == (version.Span{}) && v != "*" {
		if len(part) > 6 && part[6] != "*" && part[6] != "-" {
			v += "-" + part[6]
		}
		in = version.Exactly(v)
	}
	r.affect(cpeName(part[3], part[4]), "", version.Range{in}, in.Valid())
}

// nvd11 is an element of "CVE_Items" of the NVD 1.1 feeds.
type nvd11 struct {
	CVE struct {
		Meta struct {
			ID string `json:"ID"`
		} `json:"CVE_data_meta"`
		Problem struct {
			Data []struct {
				Description []text `json:"description"`
			} `json:"problemtype_data"`
		} `json:"problemtype"`
		References struct {
			Data []struct {
				URL string `json:"url"`
			} `json:"reference_data"`
		} `json:"references"`
		Description struct {
			Data []text `json:"description_data"`
		} `json:"description"`
	} `json:"cve"`
	Configurations struct {
		Nodes []nvdNode `json:"nodes"`
	} `json:"configurations"`
	Impact struct {
		V3 struct {
			Data scored `json:"cvssV3"`
		} `json:"baseMetricV3"`
		V2 struct {
			Data scored `json:"cvssV2"`
		} `json:"baseMetricV2"`
	} `json:"impact"`
	Published string `json:"publishedDate"`
	Modified  string `json:"lastModifiedDate"`
}

func parseNVD11(raw json.RawMessage) (Record, error) {
	var in nvd11
	if err := json.Unmarshal(raw, &in); err != nil {
		return Record{}, err
	}
	r := Record{ID: in.CVE.Meta.ID, Source: "nvd"}
	r.Date, _ = parseDate(in.Published)
	r.Modified, _ = parseDate(in.Modified)
	r.Text, r.Language = english(in.CVE.Description.Data)
	if strings.HasPrefix(r.Text, "** REJECT **") {
		r.State = Rejected
	}
	r.cvss(in.Impact.V3.Data)
	r.cvss(in.Impact.V2.Data)
	for _, p := range in.CVE.Problem.Data {
		for _, d := range p.Description {
			r.Weak = appendWeak(r.Weak, d.Value)
		}
	}
	r.label("nvd")
	r.nodes(in.Configurations.Nodes)
	for _, l := range in.CVE.References.Data {
		r.link(l.URL)
	}
	return r, nil
}
