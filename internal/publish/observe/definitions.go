package observe

import (
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// Definitions returns the built-in feeds. The addresses say where a list is
// published; nothing here fetches it.
func Definitions() []publish.Definition {
	return []publish.Definition{
		{
			Name:   "ipsum",
			URL:    "https://raw.githubusercontent.com/stamparm/ipsum/master/ipsum.txt",
			Format: publish.FormatTSV,
			// The second column says on how many lists the address is: the
			// more, the better known.
			Columns:  []publish.Column{{Kind: cure.KindIP}, {Attr: "lists"}},
			Role:     cure.RoleInfected,
			TLP:      cure.TLPClear,
			Licence:  cure.LicencePublic,
			Terms:    "Unlicense",
			HalfLife: 7 * 24 * time.Hour,
			Updated:  "Last update:",
			MinLines: 100,
		},
		{
			// One source, not one for each list the mask names: the union is
			// what is published and ends together, and eight sources that
			// come in one file would look like eight witnesses. Which lists
			// have the address is an attribute of its entry.
			Name:     "ip-multi-source",
			URL:      "https://github.com/romainmarcoux/malicious-ip",
			Format:   publish.FormatTSV,
			Columns:  []publish.Column{{Kind: cure.KindIP}, {Attr: "listed_by", Mask: true}},
			Role:     cure.RoleInfected,
			TLP:      cure.TLPClear,
			Licence:  cure.LicencePublic,
			Terms:    "MIT",
			HalfLife: 7 * 24 * time.Hour,
			Header:   "#sources",
			MinLines: 100,
		},
	}
}

// Definition returns the built-in feed of that name; the error is NotFound.
func Definition(name string) (publish.Definition, error) {
	for _, d := range Definitions() {
		if d.Name == name {
			return d, nil
		}
	}
	return publish.Definition{}, cure.Errorf(cure.NotFound, "no feed is named %.40q", name)
}
