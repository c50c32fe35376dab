package observe

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// row gathers what the columns of one entry say, in any order.
type row struct {
	def   *publish.Definition
	ev    publish.Event
	role  cure.Role
	first time.Time
	pass  bool // a column says that the row does not count
}

// maxValues bounds the observables of one row: a text can hold very many.
const maxValues = 10_000

func (r *row) begin() {
	reset(&r.ev)
	r.role, r.first, r.pass = r.def.Role, time.Time{}, false
}

// end emits the entry, unless it does not count or there is nothing in it.
func (r *row) end(emit func(*publish.Event)) {
	if r.pass || len(r.ev.Observations) == 0 {
		return
	}
	r.ev.Kind = publish.ListEntry
	for i := range r.ev.Observations {
		o := &r.ev.Observations[i]
		o.Role, o.State, o.First = r.role, cure.StateListed, r.first
	}
	emit(&r.ev)
}

// refuse says that a part of the entry cannot be used; what else it holds can.
// The quarantine is marked like the source: what not all of its readers may
// see stays out of it.
func (r *row) refuse(why error, part string, emit func(*publish.Event)) {
	ev := publish.Event{Kind: publish.ListBad, Refused: why.Error()}
	if r.ev.Marking.TLP <= r.def.TLP {
		ev.Raw = []byte(part)
	}
	emit(&ev)
}

// cell takes what stands in a column.
func (r *row) cell(c *publish.Column, s string) error {
	if c.Separator != "" {
		parts := strings.SplitN(s, c.Separator, c.Part+2)
		s = ""
		if c.Part < len(parts) {
			s = strings.TrimSpace(parts[c.Part])
		}
	}
	if len(c.Only) > 0 && !slices.ContainsFunc(c.Only, func(o string) bool { return strings.EqualFold(o, s) }) {
		r.pass = true
	}
	if role, ok := c.Roles[s]; ok {
		r.role = role
	}
	if c.Attr != "" {
		attr(&r.ev, c.Attr, s)
	}
	if c.Tag {
		r.tags(c.Prefix, s)
	}
	if c.Time {
		if t, ok := cellTime(s); ok {
			r.first = t
		}
	}
	if c.Text {
		r.text(s)
	}
	switch {
	case r.pass || s == "":
		if s == "" && c.Kind != cure.KindNone && !r.pass {
			return errEntry
		}
		return nil
	case c.Any:
		return r.any(s)
	case c.Kind != cure.KindNone:
		return r.value(c.Kind, s)
	}
	return nil
}

// value reads a value of a known kind. Lists of addresses hold prefixes too,
// and addresses with a port.
func (r *row) value(kind cure.Kind, s string) error {
	if kind == cure.KindIP && strings.Contains(s, "/") && !strings.Contains(s, "://") {
		kind = cure.KindCIDR
	}
	o, err := ioc.Canonical(kind, s)
	if err != nil {
		return errEntry
	}
	r.found(o)
	return nil
}

// any reads a value of the kind it looks like. What looks like nothing is not
// one: a word is no tag here.
func (r *row) any(s string) error {
	o, err := ioc.Classify(s)
	if err != nil || o.Kind == cure.KindTag {
		return errNothing
	}
	r.found(o)
	return nil
}

// text takes what stands in running text.
func (r *row) text(s string) {
	for m := range ioc.Find(s) {
		if len(r.ev.Observations) >= maxValues {
			return
		}
		switch m.Kind {
		case cure.KindIP, cure.KindCIDR, cure.KindDomain, cure.KindURL, cure.KindEmail:
			if r.def.Defanged && !m.Defanged {
				continue
			}
		case cure.KindHash, cure.KindCVE:
		default:
			continue
		}
		r.found(m.Observable)
	}
}

func (r *row) found(o cure.Observable) {
	r.ev.Observations = append(r.ev.Observations, cure.Observation{Observable: o})
}

// maxTags bounds the tags of one entry.
const maxTags = 32

// nothing is how tables write that there is nothing.
var nothing = map[string]bool{"none": true, "null": true, "n/a": true, "-": true, "unknown": true}

// tags adds the tags of a cell: between commas, or #hashtags between spaces.
func (r *row) tags(prefix, s string) {
	between := ','
	if strings.HasPrefix(s, "#") {
		between = ' '
	}
	for tag := range strings.SplitSeq(s, string(between)) {
		tag = strings.TrimPrefix(strings.Trim(tag, " \t\"'"), "#")
		if tag == "" || nothing[strings.ToLower(tag)] || len(r.ev.Annotations) >= maxTags {
			continue
		}
		if o, err := ioc.Canonical(cure.KindTag, prefix+tag); err == nil {
			r.ev.Annotations = append(r.ev.Annotations, cure.Annotation{Tag: o})
		}
	}
}

// cellTime reads a time of a table: ISO 8601, with or without seconds and
// zone, a date alone, or Unix seconds.
func cellTime(s string) (time.Time, bool) {
	if t, err := publish.ParseTime([]byte(strings.TrimSuffix(s, " UTC")), nil); err == nil {
		return t, true
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < 1<<33 {
		return time.Unix(n, 0).UTC(), true
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04Z", time.DateOnly, time.RFC1123Z, time.RFC1123} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// maxCells bounds the columns of a row.
const maxCells = 256

// split cuts a line into cells.
func (l *list) split(line string) error {
	sep := ","
	switch l.def.Format {
	case publish.FormatTSV:
		sep = "\t"
	case publish.FormatSplit:
		sep = l.def.Separator
	case publish.FormatLines:
		l.cells = append(l.cells[:0], strings.Fields(line)...)
		return nil
	case publish.FormatCSV:
		if strings.Contains(line, `"`) {
			r := csv.NewReader(strings.NewReader(line))
			r.TrimLeadingSpace = true // some write `"a", "b"`
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
