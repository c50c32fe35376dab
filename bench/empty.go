package bench

import (
	"context"
	"time"
)

// emptyStarts is how often an empty hub is started.
const emptyStarts = 5

// Empty measures an empty hub in a process of its own: from its start to the
// first answer over HTTP, and what it occupies two seconds later. Each start
// is on a new data folder: secrets, streams and the first key are made in it.
func Empty(ctx context.Context, r Report, parent string) error {
	r.Head("empty hub, %d starts on new data folders", emptyStarts)
	var first, again Latencies
	var resident, peak int64
	for range emptyStarts {
		s, err := startServer(ctx, parent)
		if err != nil {
			return err
		}
		first.Add(s.Ready)
		err = wait(ctx, 2*time.Second)
		u := s.usage()
		resident, peak = max(resident, u.Resident), max(peak, u.Peak)
		s.end()
		if err == nil {
			err = s.start(ctx, nil)
		}
		if err != nil {
			s.stop()
			return err
		}
		again.Add(s.Ready)
		s.stop()
	}
	r.Line("start to first answer", "p50 %s, max %s (n=%d)", short(first.At(.5)), short(first.At(1)), first.Len())
	r.Line("  again on the same folder", "p50 %s, max %s", short(again.At(.5)), short(again.At(1)))
	r.Line("resident", "%.0f MB after two seconds, %.0f MB at most", float64(resident)/1e6, float64(peak)/1e6)
	return nil
}
