package hub

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// An engine may keep what it has made of the stream up to a sequence beside
// the snapshots of the hub, in engine-NAME.state: a line with the SHA-256 of
// the rest, a line of JSON that says what it is of, then the engine's own
// bytes. It is a way to start sooner and nothing else: without the file, or
// where the file does not fit, the engine reads the log.

// maxKept bounds such a file.
const maxKept = 1 << 30

// kept says what a file is of.
type kept struct {
	Log         time.Time `json:"log"` // creation of the stream it was read from
	Version     uint32    `json:"version"`
	Fingerprint string    `json:"fingerprint"`
	Seq         uint64    `json:"seq"`
}

func (h *Hub) keptPath(engine string) string {
	return filepath.Join(h.opts.Dir, "engine-"+engine+".state")
}

// Keep writes what the engine has made of the stream up to a sequence, to be
// returned by [Bench.Kept] after a restart. That it could not be made, or not
// be written, is logged: the next start reads the log. A hub without a folder
// keeps nothing.
func (b *Bench) Keep(seq uint64, state []byte, err error) {
	if b.hub.opts.Dir == "" {
		return
	}
	if err == nil {
		err = b.write(kept{b.hub.created, b.Version, b.fingerprint, seq}, state)
	}
	if err != nil {
		b.hub.log.Warn("checkpoint of engine not written", "engine", b.state.Name, "err", err)
	}
}

func (b *Bench) write(k kept, state []byte) error {
	head, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if len(state) > maxKept-len(head)-128 {
		return cure.Errorf(cure.Invalid, "state of %d bytes is too large", len(state))
	}
	body := append(append(head, '\n'), state...)
	sum := sha256.Sum256(body)
	return writeFile(b.hub.keptPath(b.state.Name), append([]byte(hex.EncodeToString(sum[:])+"\n"), body...))
}

// Kept returns what the engine kept and the sequence up to which it is; ok is
// false where there is nothing that fits this engine and this log, and the
// reason is logged.
func (b *Bench) Kept() (seq uint64, state []byte, ok bool) {
	if b.hub.opts.Dir == "" {
		return 0, nil, false
	}
	k, state, err := readKept(b.hub.keptPath(b.state.Name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil, false
	case err != nil:
	case !k.Log.Equal(b.hub.created):
		err = cure.Errorf(cure.Conflict, "it is of a log made at %s", k.Log.Format(time.RFC3339))
	case k.Version != b.Version || k.Fingerprint != b.fingerprint:
		err = cure.Errorf(cure.Conflict, "it is of version %d, %.80q", k.Version, k.Fingerprint)
	case k.Seq > b.hub.Sequence():
		err = cure.Errorf(cure.Conflict, "it holds %d, the log ends at %d", k.Seq, b.hub.Sequence())
	default:
		return k.Seq, state, true
	}
	b.Refuse(err)
	return 0, nil, false
}

// Refuse logs why an engine does not go on from what it kept.
func (b *Bench) Refuse(why error) {
	b.hub.log.Warn("checkpoint of engine refused, reading the log instead", "engine", b.state.Name, "err", why)
}

// readKept reads a file that is whole.
func readKept(path string) (k kept, state []byte, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return k, nil, err
	}
	if info.Size() > maxKept {
		return k, nil, cure.Errorf(cure.Invalid, "%s of %d bytes is too large", filepath.Base(path), info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return k, nil, err
	}
	return parseKept(text)
}

// parseKept takes a file apart.
func parseKept(text []byte) (k kept, state []byte, err error) {
	sum, body, _ := bytes.Cut(text, []byte("\n"))
	if want := sha256.Sum256(body); !strings.EqualFold(string(sum), hex.EncodeToString(want[:])) {
		return k, nil, cure.Errorf(cure.Invalid, "it is damaged")
	}
	head, state, _ := bytes.Cut(body, []byte("\n"))
	if err := json.Unmarshal(head, &k); err != nil {
		return k, nil, fmt.Errorf("read what it is of: %w", err)
	}
	return k, state, nil
}

// CorrectedAt returns the stream sequence at which what a source said was last
// deleted or put under another marking, 0 for never; unlike [Bench.Corrected]
// also of before the hub began.
func (b *Bench) CorrectedAt(src cure.Source) uint64 {
	l := b.hub.ledger
	l.mu.RLock()
	defer l.mu.RUnlock()
	if a := l.accounts[src]; a != nil {
		return a.Corrected
	}
	return 0
}
