package spool

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"

	"github.com/opencure/cure"
)

// Ack says that all records up to and with n are safe elsewhere. Segments
// that hold nothing else are deleted. An n below an earlier one changes
// nothing; one beyond the last durable record is cure.Invalid.
func (s *Spool) Ack(n uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return errClosed
	case n > s.durable:
		return cure.Errorf(cure.Invalid, "acknowledge %d to spool: it ends at %d", n, s.durable)
	case n <= s.acked:
		return nil
	}
	if err := writeAck(s.acks, 1-s.ackSlot, n); err != nil {
		return cure.Errorf(cure.Unavailable, "acknowledge to spool: %w", err)
	}
	s.acked, s.ackSlot = n, 1-s.ackSlot
	s.dropAcked()
	return nil
}

// dropAcked deletes the segments of which every record is acknowledged, except
// the last, which may be growing. The number is durable before they go: else
// the next process would begin to count again. mu is held.
func (s *Spool) dropAcked() {
	synced := false
	for len(s.segments) > 1 && s.segments[1].first <= s.acked+1 {
		if !synced && s.acks.Sync() != nil {
			return
		}
		synced = true
		g := s.segments[0]
		if err := os.Remove(g.path(s.cfg.Dir)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return // tried again with the next acknowledgement
		}
		s.bytes -= g.size
		s.segments = s.segments[1:]
	}
}

// ackSize is the size of a slot of the file "acked".
const ackSize = 12

// openAcks reads the acknowledged number: the higher of the slots that are
// whole.
func openAcks(dir string) (f *os.File, acked uint64, slot int, err error) {
	f, err = os.OpenFile(filepath.Join(dir, "acked"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, 0, 0, err
	}
	for i := range 2 {
		var b [ackSize]byte
		if n, _ := f.ReadAt(b[:], int64(i*ackSize)); n < ackSize {
			continue
		}
		n := binary.LittleEndian.Uint64(b[:])
		if binary.LittleEndian.Uint32(b[8:]) == checksum(n, nil, nil) && n > acked {
			acked, slot = n, i
		}
	}
	return f, acked, slot, nil
}

func writeAck(f *os.File, slot int, n uint64) error {
	var b [ackSize]byte
	binary.LittleEndian.PutUint64(b[:], n)
	binary.LittleEndian.PutUint32(b[8:], checksum(n, nil, nil))
	_, err := f.WriteAt(b[:], int64(slot*ackSize))
	return err
}
