package tail

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// Log follows a file that is written, under the name it has while it is
// written. Rotation by renaming, by copying and truncating, and compression of
// what was rotated are understood: what was written in between, also while
// nobody looked, is read from the older files beside it (NAME.1, NAME.2.gz,
// NAME-20261120, NAME.2026-11-20.zst, STEM-20261120.EXT). Files that are older
// than the first look are not: they are given to "cure publish" by name.
type Log struct {
	path    string
	framing feed.Framing
	max     int
	every   time.Duration
	older   *regexp.Regexp
	read    finished
	broken  bool // the last file could not be read further
	// reached is when the oldest of the older files that were read was written
	// last. What was written since is to be read, also where a checkpoint is
	// younger: one that was made while the older files were caught up with.
	reached time.Time
}

// Follow makes a Log. max bounds a record, 0 is feed.MaxRecord.
func Follow(path string, framing feed.Framing, max int) *Log {
	name := filepath.Base(path)
	ext := filepath.Ext(name)
	date := `[-._]\d[-._0-9T]*`
	return &Log{
		path: path, framing: framing, max: max, every: every,
		older: regexp.MustCompile(`^(` + regexp.QuoteMeta(name) + date + `|` +
			regexp.QuoteMeta(strings.TrimSuffix(name, ext)) + date + regexp.QuoteMeta(ext) + `)(\.(gz|zst))?$`),
	}
}

// maxOlder bounds the older files that are looked at, the newest of them.
const maxOlder = 256

// Next implements feed.Stream.
func (l *Log) Next(ctx context.Context, p feed.Progress) (feed.Input, error) {
	for {
		if l.broken {
			l.broken = false
			if err := pause(ctx, l.every); err != nil {
				return nil, err
			}
		}
		older, err := l.rotated()
		if err != nil {
			return nil, err
		}
		for _, path := range older {
			in, err := l.unfinished(ctx, path, p)
			if in != nil || err != nil {
				return in, err
			}
		}
		in, err := l.current(p)
		switch {
		case in != nil:
			return in, nil
		case err != nil:
			return nil, unusable(err)
		case p.Want != "":
			return nil, cure.Errorf(cure.NotFound, "the file that was being read is not there any more")
		}
		if err := pause(ctx, l.every); err != nil {
			return nil, err
		}
	}
}

// rotated lists the older files, the oldest first.
func (l *Log) rotated() ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(l.path))
	if err != nil {
		return nil, unusable(err)
	}
	type file struct {
		path string
		time time.Time
	}
	var files []file
	for _, e := range entries {
		if !l.older.MatchString(e.Name()) {
			continue
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || l.read.has(info) {
			continue
		}
		files = append(files, file{filepath.Join(filepath.Dir(l.path), e.Name()), info.ModTime()})
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Or(a.time.Compare(b.time), cmp.Compare(b.path, a.path)) })
	files = files[max(0, len(files)-maxOlder):]
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.path
	}
	return paths, nil
}

// unfinished opens an older file if there is something in it that was not
// read: its beginning was, or it was written since.
func (l *Log) unfinished(ctx context.Context, path string, p feed.Progress) (feed.Input, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil // gone or renamed meanwhile: the next look finds it
	}
	w, err := openWhole(ctx, path, "", info, l.framing, l.max, func(id string) bool { _, ok := p.Offset(id); return ok })
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, nil // unreadable, or being compressed: the next look finds it
	}
	offset, known := p.Offset(w.id)
	if known && (l.reached.IsZero() || info.ModTime().Before(l.reached)) {
		l.reached = info.ModTime()
	}
	switch {
	case w.id == "":
	case p.Want != "" && w.id != p.Want:
		w.Close()
		return nil, nil // its turn comes
	case p.Want == "" && !known && !l.since(info.ModTime(), p.At):
	case p.Want == "" && known && w.plain() && offset >= info.Size():
	default:
		return w, nil
	}
	w.Close()
	l.read.add(info)
	return nil, nil
}

// since reports whether a file that was written last at t holds what was
// written since the first look. Older files come in that order, so that one
// that was read comes before those that were rotated after it.
func (l *Log) since(t, at time.Time) bool {
	return !at.IsZero() && t.After(at) || !l.reached.IsZero() && !t.Before(l.reached)
}

// plain reports whether the file is not compressed, so that offsets are bytes
// on disk.
func (w *whole) plain() bool {
	f, _, err := openFile(w.path)
	if err != nil {
		return false
	}
	defer f.Close()
	return !packed(head(f))
}

// current opens the file that is written; nil when it is not there, has no
// whole line yet, or is not the one wanted.
func (l *Log) current(p feed.Progress) (feed.Input, error) {
	f, info, err := openFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	first := head(f)
	id := feed.Head(first, func(id string) bool { _, ok := p.Offset(id); return ok || id == p.Want })
	if packed(first) || id == "" || p.Want != "" && id != p.Want || l.read.has(info) {
		f.Close()
		if packed(first) {
			return nil, errors.New(filepath.Base(l.path) + " is compressed: it cannot be followed while it is written")
		}
		return nil, nil
	}
	r := newReader(f, l.path, first, id, l.every)
	file, err := feed.NewFile(filepath.Base(l.path), r, l.framing, l.max)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &growing{File: file, r: r}, nil
}

// Safe implements feed.Stream. A file can be read again.
func (l *Log) Safe(string, int64) {}

// Done implements feed.Stream.
func (l *Log) Done(in feed.Input, problem error) {
	l.broken = problem != nil
	if w, ok := in.(*whole); ok {
		l.read.add(w.info)
	}
}
