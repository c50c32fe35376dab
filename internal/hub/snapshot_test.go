package hub

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

func TestRestartTakesUpTheSnapshot(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	for i := range 20 {
		p.send(record(fmt.Sprint("s", i), "198.51.100.1", fmt.Sprintf("198.51.100.%d", i)))
	}
	before := r.Digest(all)
	seq, err := r.Snapshot(ctx)
	if err != nil || seq != r.Sequence() {
		t.Fatalf("snapshot at %d, %v, want at %d", seq, err, r.Sequence())
	}
	p.send(record("after", "203.0.113.1"))
	after := r.Digest(all)
	r.restart()
	if got := r.Digest(all); got != after || got == before {
		t.Error("after the restart the hub holds something else")
	}
	p.send(record("more", "203.0.113.1"))
	if n := r.count("203.0.113.1"); n != 2 {
		t.Errorf("counted %d times, want 2", n)
	}
}

func TestPartsOfASnapshotMayDiffer(t *testing.T) {
	for _, lost := range []string{"ledger-*", "store/*"} {
		t.Run(lost, func(t *testing.T) {
			r := newRig(t)
			p := r.publisher("cowrie/a")
			p.send(record("a", "198.51.100.1"), cure.Record{Controls: []cure.Control{{Op: cure.OpCheckpoint, State: []byte("here")}}})
			p.send(record("b", "198.51.100.1"))
			before := r.Digest(all)
			r.stop()
			paths, err := filepath.Glob(filepath.Join(r.opts.Dir, lost))
			if err != nil || len(paths) == 0 {
				t.Fatalf("nothing to lose: %v", err)
			}
			for _, path := range paths {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
			}
			r.start()
			if r.Digest(all) != before {
				t.Error("after the loss the hub holds something else")
			}
			if d := r.publisher("cowrie/a").desk; string(d.State) != "here" || d.Seq != 2 {
				t.Errorf("checkpoint %q after batch %d", d.State, d.Seq)
			}
			if c := r.ledger.counts("cowrie/a"); c.Batches != 3 || c.Duplicates != 0 {
				t.Errorf("%d batches, %d duplicates in the ledger, want 3 and none", c.Batches, c.Duplicates)
			}
		})
	}
}

func TestDamagedLedgerIsPassedOver(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	p.send(record("a", "198.51.100.1"))
	if _, err := r.Snapshot(ctx); err != nil {
		t.Fatal(err)
	}
	p.send(record("b", "198.51.100.1"))
	r.stop()
	newest := ledgerFiles(r.opts.Dir)[0]
	text, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(newest, text[:len(text)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	if d := r.publisher("cowrie/a").desk; d.Seq != 2 || r.count("198.51.100.1") != 2 {
		t.Errorf("batch %d, counted %d times, want 2 and 2", d.Seq, r.count("198.51.100.1"))
	}
}

func TestSnapshotOfAnotherLog(t *testing.T) {
	r := newRig(t)
	r.publisher("cowrie/a").send(record("a", "198.51.100.1"))
	r.stop()
	r.advance(1)
	other := log.NewMemory(r.clock)
	r.opts.Log = other
	_, err := Open(ctx, r.opts)
	want(t, cure.Conflict, err)
	if err != nil && !strings.Contains(err.Error(), "rebuild") {
		t.Errorf("error %q does not say what can be done", err)
	}
	r.opts.Rebuild = true
	r.start()
	if n := r.count("198.51.100.1"); n != 0 {
		t.Errorf("a rebuilt hub knows of %d observations of the other log", n)
	}
	r.stop()
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}

func TestLogLostItsBeginning(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	p.send(record("a", "198.51.100.1"))
	if _, err := r.Snapshot(ctx); err != nil {
		t.Fatal(err)
	}
	r.stop()
	stream := r.stream
	for i := range 3 { // another hub writes on
		if _, err := stream.Append(ctx, p.src.Subject(), "", p.batch(uint64(i+2), record(fmt.Sprint(i), "198.51.100.1"))); err != nil {
			t.Fatal(err)
		}
	}
	info, err := stream.Info(ctx)
	if err == nil {
		err = stream.TruncateBefore(ctx, info.Last)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(ctx, r.opts)
	want(t, cure.Conflict, err)
	r.opts.Rebuild = true
	r.start()
	if n := r.count("198.51.100.1"); n != 1 {
		t.Errorf("rebuilt from what the log has: counted %d times, want once", n)
	}
}
