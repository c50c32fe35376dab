//go:build !race

// The race detector makes pools forget at random, so allocations are counted
// without it.

package warninglist

import "testing"

func TestLookupCostsNothing(t *testing.T) {
	s := read(t, sample)
	var dst []Match
	for _, in := range []string{"ip:198.51.100.7", "domain:www.other.example", "hash:9e107d9d372bb6826bd81d3542a419d6", "email:u@y.example", "url:http://other.example/a"} {
		o := value(t, in)
		if n := testing.AllocsPerRun(100, func() { dst = s.Lookup(o, dst[:0]) }); n != 0 || len(dst) != 0 {
			t.Errorf("%s: %v allocations for a value on no list, %d matches", in, n, len(dst))
		}
	}
}
