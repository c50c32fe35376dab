package publish

import (
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// Definition describes a feed: where the list comes from and how it is
// written. A feed needs nothing else; a new one is data, not code.
type Definition struct {
	Name    string       `json:"name" yaml:"name"`       // instance: the source is feeds/NAME
	URL     string       `json:"url" yaml:"url"`         // where it is published; never fetched by a publisher
	Format  Format       `json:"format" yaml:"format"`   // how it is written
	Comment string       `json:"comment" yaml:"comment"` // lines that begin with it are passed over; "" is "#"
	Columns []Column     `json:"columns" yaml:"columns"` // left to right; none: the line is one value of Kind
	Kind    cure.Kind    `json:"kind" yaml:"kind"`       // of the values in a line list
	Role    cure.Role    `json:"role" yaml:"role"`       // of what is listed
	Tags    []string     `json:"tags" yaml:"tags"`       // tied to every entry, canonical
	TLP     cure.TLP     `json:"tlp" yaml:"tlp"`
	Licence cure.Licence `json:"licence" yaml:"licence"`
	Terms   string       `json:"terms" yaml:"terms"` // name of the licence

	HalfLife time.Duration `json:"half_life" yaml:"half_life"` // in which the weight of an entry halves
	Header   string        `json:"header" yaml:"header"`       // what the first line begins with, "" for anything
	Updated  string        `json:"updated" yaml:"updated"`     // what stands before the date of the copy in a comment
	MinLines int           `json:"min_lines" yaml:"min_lines"` // fewer entries are refused
	MaxLines int           `json:"max_lines" yaml:"max_lines"` // more are refused; 0 is DefaultMaxLines
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
)

// Column says what stands in a column.
type Column struct {
	Kind cure.Kind `json:"kind" yaml:"kind"` // an observable
	Attr string    `json:"attr" yaml:"attr"` // an attribute of that name
	// Mask: a number in hex whose bits say which of the names in the header
	// line list the value; they become the attribute Attr, comma-separated.
	Mask bool `json:"mask" yaml:"mask"`
}

// Marking returns the default marking of the feed.
func (d *Definition) Marking() cure.Marking {
	return cure.Marking{TLP: d.TLP, PAP: cure.PAPClear, Licence: d.Licence}
}

// Check returns nil when the definition can be used, else an Invalid error.
func (d *Definition) Check() error {
	var reason string
	values, masks := 0, 0
	for _, c := range d.Columns {
		if c.Kind != cure.KindNone {
			values++
		}
		if c.Mask {
			masks++
		}
		if c.Kind != cure.KindNone && !c.Kind.Valid() || c.Mask && c.Attr == "" {
			reason = "a column has an unknown kind or a mask without name"
		}
	}
	switch {
	case cure.Source("feeds/"+d.Name).Check() != nil:
		reason = "the name is not of a-z, 0-9, '-', '_'"
	case d.Format != FormatLines && d.Format != FormatCSV && d.Format != FormatTSV:
		reason = fmt.Sprintf("unknown format %.20q", string(d.Format))
	case d.Format == FormatLines && !d.Kind.Valid():
		reason = "a line list needs a kind"
	case d.Format != FormatLines && values == 0:
		reason = "no column has a kind"
	case masks > 1 || masks == 1 && d.Header == "":
		reason = "a mask needs a header line that names its bits, and there can be one"
	case !d.Role.Valid():
		reason = "unknown role"
	case d.TLP == cure.TLPDefault || d.Licence == cure.LicenceDefault || d.Marking().Check() != nil:
		reason = "tlp and licence have to be stated"
	}
	for _, t := range d.Tags {
		if err := (cure.Observable{Kind: cure.KindTag, Value: t}).Check(); err != nil {
			reason = err.Error()
		}
	}
	if reason != "" {
		return cure.Errorf(cure.Invalid, "check feed %.40q: %s", d.Name, reason)
	}
	return nil
}
