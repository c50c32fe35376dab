package shell

import (
	"encoding/binary"
	"time"
)

const (
	ttyRecHead = 12      // seconds, microseconds, length
	ttyLogHead = 24      // what, terminal, length, direction, seconds, microseconds
	maxFrame   = 4 << 20 // bytes of one
)

// believable reports whether seconds can be when something was recorded.
func believable(sec, usec uint32) bool { return sec > 631152000 && usec < 1_000_000 }

// isTTYRec reports whether frames of ttyrec begin there.
func isTTYRec(head []byte) bool {
	if len(head) < ttyRecHead || !believable(binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:])) {
		return false
	}
	n := int64(binary.LittleEndian.Uint32(head[8:]))
	if n == 0 || n > maxFrame {
		return false
	}
	next := ttyRecHead + n
	if next+8 > int64(len(head)) {
		return true
	}
	return believable(binary.LittleEndian.Uint32(head[next:]), binary.LittleEndian.Uint32(head[next+4:]))
}

// ttyrec reads frames of output, each with its time.
func (r *reader) ttyrec(raw []byte) error {
	r.shows(0)
	for len(raw) > 0 {
		if len(raw) < ttyRecHead {
			return errCut
		}
		sec, usec := binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[4:])
		n := binary.LittleEndian.Uint32(raw[8:])
		if raw = raw[ttyRecHead:]; uint64(n) > uint64(len(raw)) || !believable(sec, usec) {
			return errCut
		}
		r.at = time.Unix(int64(sec), int64(usec)*1000).UTC()
		r.output(raw[:n])
		raw = raw[n:]
	}
	return nil
}

// What is logged of a terminal, and which way.
const (
	opOpen, opClose, opWrite, opExec = 1, 2, 3, 4
	wayIn, wayOut, wayInteract       = 1, 2, 3
)

// isTTYLog reports whether a log of the terminal of User-mode Linux begins
// there, as kippo and cowrie write it.
func isTTYLog(head []byte) bool {
	if len(head) < ttyLogHead {
		return false
	}
	what, n := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[8:])
	return what == opOpen && n == 0 &&
		believable(binary.LittleEndian.Uint32(head[16:]), binary.LittleEndian.Uint32(head[20:]))
}

// ttylog reads what went in and out, each with its time.
func (r *reader) ttylog(raw []byte) error {
	r.shows(0)
	for len(raw) > 0 {
		if len(raw) < ttyLogHead {
			return errCut
		}
		what, n, way := binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[8:]), binary.LittleEndian.Uint32(raw[12:])
		sec, usec := binary.LittleEndian.Uint32(raw[16:]), binary.LittleEndian.Uint32(raw[20:])
		if raw = raw[ttyLogHead:]; uint64(n) > uint64(len(raw)) || what < opOpen || what > opExec || !believable(sec, usec) {
			return errCut
		}
		r.at = time.Unix(int64(sec), int64(usec)*1000).UTC()
		switch data := raw[:n]; {
		case what == opExec && n > 0: // a command instead of a shell
			r.flush()
			r.last, r.when = string(data), Command{Time: r.at}
			r.flush()
		case what == opWrite && way == wayOut:
			r.output(data)
		case what == opWrite && (way == wayIn || way == wayInteract):
			r.keys(data)
		}
		raw = raw[n:]
	}
	return nil
}
