package publish

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// Definition describes a feed: where the list comes from, how it is written
// and what its entries mean. A feed needs nothing else; a new one is data, not
// code. docs/feeds.md has an example of each format.
type Definition struct {
	Name        string       `json:"name" yaml:"name"`                         // instance: the source is feeds/NAME
	Description string       `json:"description,omitempty" yaml:"description"` // what it lists, for people
	URL         string       `json:"url,omitempty" yaml:"url"`                 // where it is published; fetched only when the feed is switched on
	Topics      []cure.Topic `json:"topics,omitempty" yaml:"topics"`           // that it feeds
	Role        cure.Role    `json:"role" yaml:"role"`                         // of what is listed
	Tags        []string     `json:"tags,omitempty" yaml:"tags"`               // tied to every entry, canonical
	TLP         cure.TLP     `json:"tlp" yaml:"tlp"`
	Licence     cure.Licence `json:"licence" yaml:"licence"`
	Terms       string       `json:"terms,omitempty" yaml:"terms"` // name of the licence, or where the terms stand

	HalfLife time.Duration `json:"half_life,omitempty" yaml:"half_life"` // in which the weight of an entry halves
	Fetch    Fetch         `json:"fetch,omitzero" yaml:"fetch"`          // how it is polled

	Format    Format    `json:"format" yaml:"format"`                 // how it is written
	Comment   string    `json:"comment,omitempty" yaml:"comment"`     // lines that begin with it are passed over; "" is "#"
	Separator string    `json:"separator,omitempty" yaml:"separator"` // split: what stands between cells
	Records   string    `json:"records,omitempty" yaml:"records"`     // json, stix: where the records are, as in data[*]; "": each document, line or element of the outermost list
	Each      string    `json:"each,omitempty" yaml:"each"`           // json: what of a record to go through, as in iocs[*]
	Columns   []Column  `json:"columns,omitempty" yaml:"columns"`     // left to right; none: the line is one value of Kind
	Kind      cure.Kind `json:"kind,omitempty" yaml:"kind"`           // of the values in a list of lines or hosts
	// Defanged: of addresses, names and URLs in running text only those count
	// that are written so that nobody follows them.
	Defanged bool `json:"defanged,omitempty" yaml:"defanged"`
	// Rolling: a copy shows the newest entries only. What is gone from it was
	// not taken back; entries are events with a time of their own.
	Rolling bool `json:"rolling,omitempty" yaml:"rolling"`

	Header   string `json:"header,omitempty" yaml:"header"`       // what the first line begins with, "" for anything
	Updated  string `json:"updated,omitempty" yaml:"updated"`     // what stands before the date of the copy in a comment
	MinLines int    `json:"min_lines,omitempty" yaml:"min_lines"` // fewer entries are refused
	MaxLines int    `json:"max_lines,omitempty" yaml:"max_lines"` // more are refused; 0 is DefaultMaxLines
}

// DefaultMaxLines bounds a list when its definition does not.
const DefaultMaxLines = 5_000_000

// Format is how a list is written.
type Format string

// The formats of lists.
const (
	FormatLines Format = "lines" // one value a line; what follows white space is passed over
	FormatCSV   Format = "csv"   // RFC 4180, one line a row
	FormatTSV   Format = "tsv"   // columns between tabs, without quoting
	FormatSplit Format = "split" // columns between Separator, without quoting: value;comment;score
	FormatHosts Format = "hosts" // a hosts file: an address, then names
	FormatText  Format = "text"  // running text, read a line at a time
	FormatJSON  Format = "json"  // JSON, or one JSON document a line
	FormatRSS   Format = "rss"   // RSS, Atom or JSON Feed: the text of the items
	FormatMISP  Format = "misp"  // events of MISP, one or several
	FormatSTIX  Format = "stix"  // STIX 2.1 bundles, or objects one after another
)

// formats lists what can stand in a definition, and what it needs.
var formats = map[Format]struct{ kind, columns, json bool }{
	FormatLines: {kind: true},
	FormatHosts: {kind: true},
	FormatCSV:   {columns: true},
	FormatTSV:   {columns: true},
	FormatSplit: {columns: true},
	FormatJSON:  {columns: true, json: true},
	FormatText:  {},
	FormatRSS:   {},
	FormatMISP:  {},
	FormatSTIX:  {},
}

// Marking returns the default marking of the feed.
func (d *Definition) Marking() cure.Marking {
	return cure.Marking{TLP: d.TLP, PAP: cure.PAPClear, Licence: d.Licence}
}

// Check returns nil when the definition can be used, else an Invalid error.
func (d *Definition) Check() error {
	reason := d.wrong()
	for _, t := range d.Tags {
		if err := (cure.Observable{Kind: cure.KindTag, Value: t}).Check(); err != nil && reason == "" {
			reason = err.Error()
		}
	}
	for _, check := range []func() error{d.checkColumns, d.Fetch.check, d.checkURL} {
		if err := check(); err != nil && reason == "" {
			reason = err.Error()
		}
	}
	if reason != "" {
		return cure.Errorf(cure.Invalid, "check feed %.40q: %s", d.Name, reason)
	}
	return nil
}

// wrong says what is wrong with the definition beside its columns.
func (d *Definition) wrong() string {
	f, known := formats[d.Format]
	switch {
	case cure.Source("feeds/"+d.Name).Check() != nil:
		return "the name is not of a-z, 0-9, '-', '_'"
	case !known:
		return fmt.Sprintf("unknown format %.20q", string(d.Format))
	case f.kind && !d.Kind.Valid() && len(d.Columns) == 0:
		return "a list of " + string(d.Format) + " needs a kind"
	case d.Format == FormatSplit && d.Separator == "":
		return "format split needs a separator"
	case !f.json && d.Each != "" || !f.json && d.Format != FormatSTIX && d.Records != "":
		return "records and each are for JSON"
	case !d.Role.Valid():
		return "unknown role"
	case d.TLP == cure.TLPDefault || d.Licence == cure.LicenceDefault || d.Marking().Check() != nil:
		return "tlp and licence have to be stated"
	case len(d.Columns) > maxColumns:
		return fmt.Sprintf("more than %d columns", maxColumns)
	case len(d.Description) > 1<<10 || len(d.Terms) > 1<<10 || strings.ContainsAny(d.Description+d.Terms, "\x00\x1b\n"):
		return "description and terms are one line of text"
	}
	return ""
}

const maxColumns = 64

// checkColumns returns what is wrong with the columns and paths.
func (d *Definition) checkColumns() error {
	values, masks, needs := 0, 0, formats[d.Format]
	for _, path := range []string{d.Records, d.Each} {
		if _, err := feed.ParsePath(path); err != nil {
			return err
		}
	}
	for i := range d.Columns {
		c := &d.Columns[i]
		if err := c.check(needs.json); err != nil {
			return err
		}
		if c.Kind != cure.KindNone || c.Any || c.Text {
			values++
		}
		if c.Mask {
			masks++
		}
	}
	switch {
	case needs.columns && values == 0:
		return cure.Errorf(cure.Invalid, "no column has a kind")
	case masks > 1 || masks == 1 && d.Header == "":
		return cure.Errorf(cure.Invalid, "a mask needs a header line that names its bits, and there can be one")
	}
	return nil
}
