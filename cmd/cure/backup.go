package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/dirlock"
)

type backupCmd struct {
	File string `arg:"" help:"Archive to write, as in cure.tar.zst; '-' is standard output."`
}

// Help says what is in it.
func (backupCmd) Help() string {
	return `Writes everything durable (the log with all records, organisations, hashes of
keys, objects) into one archive, from the running hub, here or at --url, or
from the folder of a stopped one. The file has its name when it is whole.
'cure restore' is the way back.

  cure backup /backup/cure-2026-11-20.tar.zst
  cure --url https://hub.example backup - | ssh elsewhere 'cat >cure.tar.zst'`
}

// Run writes the archive, and its name only when it is complete.
func (c *backupCmd) Run(e *env) error {
	write, done, err := e.backup()
	if err != nil {
		return err
	}
	defer done()
	if c.File == "-" {
		return write(e.ctx, e.out)
	}
	f, err := os.CreateTemp(filepath.Dir(c.File), ".cure-backup-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = write(e.ctx, f)
	var size int64
	if err == nil {
		size, err = f.Seek(0, io.SeekCurrent)
	}
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
	return e.done(map[string]any{"file": c.File, "bytes": size}, "backed up to %s, %s", c.File, mib(size))
}

// backup returns what writes the archive: the hub that runs at the address or
// on the data folder, else the log in the folder itself.
func (e *env) backup() (write func(context.Context, io.Writer) error, done func(), err error) {
	if e.flags.URL == "" {
		n, err := e.openStopped()
		if err == nil {
			return func(ctx context.Context, w io.Writer) error {
				return n.base.Backup(ctx, w, n.cfg.Data)
			}, n.close, nil
		}
		if cure.KindOf(err) != cure.Conflict {
			return nil, nil, err
		}
	}
	cl, err := e.hub()
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, w io.Writer) error {
		_, err := cl.Backup(ctx, w)
		return err
	}, func() {}, nil
}

// openStopped opens the data of a hub that does not run.
func (e *env) openStopped() (*node, error) {
	cfg, err := e.config()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.Data); err != nil {
		return nil, cure.Errorf(cure.NotFound, "no data folder: %w", err)
	}
	return e.openLogOnly(cfg)
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
	return `The folder must be empty or absent. All keys are good again as they were; the
file admin.key is not in the archive: put it there, or run 'cure key reset'.
The first start reads the whole log.

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
	if there, err := os.ReadDir(cfg.Data); err == nil && len(there) > 0 {
		return cure.Errorf(cure.Conflict, "restore: folder %s is not empty", cfg.Data)
	}
	n, err := e.openLogOnly(cfg)
	if err != nil {
		return err
	}
	defer n.close()
	if err := n.base.Restore(e.ctx, in); err != nil {
		return fmt.Errorf("%w; what was restored so far is in %s: remove it before the next try", err, cfg.Data)
	}
	info, err := n.base.Info(e.ctx)
	if err != nil {
		return err
	}
	return e.done(map[string]any{"folder": cfg.Data, "bytes": info.Bytes}, "restored %s into %s", mib(int64(info.Bytes)), cfg.Data)
}
