package listen

import (
	"bufio"
	"errors"
	"io"
)

// framer cuts messages out of a stream of syslog as RFC 6587 has it: a number
// of bytes and a space before the message, or a line end behind it; each
// message may come in either form. Memory is bounded by the longest message.
type framer struct {
	r   *bufio.Reader
	max int
	buf []byte
}

func newFramer(r io.Reader, max int) *framer {
	return &framer{r: bufio.NewReaderSize(r, 64<<10), max: max}
}

// more reports whether bytes are there that need no waiting.
func (f *framer) more() bool { return f.r.Buffered() > 0 }

// next returns the next message, valid until the call after, and whether it is
// the beginning of one that is too long. io.EOF at the end, and
// io.ErrUnexpectedEOF where that is inside a counted message.
func (f *framer) next() (data []byte, long bool, err error) {
	f.buf = f.buf[:0]
	if n, ok, err := f.count(); err != nil {
		return nil, false, err
	} else if ok {
		return f.counted(n)
	}
	for {
		part, err := f.r.ReadSlice('\n')
		if room := f.max + 1 - len(f.buf); len(part) > 0 && room > 0 {
			f.buf = append(f.buf, part[:min(len(part), room)]...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && len(f.buf) == 0 {
			return nil, false, err
		}
		data := trim(f.buf)
		return data[:min(len(data), f.max)], len(data) > f.max, nil
	}
}

// maxDigits bounds the number before a counted message.
const maxDigits = 9

// count reads the number before a message; false when there is none.
func (f *framer) count() (n int, ok bool, err error) {
	for i := 1; i <= maxDigits+1; i++ {
		b, err := f.r.Peek(i)
		if len(b) < i {
			if i == 1 {
				return 0, false, err
			}
			return 0, false, nil
		}
		switch c := b[i-1]; {
		case c >= '0' && c <= '9' && i <= maxDigits && (i > 1 || c != '0'):
			n = n*10 + int(c-'0')
		case c == ' ' && i > 1:
			// Only what begins a message of syslog is one: a line of numbers
			// is a line.
			if b, err := f.r.Peek(i + 1); err == nil && b[i] != '<' {
				return 0, false, nil
			}
			_, err := f.r.Discard(i)
			return n, true, err
		default:
			return 0, false, nil
		}
	}
	return 0, false, nil
}

// counted reads a message of n bytes.
func (f *framer) counted(n int) ([]byte, bool, error) {
	keep := min(n, f.max)
	for len(f.buf) < keep { // in steps: a wrong number costs no memory
		step := min(keep-len(f.buf), 64<<10)
		have := len(f.buf)
		f.buf = append(f.buf, make([]byte, step)...)
		if _, err := io.ReadFull(f.r, f.buf[have:]); err != nil {
			return nil, false, io.ErrUnexpectedEOF
		}
	}
	if _, err := f.r.Discard(n - keep); err != nil {
		return nil, false, io.ErrUnexpectedEOF
	}
	return trim(f.buf), n > f.max, nil
}

// trim takes line ends and the NUL that some senders end a message with off.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r' || b[len(b)-1] == 0) {
		b = b[:len(b)-1]
	}
	return b
}
