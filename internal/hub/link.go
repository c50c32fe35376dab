package hub

import (
	"github.com/opencure/cure"
)

// Link says that two sources hold the same value, how much that is worth and
// why. Links are computed when asked for, never stored.
type Link struct {
	A      cure.Source `json:"a"`
	B      cure.Source `json:"b"`
	Weight float64     `json:"weight"` // 0 to 1
	Common bool        `json:"common,omitempty"`
	Why    string      `json:"why"`
}

// Matrix counts the values that pairs of sources, or of publishers, share. The
// diagonal counts the values of each.
type Matrix struct {
	Names  []string   `json:"names"`
	Shared [][]uint64 `json:"shared"`
}

// SharedValue is one value that both sides of a pair hold.
type SharedValue struct {
	Summary
	Weight float64 `json:"weight"`
	Common bool    `json:"common,omitempty"`
	Why    string  `json:"why"`
}

// Shared is the list behind one field of the matrix, heaviest first.
type Shared struct {
	A      string        `json:"a"`
	B      string        `json:"b"`
	Total  int           `json:"total"`
	Values []SharedValue `json:"values"`
	Cut    int           `json:"cut,omitempty"` // left out beyond the limit
}
