package hub

import (
	"strings"

	"github.com/opencure/cure"
)

// classify says which observable a word of a query is; what is nothing else
// is a tag.
func classify(v string) (cure.Observable, error) {
	for _, k := range cure.Kinds() {
		if k == cure.KindTag || k == cure.KindFingerprint {
			continue
		}
		if o := (cure.Observable{Kind: k, Value: v}); o.Check() == nil {
			return o, nil
		}
	}
	return canonicalTag(v)
}

func canonicalTag(v string) (cure.Observable, error) {
	o := cure.Observable{Kind: cure.KindTag, Value: strings.ToLower(strings.Join(strings.Fields(v), " "))}
	return o, o.Check()
}
