package shell

import (
	"strings"
	"time"
	"unicode/utf8"
)

// maxTyped bounds what of an input is kept: it is only looked at where no
// prompt was seen.
const maxTyped = 1 << 20

// typed puts commands together from keys: what the terminal was sent, with its
// corrections. Keys that only a program understands (arrows, completion) are
// left out.
type typed struct {
	line   []byte
	done   []Command
	size   int
	inside uint8 // of an escape sequence: 1 behind ESC, 2 behind ESC [
}

// write takes keys.
func (t *typed) write(b []byte, at time.Time, local string) {
	for _, c := range b {
		switch {
		case t.inside == 1:
			t.inside = 0
			if c == '[' || c == 'O' {
				t.inside = 2
			}
		case t.inside == 2:
			if c >= 0x40 && c <= 0x7e {
				t.inside = 0
			}
		case c == 0x1b:
			t.inside = 1
		case c == '\r' || c == '\n':
			t.enter(at, local)
		case c == 0x7f || c == '\b':
			_, n := utf8.DecodeLastRune(t.line)
			t.line = t.line[:len(t.line)-n]
		case c == 0x03 || c == 0x15: // ^C, ^U
			t.line = t.line[:0]
		case c == 0x17: // ^W
			s := strings.TrimRight(string(t.line), " ")
			t.line = t.line[:strings.LastIndexByte(s, ' ')+1]
		case c >= ' ' && len(t.line) < maxText:
			t.line = append(t.line, c)
		}
	}
}

// enter ends a command.
func (t *typed) enter(at time.Time, local string) {
	s := strings.ToValidUTF8(strings.TrimSpace(string(t.line)), "\uFFFD")
	t.line = t.line[:0]
	if s == "" || t.size > maxTyped {
		return
	}
	t.size += len(s) + 64
	t.done = append(t.done, Command{Text: s, Time: at, Local: local})
}

// end returns the commands.
func (t *typed) end() []Command { return t.done }

// Keys returns the lines that keys make, the last one also where it was not
// sent.
func Keys(b []byte) []string {
	var t typed
	t.write(append(b[:len(b):len(b)], '\r'), time.Time{}, "")
	list := make([]string, 0, len(t.done))
	for _, c := range t.done {
		list = append(list, c.Text)
	}
	return list
}
