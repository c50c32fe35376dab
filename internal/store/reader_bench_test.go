//go:build linux

package store_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

// BenchmarkReadBesideWriter asks exact questions while the rest of the stream
// is applied at full speed; the store holds the first half when it begins. An
// operation is one question; b.N is of no meaning.
func BenchmarkReadBesideWriter(b *testing.B) {
	s, err := store.New(store.Options{Seed: [16]byte{1}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	stream := storetest.NewStream(*benchRows, 42)

	for n := 0; n < *benchRows/2; n += 500 {
		a, batch := stream.Next()
		if _, err := s.Apply(a, batch, nil); err != nil {
			b.Fatal(err)
		}
	}
	var q store.Keys
	storetest.Sample(&q, stream.Values(), 60_000, 9)
	var ended atomic.Bool
	var stalls []time.Duration
	go func() {
		for a, batch := stream.Next(); batch != nil; a, batch = stream.Next() {
			start := time.Now()
			if _, err := s.Apply(a, batch, nil); err != nil {
				b.Error(err)
			}
			stalls = append(stalls, time.Since(start))
		}
		ended.Store(true)
	}()
	r := s.Reader(storetest.Half())
	var sights []store.Sight
	var took []time.Duration
	begin := time.Now()
	for i := 0; !ended.Load(); i = (i + 1) % len(q.Ends) {
		start := uint32(0)
		if i > 0 {
			start = q.Ends[i-1]
		}
		t := time.Now()
		if id, ok := r.Exact(q.Kinds[i], q.Data[start:q.Ends[i]]); ok {
			sights = r.Sights(id, sights[:0])
		}
		took = append(took, time.Since(t))
	}
	wall := time.Since(begin)
	slices.Sort(took)
	slices.Sort(stalls)
	b.ReportMetric(float64(len(took))/wall.Seconds(), "reads/s")
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(took[len(took)*999/1000].Nanoseconds()), "p99.9-ns")
	b.ReportMetric(float64(*benchRows/2)/wall.Seconds(), "obs/s")
	b.ReportMetric(float64(stalls[len(stalls)*999/1000].Microseconds())/1000, "stall-p99.9-ms")
	b.ReportMetric(float64(stalls[len(stalls)-1].Microseconds())/1000, "stall-max-ms")
}
