package observe

import (
	"encoding/csv"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
)

// Malsites reads what was found on sites that hand out malware: when they were
// up, which files they gave, and what a sandbox saw of those. Everything comes
// from somebody who looked: nothing is fetched here.
//
// A site is a record that grows: each change (up, down, another file) is a
// point of its life curve. A report of a sandbox is the record of its file.
func Malsites() publish.Publisher {
	return publish.Publisher{
		Name:   "malsites",
		Role:   "CHORUS",
		Layer:  publish.Observations,
		Topics: []cure.Topic{cure.TopicIP, cure.TopicDomain, cure.TopicHash},
		Formats: []string{
			"OpenCURE site log, version 1 (docs/formats/malsites.schema.json), one object a line",
			"URLhaus database dumps (CSV, JSON), collected payloads (CSV), answers about a URL (JSON)",
			"MalwareBazaar exports (CSV), answers about samples (JSON)",
			"CAPE and Cuckoo 2 report.json, up to 32 MiB",
		},
		Marking: cure.Marking{TLP: cure.TLPGreen, PAP: cure.PAPAmber, Licence: cure.LicenceMembers},
		Why:     "names sites that may be up; whoever asks them tells the attacker, and lists have terms of their own",
		Roles: []publish.RoleOf{
			{What: "URL that gives malware, with its host", Role: cure.RoleLoader},
			{What: "file from there, or in a sandbox", Role: cure.RoleTool},
			{What: "server in the configuration that a sandbox took out of a file", Role: cure.RoleC2},
			{What: "what a file talked to in a sandbox otherwise", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "reporter", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
			{Field: "file_name", Mask: "dropped", Purpose: "not kept: names of victims stand in it", Retention: "not kept"},
		},
		Framing: feed.Objects,
		Secret:  []string{"reporter", "file_name", `"name"`, `","`, `", "`},
		Shapes:  []looks.Shape{looks.JSON, looks.Table},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &malsites{zone: o.Zone}, newSites(o.Source), nil
		},
	}
}

// malsites decodes lines of CSV and objects.
type malsites struct {
	zone *time.Location
	ev   publish.Event
}

var errNoSite = errors.New("not a line or object of a known list of sites, files or reports")

// Shape implements publish.Shaper.
func (d *malsites) Shape(f *feed.File) error {
	f.Objects(feed.MaxLarge)
	return nil
}

// site is what is said of a URL at one time, or of a file when URL is "".
type site struct {
	at, last string // when; last time it was up
	url      string
	status   string // online, offline
	hashes   []string
	family   string // of the file
	threat   string
	tags     string
	kind     string // type of the file
	address  string
	cut      string // what is left out
}

// Decode implements publish.Decoder.
func (d *malsites) Decode(raw []byte, emit func(*publish.Event)) error {
	line := strings.TrimSpace(strings.ToValidUTF8(string(raw), "\uFFFD"))
	switch {
	case line == "", line[0] == '#':
		return nil
	case line[0] == '{':
		return d.object(raw, emit)
	case strings.HasPrefix(line, `"data":`), strings.Trim(line, "}] ,") == "":
		return nil
	}
	r := csv.NewReader(strings.NewReader(line))
	r.TrimLeadingSpace, r.LazyQuotes = true, true
	cells, err := r.Read()
	if err != nil {
		return errNoSite
	}
	for i := range cells {
		if cells[i] = strings.TrimSpace(cells[i]); strings.EqualFold(cells[i], "n/a") || cells[i] == "None" {
			cells[i] = ""
		}
	}
	switch {
	case cells[0] == "id" || strings.HasPrefix(cells[0], "first"): // a header without its mark
		return nil
	case len(cells) >= 8 && digitsOnly(cells[0]):
		return d.site(site{at: cells[1], url: cells[2], status: cells[3], last: cells[4], threat: cells[5], tags: cells[6]}, emit)
	case len(cells) >= 9 && len(cells[1]) == 64:
		return d.site(site{at: cells[0], hashes: cells[1:4], kind: cells[6], family: cells[8]}, emit)
	case len(cells) >= 6 && strings.Contains(cells[1], "://"):
		return d.site(site{at: cells[0], url: cells[1], kind: cells[2], hashes: []string{cells[4], cells[3]}, family: cells[5], status: "online"}, emit)
	}
	return errNoSite
}

