package bench

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

// snapshot writes the store to disk while the writer goes on at full speed,
// then restores from it: with the file still in the page cache, as after a
// restart of the process.
func (b *storeBench) snapshot(ctx context.Context, r Report) error {
	dir, err := os.MkdirTemp(b.o.Dir, "bench-store-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var took time.Duration
	var seq uint64
	ended := make(chan error, 1)
	go func() {
		start := time.Now()
		var err error
		seq, err = b.s.Snapshot(ctx, dir)
		took = time.Since(start)
		ended <- err
	}()
	var each Latencies
	rows, writeErr := b.write(ctx, b.total, &each, func() bool { return len(ended) == 0 })
	if err := <-ended; err != nil {
		return err
	}
	if writeErr != nil {
		return writeErr
	}
	size, err := folderBytes(dir)
	if err != nil {
		return err
	}
	r.Line("snapshot beside the writer", "%s for %.0f MB, %.1f bytes an observation", short(took), float64(size)/1e6, float64(size)/float64(b.rows-rows))
	r.Line("  writer stall meanwhile", "%v", &each)
	note := ""
	if b.rows >= b.total {
		note = "; the stream ended before the snapshot"
	}
	r.Line("  written meanwhile", "%d observations, %.2f M/s%s", rows, float64(rows)/max(each.Sum().Seconds(), 1e-9)/1e6, note)
	return b.restore(r, dir, seq)
}

// restore gives the store's memory back and reads the snapshot.
func (b *storeBench) restore(r Report, dir string, seq uint64) error {
	known := b.sample(1000, 7)
	if err := b.s.Close(); err != nil {
		return err
	}
	debug.FreeOSMemory()
	start, cpu := time.Now(), SelfCPU()
	s, done, err := store.Restore(dir, storeOptions)
	if err != nil {
		return err
	}
	b.s, b.half = s, s.Reader(storetest.Half())
	if done.Path == "" || done.Seq != seq {
		return cure.Errorf(cure.Internal, "restored up to %d of %d: %w", done.Seq, seq, errors.Join(done.Refused...))
	}
	hits := 0
	for _, id := range b.half.Batch(known, nil) {
		if id != store.NoID {
			hits++
		}
	}
	took := time.Since(start)
	u, err := Self()
	if err != nil {
		return err
	}
	n := s.Reader(storetest.All()).Stats().Observations
	r.Line("restore to the first 1,000 answers", "%s, processor %s (%d observations, %d of 1,000 seen)", short(took), short(SelfCPU()-cpu), n, hits)
	r.Line("  resident after it", "%.1f bytes an observation", float64(u.Resident-b.before)/float64(max(n, 1)))
	return nil
}

// folderBytes adds up the files below a folder.
func folderBytes(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}
