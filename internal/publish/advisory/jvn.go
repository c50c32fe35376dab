package advisory

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// vulinfo is an entry of a VULDEF document of JVN iPedia.
type vulinfo struct {
	ID   string `xml:"VulinfoID"`
	Data struct {
		Title       string `xml:"Title"`
		Description string `xml:"VulinfoDescription>Overview"`
		Affected    []struct {
			Vendor  string   `xml:"Name"`
			Product string   `xml:"ProductName"`
			Version []string `xml:"VersionNumber"`
		} `xml:"Affected>AffectedItem"`
		CVSS []struct {
			Base   string `xml:"Base"`
			Vector string `xml:"Vector"`
		} `xml:"Impact>Cvss"`
		Related []struct {
			Type string `xml:"type,attr"`
			ID   string `xml:"VulinfoID"`
			URL  string `xml:"URL"`
		} `xml:"Related>RelatedItem"`
		Published string `xml:"DatePublic"`
		Updated   string `xml:"DateLastUpdated"`
	} `xml:"VulinfoData"`
}

// rdfItem is an item of the JVN RDF feed.
type rdfItem struct {
	Title       string `xml:"title"`
	Link        string `xml:"link"`
	Description string `xml:"description"`
	ID          string `xml:"identifier"`
	References  []struct {
		Source string `xml:"source,attr"`
		ID     string `xml:"id,attr"`
		Title  string `xml:"title,attr"`
		URL    string `xml:",chardata"`
	} `xml:"references"`
	CPE []struct {
		Version string `xml:"version,attr"`
		Vendor  string `xml:"vendor,attr"`
		Product string `xml:"product,attr"`
	} `xml:"cpe"`
	CVSS []struct {
		Score  string `xml:"score,attr"`
		Vector string `xml:"vector,attr"`
	} `xml:"cvss"`
	Language string `xml:"language"`
	Issued   string `xml:"issued"`
	Modified string `xml:"modified"`
}

// readJVN reads VULDEF documents and RDF feeds, one entry after another.
func readJVN(r *meter, emit func(Record), refuse func(error)) error {
	d := xml.NewDecoder(r)
	language := "ja"
	for {
		r.fill()
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "VULDEF-Document", "RDF":
			for _, a := range start.Attr {
				if a.Name.Local == "lang" {
					language = a.Value
				}
			}
		case "Vulinfo":
			var in vulinfo
			if err := d.DecodeElement(&in, &start); err != nil {
				return err
			}
			accept(in.record(language), emit, refuse)
		case "item":
			var in rdfItem
			if err := d.DecodeElement(&in, &start); err != nil {
				return err
			}
			accept(in.record(language), emit, refuse)
		}
	}
}

// accept hands on a record that says something.
func accept(r Record, emit func(Record), refuse func(error)) {
	if err := r.tidy(); err != nil {
		refuse(err)
		return
	}
	emit(r)
}

func (v *vulinfo) record(language string) Record {
	r := Record{ID: v.ID, Source: "jvn", Title: strings.TrimSpace(v.Data.Title), Text: strings.TrimSpace(v.Data.Description)}
	r.speaks(language)
	r.Date, _ = parseDate(v.Data.Published)
	r.Modified, _ = parseDate(v.Data.Updated)
	for _, c := range v.Data.CVSS {
		r.cvss(scored{c.Vector, number(c.Base)})
	}
	for _, a := range v.Data.Affected {
		r.product(Product{strings.TrimSpace(a.Vendor), strings.TrimSpace(a.Product), strings.Join(a.Version, ", ")})
	}
	for _, l := range v.Data.Related {
		r.related(l.ID)
		r.link(strings.TrimSpace(l.URL))
	}
	r.label("jvn")
	return r
}

func (i *rdfItem) record(language string) Record {
	r := Record{ID: strings.TrimSpace(i.ID), Source: "jvn", Title: strings.TrimSpace(i.Title), Text: strings.TrimSpace(i.Description)}
	if i.Language != "" {
		language = strings.TrimSpace(i.Language)
	}
	r.speaks(language)
	r.Date, _ = parseDate(i.Issued)
	r.Modified, _ = parseDate(i.Modified)
	for _, c := range i.CVSS {
		r.cvss(scored{c.Vector, number(c.Score)})
	}
	for _, c := range i.CPE {
		r.product(Product{c.Vendor, c.Product, c.Version})
	}
	r.link(strings.TrimSpace(i.Link))
	for _, l := range i.References {
		r.related(l.ID)
		r.link(strings.TrimSpace(l.URL))
	}
	r.label("jvn")
	return r
}

// related takes over an id that a JVN entry refers to: a weakness or another
// name of the vulnerability.
func (r *Record) related(id string) {
	id = strings.TrimSpace(id)
	switch {
	case strings.HasPrefix(id, "CWE-"):
		r.Weak = appendWeak(r.Weak, id)
	case strings.HasPrefix(id, "CVE-") && len(id) <= maxField && len(r.Aliases) < maxList:
		r.Aliases = append(r.Aliases, id)
	}
}

// speaks notes the language of the text; English is not noted.
func (r *Record) speaks(language string) {
	language = strings.ToLower(language)
	if language != "en" && !strings.HasPrefix(language, "en-") {
		r.Language = language[:min(len(language), 16)]
	}
}

// number reads a score, 0 where there is none.
func number(s string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || v < 0 || v > 10 {
		return 0
	}
	return v
}
