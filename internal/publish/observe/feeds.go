package observe

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
)

// Feeds reads lists of indicators. What a list is, how it is written and what
// its entries mean is a publish.Definition; see [Definitions].
func Feeds() publish.Publisher {
	return publish.Publisher{
		Name:   "feeds",
		Role:   "EXIST",
		Layer:  publish.Observations,
		Topics: []cure.Topic{cure.TopicIP, cure.TopicDomain, cure.TopicHash},
		Formats: []string{
			"one value a line; hosts files", "CSV (RFC 4180, one line a row), TSV, cells between any separator; columns of bit masks",
			"JSON by path, with nested lists; JSON lines", "running text; RSS, Atom, JSON Feed",
			"MISP events (a feed's, or single files)", "STIX 2.1 bundles, and collections of TAXII 2.1 servers",
		},
		Marking: cure.Marking{TLP: cure.TLPGreen, PAP: cure.PAPClear, Licence: cure.LicenceInternal},
		Why: "a list whose terms nobody has read does not leave the organisation; " +
			"a definition that names its licence says what its list may do",
		Roles: []publish.RoleOf{
			{What: "entry of ipsum and ip-multi-source", Role: cure.RoleInfected},
			{What: "entry of another feed: what its definition says", Role: cure.RoleUnknown},
			{What: "MISP attribute without to_ids; STIX object that no indicator is based on", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "entry", Mask: "none", Purpose: "the observable, published by its list", Retention: "until the list ends it, then as the source"},
			{Field: "attributes that a definition names (an account, a comment)", Mask: "none", Purpose: "who said it, to judge it", Retention: "as the entry"},
		},
		Framing: feed.Lines,
		Copies:  true,
		Shapes:  []looks.Shape{looks.JSON, looks.Text, looks.XML},
		New:     newFeed,
	}
}

func newFeed(o publish.Options) (publish.Decoder, publish.Fold, error) {
	def := o.Feed
	if def == nil {
		d, err := Definition(o.Source.Instance())
		if err != nil {
			return nil, nil, err
		}
		def = &d
	}
	if err := def.Check(); err != nil {
		return nil, nil, err
	}
	return newFeedDecoder(def), publish.NewList(def), nil
}

// newFeedDecoder returns the decoder of the definition's format.
func newFeedDecoder(def *publish.Definition) publish.Decoder {
	switch def.Format {
	case publish.FormatJSON:
		return newRecords(def)
	case publish.FormatRSS:
		return &items{row: row{def: def}}
	case publish.FormatMISP:
		return &misp{def: def}
	case publish.FormatSTIX:
		return &stix{def: def}
	}
	l := &list{row: row{def: def}, comment: []byte(def.Comment)}
	if def.Comment == "" {
		l.comment = []byte("#")
	}
	return l
}

// list decodes the lines of a feed.
type list struct {
	row
	comment []byte
	cells   []string
}

var (
	errEntry   = errors.New("entry is not of the kind the feed has")
	errNothing = errors.New("entry is no address, name, URL, hash, mail address or CVE")
	errColumns = errors.New("fewer columns than the feed has")
)

// Decode implements publish.Decoder.
func (l *list) Decode(raw []byte, emit func(*publish.Event)) error {
	l.begin()
	line := bytes.TrimSpace(raw)
	if len(line) == 0 {
		return nil
	}
	text := strings.ToValidUTF8(string(line), "\uFFFD")
	if bytes.HasPrefix(line, l.comment) || l.def.Header != "" && bytes.HasPrefix(line, []byte(l.def.Header)) {
		l.head(text, emit)
		return nil
	}
	if line[0] == '<' && (l.def.Format != publish.FormatText || isPage(line)) {
		l.ev.Kind = publish.ListMarkup
		emit(&l.ev)
		return nil
	}
	if err := l.entry(text); err != nil {
		l.begin()
		l.ev.Kind = publish.ListBad
		emit(&l.ev)
		return err
	}
	l.end(emit)
	return nil
}

// isPage reports whether a text begins as a web page does.
func isPage(line []byte) bool {
	head := bytes.ToLower(line[:min(len(line), 16)])
	for _, tag := range []string{"<!doctype html", "<html", "<head", "<body"} {
		if bytes.HasPrefix(head, []byte(tag)) {
			return true
		}
	}
	return false
}

// head reads a comment or the header line.
func (l *list) head(line string, emit func(*publish.Event)) {
	if h := l.def.Header; h != "" && strings.HasPrefix(line, h) {
		l.ev.Kind = publish.ListHeader
		for _, name := range strings.Fields(line[len(h):]) {
			attr(&l.ev, "bit", name)
		}
		emit(&l.ev)
		return
	}
	if l.def.Updated == "" {
		return
	}
	if _, date, ok := strings.Cut(line, l.def.Updated); ok {
		if t, ok := listDate(strings.Trim(date, " \t#*|\"")); ok {
			l.ev.Kind, l.ev.Time = publish.ListUpdated, t
			emit(&l.ev)
		}
	}
}

func listDate(s string) (time.Time, bool) {
	layouts := []string{
		time.RFC1123Z, time.RFC1123, time.RFC3339, time.DateTime + " MST", time.DateTime, time.DateOnly,
		time.DateTime + " (MST)", time.UnixDate, "Mon, 2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05 MST",
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func (l *list) entry(line string) error {
	switch {
	case l.def.Format == publish.FormatText:
		l.text(line)
		return nil
	case l.def.Format == publish.FormatHosts:
		return l.hosts(line)
	case len(l.def.Columns) == 0:
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			line = line[:i]
		}
		return l.value(l.def.Kind, line)
	}
	if err := l.split(line); err != nil {
		return err
	}
	if len(l.cells) < len(l.def.Columns) {
		return errColumns
	}
	var bad error
	for i := range l.def.Columns {
		if err := l.cell(&l.def.Columns[i], strings.TrimSpace(l.cells[i])); err != nil && bad == nil {
			bad = err
		}
	}
	if l.pass { // a later column says that the row does not count
		return nil
	}
	return bad
}

// here are the names that a hosts file holds for the machine itself.
var here = map[string]bool{
	"localhost": true, "localhost.localdomain": true, "local": true, "broadcasthost": true, "0.0.0.0": true,
	"ip6-localhost": true, "ip6-loopback": true, "ip6-localnet": true, "ip6-mcastprefix": true,
	"ip6-allnodes": true, "ip6-allrouters": true, "ip6-allhosts": true,
}

// hosts reads "0.0.0.0 name name # comment". The address is where the name
// shall lead instead, and says nothing.
func (l *list) hosts(line string) error {
	line, _, _ = strings.Cut(line, "#")
	words := strings.Fields(line)
	if len(words) > maxCells {
		return errEntry
	}
	if len(words) > 1 {
		words = words[1:]
	}
	for _, name := range words {
		if here[strings.ToLower(name)] {
			continue
		}
		if err := l.value(l.def.Kind, name); err != nil {
			return err
		}
	}
	return nil
}
