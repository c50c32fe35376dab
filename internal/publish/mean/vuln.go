package mean

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/advisory"
	"github.com/opencure/cure/internal/publish/looks"
)

// Vuln reads published records of vulnerabilities. The CVE carries the labels
// that the publishers gave: weakness (cwe:79), severity (severity:high) and
// products (product:vendor/name, and package:npm/left-pad with the versions that
// are affected, the name that inventories use). What they said is never mixed with what the
// engine "vuln" estimates: that stands in a source of its own.
func Vuln() publish.Publisher {
	return publish.Publisher{
		Name:   "vuln",
		Role:   "vulnerability information",
		Layer:  publish.Meanings,
		Topics: []cure.Topic{cure.TopicTag},
		Formats: []string{
			"CVE record format 5, one record a file or line",
			"NVD API 2.0 and 1.1 feeds up to a megabyte; larger ones by 'cure vuln import'",
			"OSV and GitHub advisories, one record a file or line",
			"lines of 'cure vuln import', which reads JVN (RDF, VULDEF), folders and archives too",
		},
		Marking: cure.Marking{TLP: cure.TLPClear, PAP: cure.PAPClear, Licence: cure.LicencePublic},
		Why:     "published for everybody; CVE and CWE ask for the notice of The MITRE Corporation, NVD for not being named as endorsing",
		Roles: []publish.RoleOf{
			{What: "CVE of a record: listed, in no role; ended when the record is rejected", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "credits, sourceIdentifier", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
		},
		Framing: feed.Objects,
		Shapes:  []looks.Shape{looks.JSON},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &vulnDecoder{}, &vulnFold{source: string(o.Source)}, nil
		},
	}
}

// vulnDecoder turns records into events.
type vulnDecoder struct{ ev publish.Event }

var (
	errNoAdvisory = errors.New("no record of a vulnerability in a known format")
	errNoCVE      = errors.New("the record names no CVE")
)

// Confidence of a label by who gave it.
const (
	byPublisher = 90
	bySecond    = 60
)

// Decode implements publish.Decoder.
func (d *vulnDecoder) Decode(raw []byte, emit func(*publish.Event)) error {
	used, refused := 0, error(nil)
	err := advisory.Parse(raw, func(r advisory.Record) {
		if !d.record(&r) {
			refused = errNoCVE
			return
		}
		used++
		emit(&d.ev)
	}, func(error) { refused = errNoAdvisory })
	switch {
	case err != nil:
		return errNoAdvisory
	case used == 0 && refused != nil:
		return refused
	}
	return nil
}

// record fills in the event; false when the record names no CVE.
func (d *vulnDecoder) record(r *advisory.Record) bool {
	d.ev = publish.Event{
		Attrs: d.ev.Attrs[:0], Annotations: d.ev.Annotations[:0], Observations: d.ev.Observations[:0],
		Kind: "advisory", Time: when(r),
	}
	state := cure.StateListed
	if r.State == advisory.Rejected {
		state = cure.StateEnded
	}
	for _, name := range append([]string{r.ID}, r.Aliases...) {
		o, err := ioc.Canonical(cure.KindCVE, name)
		if err != nil {
			continue
		}
		seen := cure.Observation{Observable: o, State: state, First: d.ev.Time}
		if !r.Date.IsZero() && r.Date.Time().Before(d.ev.Time) {
			seen.First, seen.Last = r.Date.Time(), d.ev.Time // known since it was published
		}
		d.ev.Observations = append(d.ev.Observations, seen)
		if r.State == advisory.Published && len(d.ev.Observations) <= maxCVEs {
			d.labels(o, r)
		}
	}
	if len(d.ev.Observations) == 0 {
		return false
	}
	d.attrs(r)
	key := []string{r.ID}
	for _, a := range d.ev.Attrs {
		key = append(key, a.Name, a.Value)
	}
	d.ev.Key = r.ID + " " + cure.NewID(key...).String() // another version of the record is another record
	return true
}

// maxCVEs bounds how many CVEs of one record get its labels.
const maxCVEs = 16

// labels ties what the record says to a CVE.
func (d *vulnDecoder) labels(o cure.Observable, r *advisory.Record) {
	tie := func(tag string, confidence uint8, sentence string) {
		t, err := ioc.Canonical(cure.KindTag, tag)
		if err != nil {
			return
		}
		for _, a := range d.ev.Annotations {
			if a.Subject == o && a.Tag == t {
				return
			}
		}
		d.ev.Annotations = append(d.ev.Annotations, cure.Annotation{
			Subject: o, Tag: t, Time: d.ev.Time, Confidence: confidence, Sentence: cutText(sentence, maxSentence),
		})
	}
	for _, by := range []struct {
		labels []string
		who    string
		sure   uint8
	}{{r.Weak, r.Labeller, byPublisher}, {r.WeakCNA, "cna", bySecond}, {r.WeakADP, "cisa-adp", bySecond}} {
		for _, w := range by.labels {
			tie("cwe:"+strings.TrimPrefix(w, "CWE-"), by.sure, w+" by "+by.who)
		}
	}
	if r.Score3 > 0 {
		tie("severity:"+band(r.Score3), byPublisher, number(r.Score3)+" "+r.CVSS3)
	}
	for i, p := range r.Products {
		if i == maxProducts {
			break
		}
		name := p.Name
		if p.Vendor != "" {
			name = p.Vendor + "/" + name
		}
		tie("product:"+name, byPublisher, strings.TrimSpace(p.Name+" "+p.Versions))
	}
	for i, a := range r.Affects {
		if !slices.ContainsFunc(r.Affects[:i], func(b advisory.Affected) bool { return b.Package == a.Package }) {
			d.affects(o, r, a.Package)
		}
	}
}

