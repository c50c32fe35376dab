package log_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/log/logtest"
)

func TestEmbeddedFolderInUse(t *testing.T) {
	dir := t.TempDir()
	b := openEmbedded(t, dir)
	_, err := log.OpenEmbedded(t.Context(), log.EmbeddedConfig{Dir: dir}, quiet(t))
	if err == nil || cure.KindOf(err) != cure.Conflict || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, want a conflict that names the folder", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openEmbedded(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
}

func TestEmbeddedInfo(t *testing.T) {
	for text, sync := range map[string]log.Sync{
		"always": log.SyncAlways, "1s": log.Sync(time.Second), "2m0s": log.Sync(2 * time.Minute),
	} {
		dir := t.TempDir()
		cfg := log.EmbeddedConfig{Dir: dir, Sync: sync, MaxBytes: 1 << 30}
		b, err := log.OpenEmbedded(t.Context(), cfg, quiet(t))
		if err != nil {
			t.Fatal(err)
		}
		info, err := b.Info(t.Context())
		if err != nil || info.Driver != "embedded" || info.Sync.String() != text || info.Address != dir || info.Server == "" || info.MaxBytes != 1<<30 {
			t.Errorf("info %+v, %v", info, err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEmbeddedFull fills the whole backend: it refuses and keeps what it has.
func TestEmbeddedFull(t *testing.T) {
	dir := t.TempDir()
	b, err := log.OpenEmbedded(t.Context(), log.EmbeddedConfig{Dir: dir, MaxBytes: 2 << 20}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	s, err := b.Stream(t.Context(), logtest.Config)
	if err != nil {
		t.Fatal(err)
	}
	stored := uint64(0)
	for err == nil && stored < 100 {
		if _, err = s.Append(t.Context(), "obs.cowrie.tokyo1", "", make([]byte, 100_000)); err == nil {
			stored++
		}
	}
	if stored == 0 || cure.KindOf(err) != cure.Unavailable {
		t.Fatalf("error %v after %d messages, want kind unavailable", err, stored)
	}
	if err := s.TruncateBefore(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	if seq, err := s.Append(t.Context(), "obs.cowrie.tokyo1", "", nil); err != nil || seq != stored+1 {
		t.Errorf("append after truncation: %d, %v; want %d", seq, err, stored+1)
	}
}

func TestEmbeddedCannotStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx context.Context
		dir string
	}{
		"a file for a folder": {t.Context(), file},
		"ended context":       {ended, t.TempDir()},
	}
	for name, tt := range tests {
		b, err := log.OpenEmbedded(tt.ctx, log.EmbeddedConfig{Dir: tt.dir}, slog.New(slog.DiscardHandler))
		if err == nil {
			b.Close()
		}
		if err == nil || cure.KindOf(err) != cure.Unavailable {
			t.Errorf("%s: error %v, want kind unavailable", name, err)
		}
	}
}

// A restore takes whole archives only.
func TestRestoreRefusesDamage(t *testing.T) {
	from := openEmbedded(t, t.TempDir())
	defer from.Close()
	s, err := from.Stream(t.Context(), logtest.Config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), "obs.x", "", make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := from.Backup(t.Context(), &archive, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	whole := archive.Bytes()
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for name, data := range map[string][]byte{
		"empty": nil, "no archive": []byte("hello"), "half": whole[:len(whole)/2], "cut": whole[:len(whole)-9], "flipped": flipped,
	} {
		to := openEmbedded(t, t.TempDir())
		if err := to.Restore(t.Context(), bytes.NewReader(data)); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%s: %v, want it refused as invalid", name, err)
		}
		to.Close()
	}
}
