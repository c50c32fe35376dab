package feed

import (
	"bytes"
	"context"
	"io"
	"time"
)

// Forever is a wait without end.
const Forever time.Duration = -1

// Next returns the next record. Where that takes longer than wait it returns
// ErrIdle; a call after that goes on. io.EOF is the end, [ErrCut] an end before
// the end; both stay.
func (f *File) Next(ctx context.Context, wait time.Duration) (Frame, error) {
	switch {
	case f.rows != nil:
		return f.rows.next(f.max)
	case f.mail != nil:
		return f.nextMail(ctx, wait)
	case f.walk != nil:
		return f.nextElement(ctx, wait)
	case f.digest != nil:
		return f.digest.next(ctx)
	case f.framing == Objects, f.framing == Captured:
		return f.nextObject(ctx, wait)
	case f.framing == Members:
		return f.nextMember(ctx, wait)
	case f.framing == Packets:
		return f.nextPacket(ctx, wait)
	}
	return f.nextLine(ctx, wait)
}

// Skip passes over the stream up to an offset, where a record begins.
func (f *File) Skip(ctx context.Context, offset int64) error {
	if f.rows != nil {
		f.rows.skip(offset)
		return nil
	}
	if f.digest != nil {
		f.digest.said = offset > 0
		return nil
	}
	if f.framing == Packets {
		return f.skipPackets(ctx, offset)
	}
	return f.skipBytes(ctx, offset)
}

func (f *File) skipBytes(ctx context.Context, offset int64) error {
	if f.events != nil {
		f.events.found = offset > 0
	}
	for {
		have := f.base + int64(len(f.buf))
		if have >= offset {
			f.at = int(offset - f.base)
			return nil
		}
		f.at = len(f.buf)
		if f.end != nil {
			return f.end
		}
		if err := f.fill(ctx, Forever); err != nil {
			return err
		}
	}
}

func (f *File) nextLine(ctx context.Context, wait time.Duration) (Frame, error) {
	if f.chain != nil {
		if fr, ok, err := f.nextChain(ctx, wait); ok {
			return fr, err
		}
	}
	if f.events != nil {
		if fr, ok, err := f.nextEvent(ctx, wait); ok {
			return fr, err
		}
		return f.nextObject(ctx, wait)
	}
	seen := 0 // bytes behind at that have no line end
	for {
		if i := bytes.IndexByte(f.buf[f.at+seen:], '\n'); i >= 0 {
			fr := f.take(seen+i, seen+i+1, false)
			if len(fr.Data) == 0 {
				seen = 0
				continue
			}
			return fr, nil
		}
		seen = len(f.buf) - f.at
		if seen > f.max {
			return f.passLong(ctx)
		}
		if f.end != nil {
			if seen == 0 {
				return Frame{}, f.end
			}
			return f.take(seen, seen, true), nil
		}
		if err := f.fill(ctx, wait); err != nil {
			return Frame{}, err
		}
	}
}

// take cuts a record of n bytes off, which stands before skip bytes.
func (f *File) take(n, skip int, last bool) Frame {
	f.line++
	fr := Frame{
		Data: f.buf[f.at : f.at+n], Offset: f.base + int64(f.at), Next: f.base + int64(f.at+skip),
		Line: f.line, Last: last, Long: n > f.max,
	}
	fr.Data = bytes.TrimSuffix(fr.Data, []byte{'\r'})
	if fr.Offset == 0 {
		fr.Data = bytes.TrimPrefix(fr.Data, []byte("\xef\xbb\xbf"))
	}
	if fr.Long {
		fr.Data = fr.Data[:f.max]
	}
	f.at += skip
	return fr
}

// passLong passes over a line that is too long and returns its beginning.
func (f *File) passLong(ctx context.Context) (Frame, error) {
	f.line++
	fr := Frame{Offset: f.base + int64(f.at), Line: f.line, Long: true}
	fr.Data = bytes.Clone(f.buf[f.at:min(len(f.buf), f.at+f.max)])
	for {
		if i := bytes.IndexByte(f.buf[f.at:], '\n'); i >= 0 {
			f.at += i + 1
			break
		}
		f.at = len(f.buf)
		if f.end != nil {
			fr.Last = true
			break
		}
		if err := f.fill(ctx, Forever); err != nil {
			return Frame{}, err
		}
	}
	fr.Next = f.base + int64(f.at)
	return fr, nil
}

func (f *File) nextObject(ctx context.Context, wait time.Duration) (Frame, error) {
	var s scan
	for {
		if !s.begun {
			f.between()
		}
		if f.at < len(f.buf) {
			s.begun = true
			// No further than the limit, so that what is a record does not
			// depend on how the bytes arrive.
			n, found := s.object(f.buf[f.at:min(len(f.buf), f.at+f.max+1)])
			if found && n <= f.max {
				return f.takeObject(n, false), nil
			}
			if len(f.buf)-f.at > f.max {
				return f.passLong(ctx)
			}
		}
		if f.end != nil {
			if n := len(f.buf) - f.at; n > 0 {
				return f.takeObject(n, f.end == io.EOF), nil
			}
			return Frame{}, f.end
		}
		if err := f.fill(ctx, wait); err != nil {
			return Frame{}, err
		}
	}
}

// between passes over what stands between objects.
func (f *File) between() {
	for f.at < len(f.buf) {
		switch c := f.buf[f.at]; {
		case c == '\n':
			f.line++
		case c != ' ' && c != '\t' && c != '\r' && c != ',' && c != '[' && c != ']' && (c != 0xef && c != 0xbb && c != 0xbf || f.base+int64(f.at) > 2):
			return
		}
		f.at++
	}
}

func (f *File) takeObject(n int, last bool) Frame {
	data := f.buf[f.at : f.at+n]
	fr := Frame{
		Offset: f.base + int64(f.at), Next: f.base + int64(f.at+n), Line: f.line + 1, Last: last, Long: n > f.max,
	}
	fr.Data = bytes.TrimRight(data[:min(n, f.max)], " \t\r\n")
	f.line += bytes.Count(data, []byte{'\n'})
	f.at += n
	return fr
}

// scan finds the end of a JSON object; its state is kept while bytes are
// missing.
type scan struct {
	begun, inString, escaped bool
	depth, at                int
}

// object returns the length of the object at the beginning of b, or of what is
// no object: up to the end of its line or the next line that begins with '{'.
func (s *scan) object(b []byte) (int, bool) {
	if b[0] != '{' {
		i := bytes.IndexByte(b, '\n')
		return i, i > 0
	}
	for ; s.at < len(b); s.at++ {
		c := b[s.at]
		if c == '\n' {
			if s.at+1 == len(b) {
				return 0, false // what the next line begins with decides
			}
			if b[s.at+1] == '{' {
				return s.at + 1, true // the object was not ended
			}
		}
		switch {
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.inString, s.escaped = c != '"', c == '\\'
		case c == '"':
			s.inString = true
		case c == '{':
			s.depth++
		case c == '}':
			if s.depth--; s.depth == 0 {
				return s.at + 1, true
			}
		}
	}
	return 0, false
}