// affects ties a package to a CVE, with all that the record says of its
// versions: "[debian-11] <1.1.1n; [debian-12] <3.0.1".
func (d *vulnDecoder) affects(o cure.Observable, r *advisory.Record, name string) {
	t, err := ioc.Canonical(cure.KindTag, TagPackage+name)
	if err != nil || t.Kind != cure.KindTag {
		return
	}
	var said []string
	size := 0
	for _, a := range r.Affects {
		one := ofRelease(a.Release, a.Range)
		if a.Package != name || size+len(one) > maxTied {
			continue // one that is left out is a release nobody is told of: never a wrong range
		}
		size += len(one) + 2
		said = append(said, one)
	}
	d.ev.Annotations = append(d.ev.Annotations, cure.Annotation{
		Subject: o, Tag: t, Time: d.ev.Time, Confidence: byPublisher, Sentence: strings.Join(said, "; "),
	})
}

// maxProducts bounds the product tags of one CVE.
const maxProducts = 16

// band is the severity word of CVSS v3 and v4.
func band(score float64) string {
	switch {
	case score < 4:
		return "low"
	case score < 7:
		return "medium"
	case score < 9:
		return "high"
	}
	return "critical"
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// attrs keeps the words of the record.
func (d *vulnDecoder) attrs(r *advisory.Record) {
	add := func(name, value string) {
		if value != "" {
			d.ev.Attrs = append(d.ev.Attrs, cure.Attr{Name: name, Value: cutText(value, maxDescription)})
		}
	}
	add("id", r.ID)
	add("title", r.Title)
	add("description", r.Text)
	add("language", r.Language)
	add("state", string(r.State))
	add("published by", r.Source)
	if !r.Date.IsZero() {
		add("published", r.Date.String())
	}
	if !r.Modified.IsZero() {
		add("modified", r.Modified.String())
	}
	if len(r.Weak) > 0 {
		add("weakness", strings.Join(r.Weak, " ")+" ("+r.Labeller+")")
	}
	add("weakness by cna", strings.Join(r.WeakCNA, " "))
	add("weakness by cisa-adp", strings.Join(r.WeakADP, " "))
	add("cvss v4", r.CVSS4)
	add("cvss v3", r.CVSS3)
	add("cvss v2", r.CVSS2)
	if r.Score3 > 0 {
		add("score v3", number(r.Score3))
	}
	if r.Score2 > 0 {
		add("score v2", number(r.Score2))
	}
	add("aliases", strings.Join(r.Aliases, " "))
	for _, p := range r.Products {
		add("product", strings.TrimSpace(p.Vendor+" "+p.Name+" "+p.Versions))
	}
	for i, l := range r.Links {
		if i == maxLinks {
			break
		}
		add("reference", l)
	}
}

// Bounds of the attributes of a record.
const (
	maxDescription = 8 << 10
	maxLinks       = 16
)

// when is the time of a record: last changed, else published, else the
// beginning of the CVE's year.
func when(r *advisory.Record) time.Time {
	switch {
	case !r.Modified.IsZero():
		return r.Modified.Time()
	case !r.Date.IsZero():
		return r.Date.Time()
	case r.Year() >= earliest.Year() && r.Year() < 2200:
		return time.Date(r.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return earliest
}

// vulnFold makes each event a record; it keeps nothing.
type vulnFold struct {
	source string
	rec    cure.Record
}

// Begin implements publish.Fold.
func (f *vulnFold) Begin(publish.Copy) {}

// Add implements publish.Fold.
func (f *vulnFold) Add(ev *publish.Event, emit publish.Emit) {
	r := &f.rec
	*r = cure.Record{
		ID: cure.NewID(f.source, ev.Key), Observations: append(r.Observations[:0], ev.Observations...),
		Annotations: ev.Annotations, Attrs: ev.Attrs, Marking: ev.Marking,
	}
	for i := range r.Observations {
		if r.Observations[i].First.IsZero() {
			r.Observations[i].First = ev.Time
		}
	}
	emit(r)
}

// End implements publish.Fold.
func (f *vulnFold) End(bool, publish.Emit) error { return nil }

// Spill implements publish.Fold.
func (f *vulnFold) Spill(publish.Emit) {}

// Pending implements publish.Fold.
func (f *vulnFold) Pending() int { return 1 }

// AppendState implements publish.Fold: one byte, the version.
func (f *vulnFold) AppendState(dst []byte) []byte { return append(dst, 1) }

// Restore implements publish.Fold.
func (f *vulnFold) Restore(state []byte) error {
	if len(state) > 1 || len(state) == 1 && state[0] != 1 {
		return cure.Errorf(cure.Invalid, "restore state of records: unknown version")
	}
	return nil
}
