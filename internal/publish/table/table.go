// Package table is the list of publishers: what OpenCURE can read. It answers
// "who reads this source?" and holds nothing else.
package table

import (
	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/publish/observe"
)

// Publishers returns all publishers, one line each.
func Publishers() []publish.Publisher {
	return []publish.Publisher{
		observe.Alerts(),
		observe.Allport(),
		observe.Amppot(),
		observe.Cowrie(),
		observe.Decoynet(),
		observe.Darknet(),
		observe.Dionaea(),
		observe.Endpoint(),
		observe.Feeds(),
		observe.Glastopf(),
		observe.Malmail(),
		observe.Malsites(),
		observe.Spamdb(),
		observe.Livenet(),
		observe.Webaccess(),
		mean.Assets(),
		mean.Attack(),
		mean.Reports(),
		mean.Social(),
		mean.Tickets(),
		mean.Vuln(),
	}
}

// Lookup returns the publisher of that name; the error is NotFound.
func Lookup(name string) (publish.Publisher, error) {
	for _, p := range Publishers() {
		if p.Name == name {
			return p, nil
		}
	}
	return publish.Publisher{}, cure.Errorf(cure.NotFound, "unknown publisher %.40q", name)
}
