package sketch

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
)

// BenchmarkPairs scores pairs of functions by their signatures, on all
// processors.
func BenchmarkPairs(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	all := make([]Signature, 1<<12)
	for i := range all {
		x, _ := sequences(r, 60, 0)
		all[i] = Of(x, 0)
	}
	var alike atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		n, found := 0, 0
		for pb.Next() {
			n += 7919
			if all[n&(1<<12-1)].Alike(&all[n>>12&(1<<12-1)]) > 0.5 {
				found++
			}
		}
		alike.Add(int64(found))
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpairs/s")
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "procs")
}
