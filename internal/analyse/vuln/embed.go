package vuln

import (
	_ "embed"
	"sync"
)

//go:embed default.cvm
var embedded []byte

// defaultModel is decoded once, by whoever needs it first.
var defaultModel = sync.OnceValues(func() (*Model, error) { return Decode(embedded) })

// Default returns the embedded model. The first call costs about a tenth of a
// second, and 10 MB of memory that stay.
func Default() (*Model, error) { return defaultModel() }
