package observe

import (
	_ "embed" // of the definitions
	"slices"
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

//go:embed definitions.yaml
var definitionsYAML []byte

var definitions = sync.OnceValue(func() []publish.Definition {
	all, err := publish.ReadDefinitions("definitions.yaml", definitionsYAML)
	if err != nil {
		panic(err) // a test reads them
	}
	return all
})

// Definitions returns the built-in feeds. The addresses say where a list is
// published; nothing is fetched before a feed is switched on.
func Definitions() []publish.Definition { return slices.Clone(definitions()) }

// Definition returns the built-in feed of that name; the error is NotFound.
func Definition(name string) (publish.Definition, error) {
	for _, d := range definitions() {
		if d.Name == name {
			return d, nil
		}
	}
	return publish.Definition{}, cure.Errorf(cure.NotFound, "no feed is named %.40q", name)
}
