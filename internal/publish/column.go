package publish

import (
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// Column says what stands in a column of a table or in a place of a JSON
// record. One that says nothing is passed over.
type Column struct {
	// Path of JSON, from what Each goes through; from the whole record when it
	// begins with "/". Every value it leads to counts.
	Path string    `json:"path,omitempty" yaml:"path"`
	Kind cure.Kind `json:"kind,omitempty" yaml:"kind"` // an observable
	Any  bool      `json:"any,omitempty" yaml:"any"`   // an observable of whatever kind it looks like
	Text bool      `json:"text,omitempty" yaml:"text"` // running text with any number of observables
	Attr string    `json:"attr,omitempty" yaml:"attr"` // an attribute of that name
	// Mask: a number in hex whose bits say which of the names in the header
	// line list the value; they become the attribute Attr, comma-separated.
	Mask bool `json:"mask,omitempty" yaml:"mask"`
	// Tag: a tag of the entry. Several stand between commas, or are #hashtags
	// between spaces. Prefix stands before each, as in malware:.
	Tag    bool   `json:"tag,omitempty" yaml:"tag"`
	Prefix string `json:"prefix,omitempty" yaml:"prefix"`
	// Separator cuts what stands here into parts, of which Part, from 0, is
	// meant: value;comment;score in one text.
	Separator string `json:"separator,omitempty" yaml:"separator"`
	Part      int    `json:"part,omitempty" yaml:"part"`
	// Time: when it was first seen, ISO 8601 or Unix seconds; a time without a
	// zone is UTC.
	Time bool `json:"time,omitempty" yaml:"time"`
	// Only: rows count whose cell is one of these, letter case aside.
	Only []string `json:"only,omitempty" yaml:"only"`
	// Roles: the role of the row by what stands in the cell.
	Roles map[string]cure.Role `json:"roles,omitempty" yaml:"roles"`
}

// check returns what is wrong with a column.
func (c *Column) check(json bool) error {
	if c.Kind != cure.KindNone && !c.Kind.Valid() || c.Mask && c.Attr == "" {
		return cure.Errorf(cure.Invalid, "a column has an unknown kind or a mask without name")
	}
	if (c.Path != "") && !json {
		return cure.Errorf(cure.Invalid, "a column has a path, which is for JSON")
	}
	if _, err := feed.ParsePath(strings.TrimPrefix(c.Path, "/")); err != nil {
		return err
	}
	if c.Part < 0 || c.Part > 255 || c.Part > 0 && c.Separator == "" {
		return cure.Errorf(cure.Invalid, "a column has a part without a separator")
	}
	if len(c.Attr) > 64 || len(c.Prefix) > 64 {
		return cure.Errorf(cure.Invalid, "a column has a name longer than 64 bytes")
	}
	for _, r := range c.Roles {
		if !r.Valid() {
			return cure.Errorf(cure.Invalid, "a column gives an unknown role")
		}
	}
	return nil
}
