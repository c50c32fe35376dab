package main

import (
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
)

// feedSet is the feeds that are defined, those of a file before the built-in
// ones of the same name.
type feedSet []publish.Definition

// loadFeeds reads the definitions of a file or folder, none for "".
func loadFeeds(path string) (feedSet, error) {
	own, err := publish.LoadDefinitions(path)
	return append(own, observe.Definitions()...), err
}

// of returns the definition of a source of publisher feeds.
func (f feedSet) of(src cure.Source) (publish.Definition, bool) {
	if src.Publisher() != "feeds" {
		return publish.Definition{}, false
	}
	i := slices.IndexFunc(f, func(d publish.Definition) bool { return d.Name == src.Instance() })
	if i < 0 {
		return publish.Definition{}, false
	}
	return f[i], true
}

func (f feedSet) names() string {
	var names []string
	for _, d := range f {
		names = append(names, d.Name)
	}
	return strings.Join(names, ", ")
}
