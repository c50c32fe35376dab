package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/dirlock"
	"github.com/opencure/cure/internal/ops"
)

type backupCmd struct {
	File string `arg:"" help:"Archive to write, as in cure.tar.zst; '-' is standard output."`
}

// Help says what is needed.
func (backupCmd) Help() string {
	return `Writes the whole data folder (log, snapshots, keys) into one archive. The hub
must be stopped. 'cure restore' is the way back.

  cure backup /backup/cure-2026-11-20.tar.zst
  cure backup - | ssh elsewhere 'cat >cure.tar.zst'`
}

// Run writes the archive, and its name only when it is complete.
func (c *backupCmd) Run(e *env) error {
	cfg, err := e.config()
	if err != nil {
		return err
	}
	lock, err := lockData(cfg.Data)
	if err != nil {
		return err
	}
	defer lock.Release()
	if c.File == "-" {
		_, err := ops.Backup(e.ctx, cfg.Data, e.out, urlFile, "lock")
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(c.File), ".cure-backup-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	n, err := ops.Backup(e.ctx, cfg.Data, f, urlFile, "lock")
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), c.File)
	}
	if err != nil {
		return err
	}
	return e.done(map[string]any{"file": c.File, "bytes": n}, "backed up %s of %s to %s", mib(n), cfg.Data, c.File)
}

// lockData takes the data folder, which a running hub holds.
func lockData(dir string) (*dirlock.Lock, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, cure.Errorf(cure.NotFound, "no data folder: %w", err)
	}
	return takeFolder(dir)
}

// takeFolder takes an existing data folder for this process.
func takeFolder(dir string) (*dirlock.Lock, error) {
	lock, err := dirlock.Acquire(dir)
	var held *dirlock.HeldError
	if errors.As(err, &held) {
		return nil, cure.Errorf(cure.Conflict, "%w: stop that hub first, or give another folder with --data", err)
	}
	return lock, err
}

type restoreCmd struct {
	File string `arg:"" help:"Archive that 'cure backup' wrote; '-' is standard input."`
}

// Help teaches by example.
func (restoreCmd) Help() string {
	return `The folder must be empty or absent. Run 'cure log verify' before 'cure serve'.

  cure --data /var/lib/cure restore cure.tar.zst
  ssh old cure backup - | cure --data /srv/cure restore -`
}

// Run unpacks the archive into an empty data folder.
func (c *restoreCmd) Run(e *env) error {
	cfg, err := e.config()
	if err != nil {
		return err
	}
	in := e.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	n, err := ops.Restore(e.ctx, in, cfg.Data)
	if err != nil {
		return err
	}
	return e.done(map[string]any{"folder": cfg.Data, "bytes": n}, "restored %s into %s", mib(n), cfg.Data)
}
