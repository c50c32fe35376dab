package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/opencure/cure"
)

// Pipeline measures the way of a cowrie log from its file to an answer as a
// user goes it: "cure publish" in a process of its own, at a hub in another,
// both with default settings. A record is a raw line; it is acknowledged when
// the log has it on disk, searchable when the hub has applied it.
func Pipeline(ctx context.Context, r Report, parent string, sessions int, seed uint64) error {
	r.Head("cowrie log of %d sessions to searchable, hub and publisher in processes of their own, seed %d", sessions, seed)
	s, err := startServer(ctx, parent)
	if err != nil {
		return err
	}
	defer s.stop()
	file := filepath.Join(s.dir, "cowrie.json")
	lines, size, err := writeCowrieFile(file, seed, sessions)
	if err != nil {
		return err
	}
	r.Line("input", "%d records (lines), %.0f MB, %.0f bytes each", lines, float64(size)/1e6, float64(size)/float64(lines))
	before, err := s.Client.Status(ctx)
	if err != nil {
		return err
	}
	cpu, start := s.usage().CPU, time.Now()
	out, published, err := s.run(ctx, "publish", "cowrie", file, "--source", "cowrie/bench", "--quiet", "--no-wait", "--json")
	if err != nil {
		return err
	}
	acked := time.Since(start)
	var res struct{ Records, Published, Observations, Quarantined, Batches, Seq int64 }
	if err := json.Unmarshal(out, &res); err != nil {
		return fmt.Errorf("read what cure publish printed: %w", err)
	}
	if res.Records != int64(lines) {
		return cure.Errorf(cure.Internal, "cure publish read %d of %d records", res.Records, lines)
	}
	if err := s.Client.Applied(ctx, uint64(res.Seq)); err != nil {
		return err
	}
	found, used := time.Since(start), s.usage().CPU-cpu
	after, err := s.Client.Status(ctx)
	if err != nil {
		return err
	}
	n := float64(lines)
	r.Line("file to searchable, durable", "%.1f k records/s wall (%s)", n/found.Seconds()/1e3, short(found))
	r.Line("  file to acknowledged", "%.1f k records/s wall (%s)", n/acked.Seconds()/1e3, short(acked))
	r.Line("  processor", "publisher %s, hub %s: %.1f k records a CPU second", short(published), short(used), n/(published+used).Seconds()/1e3)
	r.Line("  sent", "%d records (sessions) with %d observations in %d batches", res.Published, res.Observations, res.Batches)
	r.Line("  quarantined", "%d", res.Quarantined)
	grown := float64(after.LogBytes - before.LogBytes)
	r.Line("log bytes", "%.1f a raw record, 1/%.1f of the JSON", grown/n, float64(size)/grown)
	r.Line("resident hub", "%.0f MB", float64(s.usage().Resident)/1e6)
	return nil
}

// writeCowrieFile writes the input and returns its lines and bytes.
func writeCowrieFile(name string, seed uint64, sessions int) (lines int, size int64, err error) {
	f, err := os.Create(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	if lines, err = WriteCowrie(f, seed, sessions); err != nil {
		return 0, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, 0, err
	}
	return lines, info.Size(), f.Close()
}
