package sqlite

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// ErrBusy says that a database is being written in a way that cannot be read
// beside.
var ErrBusy = errors.New("a transaction of the database is under way or was interrupted: close the program that writes it, or copy it with \"VACUUM INTO\"")

// journalMagic begins the journal of a transaction that can be rolled back.
const journalMagic = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"

// tries is how often a database that changes while it is copied is copied
// again.
const tries = 3

// Read opens the database of a file from a copy in memory; nothing is locked
// and nothing written. [ErrBusy]: it was changed again and again, or a
// transaction is not ended.
func Read(path string) (*DB, error) {
	for range tries {
		before, err := look(path)
		if err != nil {
			return nil, err
		}
		data, err := load(path)
		if err != nil {
			return nil, err
		}
		log, err := load(path + "-wal")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		after, err := look(path)
		if err != nil {
			return nil, err
		}
		if before == after {
			return Open(data, log)
		}
	}
	return nil, ErrBusy
}

// state is what tells that a database was written meanwhile.
type state struct {
	size, logSize int64
	time, logTime time.Time
}

// look returns the state of a database, ErrBusy when a transaction with a
// journal is under way.
func look(path string) (s state, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return s, err
	}
	s.size, s.time = info.Size(), info.ModTime()
	if info, err := os.Stat(path + "-wal"); err == nil {
		s.logSize, s.logTime = info.Size(), info.ModTime()
	}
	if s.size > MaxSize || s.logSize > MaxSize {
		return s, ErrLarge
	}
	journal, err := os.Open(path + "-journal")
	if err != nil {
		return s, nil
	}
	defer journal.Close()
	head := make([]byte, len(journalMagic))
	if _, err := io.ReadFull(journal, head); err == nil && string(head) == journalMagic {
		return s, ErrBusy
	}
	return s, nil
}

func load(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxSize))
}
