package observe

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// Feeds reads lists of indicators. What a list is, how it is written and what
// its entries mean is a publish.Definition; see [Definitions].
func Feeds() publish.Publisher {
	return publish.Publisher{
		Name:    "feeds",
		Role:    "EXIST",
		Layer:   publish.Observations,
		Topics:  []cure.Topic{cure.TopicIP, cure.TopicDomain, cure.TopicHash},
		Formats: []string{"one value a line", "CSV (RFC 4180, one line a row)", "TSV, with columns of bit masks"},
		Marking: cure.Marking{TLP: cure.TLPGreen, PAP: cure.PAPClear, Licence: cure.LicenceInternal},
		Why: "a list whose terms nobody has read does not leave the organisation; " +
			"a definition that names its licence says what its list may do",
		Roles: []publish.RoleOf{
			{What: "entry of ipsum and ip-multi-source", Role: cure.RoleInfected},
			{What: "entry of another feed: what its definition says", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "entry", Mask: "none", Purpose: "the observable, published by its list", Retention: "until the list ends it, then as the source"},
		},
		Framing: feed.Lines,
		Copies:  true,
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
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
			return &list{def: def, comment: []byte(commentOf(def))}, publish.NewList(def), nil
		},
	}
}

func commentOf(d *publish.Definition) string {
	if d.Comment == "" {
		return "#"
	}
	return d.Comment
}

// list decodes the lines of a feed.
type list struct {
	def     *publish.Definition
	comment []byte
	cells   []string
	ev      publish.Event
}

var (
	errEntry   = errors.New("entry is not of the kind the feed has")
	errColumns = errors.New("fewer columns than the feed has")
)

// Decode implements publish.Decoder.
func (l *list) Decode(raw []byte, emit func(*publish.Event)) error {
	reset(&l.ev)
	line := bytes.TrimSpace(raw)
	if len(line) == 0 {
		return nil
	}
	if bytes.HasPrefix(line, l.comment) || l.def.Header != "" && bytes.HasPrefix(line, []byte(l.def.Header)) {
		l.head(string(line), emit)
		return nil
	}
	if line[0] == '<' {
		l.ev.Kind = publish.ListMarkup
		emit(&l.ev)
		return nil
	}
	if err := l.entry(string(line)); err != nil {
		reset(&l.ev)
		l.ev.Kind = publish.ListBad
		emit(&l.ev)
		return err
	}
	l.ev.Kind = publish.ListEntry
	emit(&l.ev)
	return nil
}

// head reads a comment or the header line.
func (l *list) head(line string, emit func(*publish.Event)) {
	if h := l.def.Header; h != "" && strings.HasPrefix(line, h) {
		l.ev.Kind = publish.ListHeader
		for _, name := range strings.Fields(line[len(h):]) {
			attr(&l.ev, "bit", strings.ToValidUTF8(name, "\uFFFD"))
		}
		emit(&l.ev)
		return
	}
	if l.def.Updated == "" {
		return
	}
	if _, date, ok := strings.Cut(line, l.def.Updated); ok {
		if t, ok := listDate(strings.TrimSpace(date)); ok {
			l.ev.Kind, l.ev.Time = publish.ListUpdated, t
			emit(&l.ev)
		}
	}
}

func listDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC1123Z, time.RFC1123, time.RFC3339, time.DateTime + " MST", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func (l *list) entry(line string) error {
	if len(l.def.Columns) == 0 {
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
	for i, c := range l.def.Columns {
		cell := strings.TrimSpace(l.cells[i])
		if c.Attr != "" {
			attr(&l.ev, c.Attr, strings.ToValidUTF8(cell, "\uFFFD"))
		}
		if c.Kind != cure.KindNone {
			if err := l.value(c.Kind, cell); err != nil {
				return err
			}
		}
	}
	return nil
}

// value reads a cell. Lists of addresses hold prefixes too.
func (l *list) value(kind cure.Kind, s string) error {
	if kind == cure.KindIP && strings.Contains(s, "/") {
		kind = cure.KindCIDR
	}
	o, err := ioc.Canonical(kind, s)
	if err != nil {
		return errEntry
	}
	l.ev.Observations = append(l.ev.Observations, cure.Observation{Observable: o, Role: l.def.Role, State: cure.StateListed})
	return nil
}

// split cuts a line into cells.
func (l *list) split(line string) error {
	sep := ","
	switch l.def.Format {
	case publish.FormatTSV:
		sep = "\t"
	case publish.FormatLines:
		l.cells = append(l.cells[:0], strings.Fields(line)...)
		return nil
	case publish.FormatCSV:
		if strings.Contains(line, `"`) {
			r := csv.NewReader(strings.NewReader(line))
			cells, err := r.Read()
			l.cells = cells
			return err
		}
	}
	l.cells = l.cells[:0]
	for cell := range strings.SplitSeq(line, sep) {
		if len(l.cells) == maxCells {
			break
		}
		l.cells = append(l.cells, cell)
	}
	return nil
}

// maxCells bounds the columns of a row.
const maxCells = 256
