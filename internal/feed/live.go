package feed

import (
	"context"
	"errors"
	"time"
)

// ErrEnded is returned by a [Stream] that has an end after all, when all of it
// is in the log.
var ErrEnded = errors.New("the stream has ended")

// Input is one open stream of raw records that has an end and an identity: a
// file, a file that is still being written, or a spool. It belongs to one
// goroutine.
type Input interface {
	Name() string    // for people: the name without its folder
	Path() string    // of a file that is whole, to be checked before it is read; "" for others
	Time() time.Time // when the copy was made; zero where nobody knows
	// Identity names the content. It stays over renaming and compressing, and
	// may become a more exact one while the input grows: the one before is
	// then not used again.
	Identity() string
	// Size returns the bytes that there are now, 0 where offsets do not count
	// bytes on disk.
	Size() int64
	// Shaped is the file whose framing may still be set, nil for others.
	Shaped() *File
	// Next, Skip and Progress are those of [File].
	Next(ctx context.Context, wait time.Duration) (Frame, error)
	Skip(ctx context.Context, offset int64) error
	Progress() (read, total int64)
	Close() error
}

// Progress is what a reader of a [Stream] has published so far.
type Progress struct {
	// Want is the identity of the input an interrupted run was in, which has
	// to come first; "" for whatever comes.
	Want string
	// Offset says how far an input was read; false for one never seen.
	Offset func(id string) (offset int64, ok bool)
	// At is when that was last written down, zero when nothing was ever read.
	At time.Time
}

// Stream brings one [Input] after the other, without end: the files of a log
// that is rotated, those that come into a folder, a spool. It never tries
// again and never gives up: both is for who reads it.
type Stream interface {
	// Next waits for the next input. NotFound: the one wanted is not there.
	Next(ctx context.Context, p Progress) (Input, error)
	// Safe says that everything of the input before the offset is in the log.
	// It comes from another goroutine than Next.
	Safe(id string, offset int64)
	// Done says that the input was read to its end and all of it is in the
	// log; problem, if not nil, what was wrong with it. The input is closed.
	Done(in Input, problem error)
}
