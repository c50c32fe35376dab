package hub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/fault"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/store"
)

// A snapshot has two parts, each a function of the stream up to a sequence of
// its own: the store (its own files) and the ledger (ledger-SEQ.json: a line
// with the SHA-256 of the rest, then JSON). They need not be of one sequence:
// after a restart the log is read from the older one on, and each part skips
// what it has. So both are written while batches are applied, and a crash
// between them does no harm.

// keepLedgers is how many ledgers stay in the folder.
const keepLedgers = 3

// ledgerFile is the ledger as it is written.
type ledgerFile struct {
	Log      time.Time                `json:"log"` // creation of the stream it was read from
	Seq      uint64                   `json:"seq"`
	Strange  uint64                   `json:"strange,omitempty"`
	Accounts map[cure.Source]*account `json:"accounts"`
	Shelf    shelf                    `json:"shelf,omitzero"`
}

func (h *Hub) storeDir() string { return filepath.Join(h.opts.Dir, "store") }

// Snapshot writes a snapshot now and returns the sequence from which a restart
// would read on. One at a time; it does not hold up the writer.
func (h *Hub) Snapshot(ctx context.Context) (uint64, error) {
	if h.opts.Dir == "" {
		return 0, cure.Errorf(cure.Unavailable, "write snapshot: no folder is configured")
	}
	h.upkeep.turn.Lock()
	defer h.upkeep.turn.Unlock()
	info, err := h.stream.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	if err := os.MkdirAll(h.storeDir(), 0o700); err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	text, seq, err := h.ledger.marshal(info.Created)
	if err == nil {
		err = writeFile(filepath.Join(h.opts.Dir, fmt.Sprintf("ledger-%020d.json", seq)), text)
	}
	if err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	fault.Point("snapshot.ledger") // the two parts are of different sequences
	if _, err := h.store.Snapshot(ctx, h.storeDir()); err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	if files := ledgerFiles(h.opts.Dir); len(files) > keepLedgers {
		for _, old := range files[keepLedgers:] {
			os.Remove(old)
		}
	}
	h.upkeep.snapshot.Store(h.opts.Now().UnixNano())
	h.upkeep.snapSeq.Store(seq)
	return seq, nil
}

// Backup writes all that is durable to w, while the hub runs. Batches that are
// acknowledged before the call are in it. A restore reads the log from its
// beginning: snapshots are not part of it. It needs room for the log, and one
// runs at a time.
func (h *Hub) Backup(ctx context.Context, w io.Writer) error {
	if !h.upkeep.backup.TryLock() {
		return cure.Errorf(cure.Conflict, "back up: another backup is being written")
	}
	defer h.upkeep.backup.Unlock()
	if h.opts.Dir != "" {
		if err := os.MkdirAll(h.opts.Dir, 0o700); err != nil {
			return fmt.Errorf("back up: %w", err)
		}
	}
	left, _ := filepath.Glob(filepath.Join(h.opts.Dir, log.BackupSpool)) // by a process that was killed
	for _, file := range left {
		os.Remove(file)
	}
	return h.opts.Log.Backup(ctx, w, h.opts.Dir)
}

func (l *ledger) marshal(created time.Time) ([]byte, uint64, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	body, err := json.Marshal(ledgerFile{created, l.seq, l.strange, l.accounts, l.shelf})
	sum := sha256.Sum256(body)
	return append([]byte(hex.EncodeToString(sum[:])+"\n"), body...), l.seq, err
}

// writeFile writes a file that is either there whole or not at all.
func writeFile(path string, data []byte) error {
	tmp := path + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// ledgerFiles returns the ledgers of a folder, newest first.
func ledgerFiles(dir string) []string {
	files, _ := filepath.Glob(filepath.Join(dir, "ledger-*.json"))
	slices.Sort(files)
	slices.Reverse(files)
	return files
}

// readLedger reads a ledger that is whole.
func readLedger(path string) (ledgerFile, error) {
	var f ledgerFile
	text, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	sum, body, _ := bytes.Cut(text, []byte("\n"))
	if want := sha256.Sum256(body); !strings.EqualFold(string(sum), hex.EncodeToString(want[:])) {
		return f, cure.Errorf(cure.Invalid, "%s is damaged", filepath.Base(path))
	}
	err = json.Unmarshal(body, &f)
	return f, err
}

// restore takes up the newest snapshot and checks that it fits the log.
func (h *Hub) restore(ctx context.Context) error {
	info, err := h.stream.Info(ctx)
	if err != nil {
		return err
	}
	h.created = info.Created
	o := store.Options{Seed: h.secret.seed, Heap: h.opts.Heap, Budget: h.opts.Memory}
	if h.opts.Dir != "" {
		if err = h.load(o, info); err != nil && h.opts.Rebuild {
			h.log.Warn("snapshot left aside", "err", err)
			h.store, h.ledger = nil, newLedger()
		} else if err != nil {
			return err
		}
	}
	if h.store == nil {
		if h.store, err = store.New(o); err != nil {
			return err
		}
	}
	from := min(h.store.Applied(), h.ledger.seq)
	if info.First > 1 && from == 0 {
		h.log.Warn("the log begins later than its first batch; what came before is gone", "first", info.First)
	}
	h.progress = newProgress(from)
	h.upkeep.snapSeq.Store(from)
	h.sink = &sink{store: h.store, self: h.store.Reader(h.opts.Self), fresh: h.fresh, roster: h.roster, on: func() bool { return h.fan.wanted() || h.live.wanted() }}
	return nil
}

// load reads both parts.
func (h *Hub) load(o store.Options, info log.StreamInfo) error {
	if err := os.MkdirAll(h.storeDir(), 0o700); err != nil {
		return err
	}
	st, done, err := store.Restore(h.storeDir(), o)
	if err != nil {
		return err
	}
	h.store = st
	for _, r := range done.Refused {
		h.log.Warn("snapshot refused", "err", r)
	}
	for _, path := range ledgerFiles(h.opts.Dir) {
		f, err := readLedger(path)
		if err != nil {
			h.log.Warn("ledger refused", "err", err)
			continue
		}
		if !f.Log.Equal(info.Created) {
			return cure.Errorf(cure.Conflict, "the snapshot is of a log made at %s, this log was made at %s: restore the log, or rebuild from this one",
				f.Log.Format(time.RFC3339), info.Created.Format(time.RFC3339))
		}
		h.ledger.seq, h.ledger.strange, h.ledger.accounts, h.ledger.shelf = f.Seq, f.Strange, f.Accounts, f.Shelf
		if written, err := os.Stat(path); err == nil {
			h.upkeep.snapshot.Store(written.ModTime().UnixNano())
		}
		break
	}
	return h.fits(info)
}

// fits compares the snapshot with the ends of the log.
func (h *Hub) fits(info log.StreamInfo) error {
	newest := max(h.store.Applied(), h.ledger.seq)
	from := min(h.store.Applied(), h.ledger.seq)
	switch {
	case newest > info.Last:
		return cure.Errorf(cure.Conflict, "the log ends at %d but the snapshot holds %d: the log has lost acknowledged batches; restore it, or rebuild from what it has", info.Last, newest)
	case from > 0 && info.First > from+1:
		return cure.Errorf(cure.Conflict, "the snapshot ends at %d but the log begins at %d: batches between are gone; restore the log, or rebuild from what it has", from, info.First)
	}
	return nil
}
