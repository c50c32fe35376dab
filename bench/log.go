package bench

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// Log measures the durable log: batches of 500 observations with markings,
// attributes and raw lines, each acknowledged after fsync, first one at a
// time, then with a window in flight. dir is a folder on the disk that counts;
// what is written there is removed. Batches are encoded before the clock
// starts and kept in memory, about 100 bytes an observation.
func Log(ctx context.Context, r Report, dir string, observations int, seed uint64) error {
	r.Head("durable log, %d observations in batches of 500, sync always, seed %d", observations, seed)
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
	b, err := encodeAll(ctx, observations, seed)
	if err != nil {
		return err
	}
	r.Line("on the wire", "%.1f bytes a record, %.1f an observation, 1/%.1f of the raw lines",
		float64(b.wire)/float64(b.records), float64(b.wire)/float64(observations), float64(b.raw)/float64(b.wire))

	start, cpu := time.Now(), SelfCPU()
	var each Latencies
	for _, p := range b.payloads {
		t := time.Now()
		if _, err := stream.Append(ctx, "obs.bench.log", "", p); err != nil {
			return err
		}
		each.Add(time.Since(t))
	}
	r.rate("one batch at a time", observations, start, cpu)
	r.Line("  acknowledgement", "%v", &each)

	start, cpu = time.Now(), SelfCPU()
	if err := inFlight(ctx, stream, b.payloads); err != nil {
		return err
	}
	r.rate(fmt.Sprintf("%d batches in flight", log.Window), observations, start, cpu)
	return nil
}

// inFlight appends with the log's window and waits for the last.
func inFlight(ctx context.Context, stream log.Stream, payloads [][]byte) error {
	var acks sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for _, p := range payloads {
		acks.Add(1)
		err := stream.AppendAsync(ctx, "obs.bench.log", "", p, func(_ uint64, err error) {
			defer acks.Done()
			mu.Lock()
			defer mu.Unlock()
			if failed == nil {
				failed = err
			}
		})
		if err != nil {
			return err
		}
	}
	acks.Wait()
	return failed
}

// rate prints observations per second of wall clock and of processor time.
func (r Report) rate(name string, n int, start time.Time, cpu time.Duration) {
	wall, used := time.Since(start), SelfCPU()-cpu
	r.Line(name, "%.2f M/s, %.2f M a CPU second", float64(n)/wall.Seconds()/1e6, float64(n)/used.Seconds()/1e6)
}

// encoded are batches and what is in them.
type encoded struct {
	payloads           [][]byte
	records, wire, raw int
}

// encodeAll encodes a whole generated stream.
func encodeAll(ctx context.Context, observations int, seed uint64) (encoded, error) {
	var b encoded
	records := newRecordStream(observations, seed)
	lanes := map[cure.Source]*lane{}
	for ctx.Err() == nil {
		src, recs, _, err := records.next()
		if err != nil || recs == nil {
			return b, err
		}
		if lanes[src] == nil {
			if lanes[src], err = newLane([16]byte{1}, 1, 0); err != nil {
				return b, err
			}
		}
		payload, err := lanes[src].encode(src, recs)
		if err != nil {
			return b, err
		}
		for i := range recs {
			b.raw += len(recs[i].Raw)
		}
		b.payloads = append(b.payloads, payload)
		b.records, b.wire = b.records+len(recs), b.wire+len(payload)
	}
	return b, ctx.Err()
}