func digitsOnly(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// siteObject is what the JSON forms have between them. Unknown members are
// passed over without being kept.
type siteObject struct {
	Version *int   `json:"malsites"`
	Time    string `json:"time"`
	Status  string `json:"status"`
	SHA256  string `json:"sha256"`
	MD5     string `json:"md5"`
	Type    string `json:"type"`
	IP      string `json:"ip"`
	Family  string `json:"family"`

	URL        string         `json:"url"`
	Added      string         `json:"dateadded"`
	AddedAlso  string         `json:"date_added"`
	URLStatus  string         `json:"url_status"`
	LastOnline string         `json:"last_online"`
	Threat     string         `json:"threat"`
	Tags       jsontext.Value `json:"tags"` // a list, where they are URLhaus'
	Payloads   []sitePayload  `json:"payloads"`

	FirstSeen  string       `json:"first_seen"`
	SHA256Hash string       `json:"sha256_hash"`
	SHA1Hash   string       `json:"sha1_hash"`
	MD5Hash    string       `json:"md5_hash"`
	FileType   string       `json:"file_type"`
	Signature  string       `json:"signature"`
	Data       []siteObject `json:"data"`
	URLs       []siteObject `json:"urls"`

	sandboxReport
}

// tags returns those of a list, "" where there is none.
func (o *siteObject) tags() string {
	var list []string
	_ = json.Unmarshal(o.Tags, &list, lenientList) // of another form there are none
	return strings.Join(list, ",")
}

type sitePayload struct {
	FirstSeen string `json:"firstseen"`
	FileType  string `json:"file_type"`
	SHA256    string `json:"response_sha256"`
	MD5       string `json:"response_md5"`
	Signature string `json:"signature"`
}

// object reads one JSON object.
func (d *malsites) object(raw []byte, emit func(*publish.Event)) error {
	var o siteObject
	if err := json.Unmarshal(raw, &o, lenientList); err != nil {
		return d.dump(raw, emit)
	}
	if n, err := d.objects(append(o.Data, o.URLs...), emit); n > 0 || err != nil {
		return err
	}
	err := d.one(&o, emit)
	if err == errNoSite {
		return d.dump(raw, emit)
	}
	return err
}

// objects reads the objects of a list. Its broken ones are left out, unless
// all are.
func (d *malsites) objects(list []siteObject, emit func(*publish.Event)) (good int, err error) {
	for i := range list {
		if e := d.one(&list[i], emit); e == nil {
			good++
		} else {
			err = e
		}
	}
	if good > 0 {
		err = nil
	}
	return good, err
}

// dump reads URLhaus' dump: lists of one object by number.
func (d *malsites) dump(raw []byte, emit func(*publish.Event)) error {
	var lists map[string][]siteObject
	if json.Unmarshal(raw, &lists, lenientList) != nil {
		return errNoSite
	}
	good := 0
	for _, id := range sortedKeys(lists) {
		if n, _ := d.objects(lists[id], emit); n > 0 {
			good += n
		}
	}
	if good == 0 {
		return errNoSite
	}
	return nil
}

// one reads an object of whatever form.
func (d *malsites) one(o *siteObject, emit func(*publish.Event)) error {
	switch {
	case o.Version != nil:
		return d.site(site{at: o.Time, url: o.URL, status: o.Status, hashes: []string{o.SHA256, o.MD5}, family: o.Family, kind: o.Type, address: o.IP}, emit)
	case o.Target.File.SHA256 != "":
		return d.sandbox(&o.sandboxReport, emit)
	case o.SHA256Hash != "":
		return d.site(site{at: o.FirstSeen, hashes: []string{o.SHA256Hash, o.SHA1Hash, o.MD5Hash}, family: o.Signature, kind: o.FileType}, emit)
	case o.URL != "" && o.Added+o.AddedAlso != "":
		first := site{at: o.Added + o.AddedAlso, last: o.LastOnline, url: o.URL, status: o.URLStatus, threat: o.Threat, tags: o.tags()}
		if n := len(o.Payloads); n > maxFound {
			first.cut, o.Payloads = strconv.Itoa(maxFound)+" of "+strconv.Itoa(n)+" files", o.Payloads[:maxFound]
		}
		if err := d.site(first, emit); err != nil {
			return err
		}
		for _, p := range o.Payloads {
			s := site{at: p.FirstSeen, url: o.URL, status: "online", hashes: []string{p.SHA256, p.MD5}, family: p.Signature, kind: p.FileType}
			if len(s.at) == len(time.DateOnly) {
				s.at += " 00:00:00"
			}
			if err := d.site(s, emit); err != nil {
				return err
			}
		}
		return nil
	}
	return errNoSite
}

// site makes an event of what is said of one URL or file.
func (d *malsites) site(s site, emit func(*publish.Event)) error {
	at, err := siteTime(s.at, d.zone)
	if err != nil {
		return err
	}
	reset(&d.ev)
	ev := &d.ev
	ev.Time, ev.Kind = at, "file"
	attr(ev, "cut", s.cut)
	if s.url != "" {
		if !observe(ev, cure.KindURL, s.url, cure.RoleLoader) {
			return errNoSite
		}
		ev.Kind, ev.Key = "site", ev.Observations[0].Observable.Value
		if last, err := siteTime(s.last, d.zone); err == nil && last.After(at) {
			ev.Observations[0].Last = last
		}
		observe(ev, cure.KindIP, s.address, cure.RoleLoader)
	}
	found := len(ev.Observations)
	for _, h := range s.hashes {
		if h != emptySHA256 {
			observe(ev, cure.KindHash, h, cure.RoleTool)
		}
	}
	if len(ev.Observations) == 0 {
		return errNoSite
	}
	if ev.Key == "" {
		ev.Key = ev.Observations[0].Observable.Value
	}
	attr(ev, "threat", s.threat)
	attr(ev, "tags", s.tags)
	attr(ev, "file_type", s.kind)
	first := ""
	if found < len(ev.Observations) {
		first = ev.Observations[found].Observable.Value
		family(ev, ev.Observations[found].Observable, s.family)
	}
	ev.To = strings.TrimSpace(strings.ToLower(s.status) + " " + first)
	emit(ev)
	return nil
}

// siteTime reads a time; lists give UTC and say so in words, or not at all.
func siteTime(s string, zone *time.Location) (time.Time, error) {
	if utc, ok := strings.CutSuffix(s, " UTC"); ok {
		s, zone = utc, time.UTC
	}
	return publish.ParseTime([]byte(s), zone)
}

// familyConfidence is that of a name somebody else gave a file.
const familyConfidence = 60

// family ties a file to the malware it was called.
func family(ev *publish.Event, file cure.Observable, name string) {
	if name == "" || len(name) > 64 {
		return
	}
	if tag, err := ioc.Canonical(cure.KindTag, "malware:"+strings.ToLower(name)); err == nil {
		ev.Annotations = append(ev.Annotations, cure.Annotation{Subject: file, Tag: tag, Confidence: familyConfidence, Sentence: "called " + name})
	}
}
