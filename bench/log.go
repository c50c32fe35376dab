package bench

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/wire"
)

// Log measures the durable log: batches of 500 observations, each acknowledged
// after fsync, first one at a time, then with a window in flight. dir is a
// folder on the disk that counts; what is written there is removed.
func Log(ctx context.Context, r Report, dir string, observations int) error {
	r.Head("durable log, %d observations in batches of 500, sync always", observations)
	tmp, err := os.MkdirTemp(dir, "bench-log-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	backend, err := log.OpenEmbedded(ctx, log.EmbeddedConfig{Dir: tmp}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer backend.Close()
	stream, err := backend.Stream(ctx, log.StreamConfig{Name: "obs", Subjects: []string{"obs.>"}})
	if err != nil {
		return err
	}
	batches, bytes, err := logBatches(observations / 500)
	if err != nil {
		return err
	}
	r.Line("bytes an observation on the wire", "%.1f", float64(bytes)/float64(observations))

	start, cpu := time.Now(), SelfCPU()
	var each Latencies
	for _, b := range batches {
		t := time.Now()
		if _, err := stream.Append(ctx, "obs.bench.log", "", b); err != nil {
			return err
		}
		each.Add(time.Since(t))
	}
	r.rate("one batch at a time", observations, start, cpu)
	r.Line("  acknowledgement", "%v", &each)

	start, cpu = time.Now(), SelfCPU()
	var acks sync.WaitGroup
	var failed error
	for _, b := range batches {
		acks.Add(1)
		if err := stream.AppendAsync(ctx, "obs.bench.log", "", b, func(_ uint64, err error) {
			if err != nil {
				failed = err
			}
			acks.Done()
		}); err != nil {
			return err
		}
	}
	acks.Wait()
	if failed != nil {
		return failed
	}
	r.rate(fmt.Sprintf("%d batches in flight", log.Window), observations, start, cpu)
	return nil
}

// rate prints observations per second of wall clock and of processor time.
func (r Report) rate(name string, n int, start time.Time, cpu time.Duration) {
	wall, used := time.Since(start), SelfCPU()-cpu
	r.Line(name, "%.2f M/s, %.2f M a CPU second", float64(n)/wall.Seconds()/1e6, float64(n)/used.Seconds()/1e6)
}

// logBatches encodes batches of 500 observations of generated addresses.
func logBatches(n int) (batches [][]byte, bytes int, err error) {
	enc, err := wire.NewEncoder([16]byte{1})
	if err != nil {
		return nil, 0, err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		for range 500 {
			at = at.Add(time.Duration(rng.IntN(50)) * time.Millisecond)
			addr := netip.AddrFrom4([4]byte{byte(rng.IntN(200)), byte(rng.IntN(20)), byte(rng.IntN(256)), byte(rng.IntN(256))})
			rec := cure.Record{Observations: []cure.Observation{{
				Observable: cure.Observable{Kind: cure.KindIP, Value: addr.String()}, Role: cure.RoleScanner, First: at,
			}}}
			if err := enc.Add(&rec); err != nil {
				return nil, 0, err
			}
		}
		b, err := enc.Flush(wire.Header{Source: "bench/log", Epoch: 1, Seq: uint64(i + 1), Created: at})
		if err != nil {
			return nil, 0, err
		}
		batches, bytes = append(batches, b), bytes+len(b)
	}
	return batches, bytes, nil
}
