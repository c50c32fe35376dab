package tail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
)

// The folders below a watched one to which files go.
const (
	doneDir   = "done"   // all of it is in the log
	brokenDir = "broken" // it was refused as a whole, or could not be read to its end
)

// Folder brings the files that come into a folder, each when it is finished:
// when it has not changed for two seconds, and its name does not say that
// somebody is still writing it (a dot before it, .tmp, .part behind it). A
// file of which everything is in the log moves to "done" in the folder, one
// that cannot be used to "broken": what is left to do is what lies there, and
// nothing has to be remembered for ever.
type Folder struct {
	dir     string
	framing feed.Framing
	max     int
	copies  bool // a file is a copy of a list: known by all of its bytes
	every   time.Duration
	seen    map[string]look
	skip    finished // could not be moved
}

// look is what a file was like, and for how many looks.
type look struct {
	stamp
	times int
}

// Watch makes a Folder of a folder that is there. copies says that each file
// is a copy of a whole list. Invalid: files of the folder cannot be moved.
func Watch(dir string, framing feed.Framing, max int, copies bool) (*Folder, error) {
	for _, sub := range []string{doneDir, brokenDir} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, cure.Errorf(cure.Invalid, "watch folder: finished files move to %s in it: %w", sub, err)
		}
	}
	return &Folder{dir: dir, framing: framing, max: max, copies: copies, every: every, seen: map[string]look{}}, nil
}

// maxEntries bounds the entries of a folder that one look takes.
const maxEntries = 10_000

// Next implements feed.Stream.
func (w *Folder) Next(ctx context.Context, p feed.Progress) (feed.Input, error) {
	for {
		names, err := w.look()
		if err != nil {
			return nil, unusable(err)
		}
		waiting := len(w.seen) > len(names)
		for _, name := range names {
			in, err := w.open(ctx, name, p)
			if in != nil || err != nil {
				return in, err
			}
		}
		if p.Want != "" && !waiting {
			return nil, cure.Errorf(cure.NotFound, "the file that was being read is not in the folder any more")
		}
		if err := pause(ctx, w.every); err != nil {
			return nil, err
		}
	}
}

// look returns the names of the finished files, the oldest first.
func (w *Folder) look() ([]string, error) {
	dir, err := os.Open(w.dir)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(maxEntries)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	seen := map[string]look{}
	var ready []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || unfinished(e.Name()) || w.skip.has(info) {
			continue
		}
		was := w.seen[e.Name()]
		if was.info == nil || !was.same(info) {
			was = look{stamp: stamp{info}}
		}
		was.times++
		if seen[e.Name()] = was; was.times > settled {
			ready = append(ready, e.Name())
		}
	}
	w.seen = seen
	slices.SortFunc(ready, func(a, b string) int {
		return cmp.Or(seen[a].info.ModTime().Compare(seen[b].info.ModTime()), strings.Compare(a, b))
	})
	return ready, nil
}

// unfinished reports whether the name says that the file is being written.
func unfinished(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, "~")
}

// open opens a finished file; nil when it is not the one wanted, or went away.
func (w *Folder) open(ctx context.Context, name string, p feed.Progress) (feed.Input, error) {
	path := filepath.Join(w.dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil
	}
	id := ""
	if w.copies {
		if id, err = feed.Sum(path); err != nil {
			return nil, err
		}
	}
	in, err := openWhole(ctx, path, id, info, w.framing, w.max, func(id string) bool { _, ok := p.Offset(id); return ok || id == p.Want })
	var cut *feed.ErrCut
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.As(err, &cut): // cut before its first line: for the reader to say so
		return openWhole(ctx, path, "cut", info, w.framing, w.max, nil)
	case err != nil:
		return nil, err
	case p.Want != "" && in.id != p.Want:
		in.Close()
		return nil, nil
	}
	return in, nil
}

// Safe implements feed.Stream. A file can be read again.
func (w *Folder) Safe(string, int64) {}

// Done implements feed.Stream: the file moves.
func (w *Folder) Done(in feed.Input, problem error) {
	f, ok := in.(*whole)
	if !ok {
		return
	}
	to := doneDir
	if problem != nil {
		to = brokenDir
	}
	if err := move(f.path, filepath.Join(w.dir, to)); err != nil {
		w.skip.add(f.info) // published all the same, and known if it comes again
	}
	delete(w.seen, filepath.Base(f.path))
}

// maxNames is how many files of one name a folder takes.
const maxNames = 1000

// move moves a file into a folder under a name that is free there.
func move(path, dir string) error {
	name := filepath.Base(path)
	for i := range maxNames {
		to := filepath.Join(dir, name)
		if i > 0 {
			to = fmt.Sprintf("%s.%d", to, i)
		}
		// A link fails where a name is taken; renaming would overwrite it.
		err := os.Link(path, to)
		if err == nil {
			return os.Remove(path)
		}
		if _, there := os.Lstat(to); there != nil {
			return os.Rename(path, to) // a file system without links
		}
	}
	return cure.Errorf(cure.Conflict, "move %s: %d files of that name are there", name, maxNames)
}
