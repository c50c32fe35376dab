package cure

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// KeptSearch is a question somebody keeps to ask again, under a name. It is
// theirs alone until they share it with their organisation. The question may
// name a value, so it is graded like what the author may see.
type KeptSearch struct {
	ID      ID        `json:"id,omitzero"`
	Name    string    `json:"name"`
	Query   string    `json:"query"`
	Shared  bool      `json:"shared,omitempty"` // with the author's organisation
	Mine    bool      `json:"mine,omitempty"`   // of who asks
	Author  string    `json:"author,omitempty"` // key
	By      string    `json:"by,omitempty"`     // name of the key
	Org     string    `json:"org,omitempty"`    // of the author
	Marking Marking   `json:"marking,omitzero"` // who of the organisation may see it
	Time    time.Time `json:"time,omitzero"`
}

// Bounds of a kept search in bytes.
const (
	MaxKeptName  = 120
	MaxKeptQuery = 4 << 10
)

// Check returns nil when the search can be kept, else an Invalid error.
func (k *KeptSearch) Check() error {
	for _, f := range []struct {
		what, text string
		most       int
	}{{"name", k.Name, MaxKeptName}, {"query", k.Query, MaxKeptQuery}} {
		if strings.TrimSpace(f.text) == "" || len(f.text) > f.most {
			return Errorf(Invalid, "kept search: a %s of %d bytes, want 1 to %d", f.what, len(f.text), f.most)
		}
		if !utf8.ValidString(f.text) || strings.ContainsFunc(f.text, unicode.IsControl) {
			return Errorf(Invalid, "kept search: a %s with control characters", f.what)
		}
	}
	return k.Marking.Check()
}
