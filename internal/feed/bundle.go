package feed

import (
	"bytes"
	"context"
	"time"
)

// maxHead bounds what stands in an outer object before its array "objects".
const maxHead = 64 << 10

// nextMember cuts the elements of the array "objects" out of an outer object,
// as STIX bundles have it. What has no such array is read as [Objects]: one
// object a line, or the elements of an array.
func (f *File) nextMember(ctx context.Context, wait time.Duration) (Frame, error) {
	for !f.inside {
		f.between()
		head := f.buf[f.at:]
		n, known := bundleHead(head[:min(len(head), maxHead)])
		if !known && len(head) < maxHead && f.end == nil {
			if err := f.fill(ctx, wait); err != nil {
				return Frame{}, err
			}
			continue
		}
		f.inside = true
		f.outer = n > 0
		f.line += bytes.Count(head[:n], []byte{'\n'})
		f.at += n
	}
	if f.outer {
		if err := f.toObject(ctx, wait); err != nil {
			return Frame{}, err
		}
	}
	return f.nextObject(ctx, wait)
}

// toObject passes over what is no object inside a bundle and behind it: the
// end of the array and the other fields of the outer object.
func (f *File) toObject(ctx context.Context, wait time.Duration) error {
	for {
		i := bytes.IndexByte(f.buf[f.at:], '{')
		skip := i
		if i < 0 {
			skip = len(f.buf) - f.at
		}
		f.line += bytes.Count(f.buf[f.at:f.at+skip], []byte{'\n'})
		f.at += skip
		if i >= 0 {
			return nil
		}
		if f.end != nil {
			return f.end
		}
		if err := f.fill(ctx, wait); err != nil {
			return err
		}
	}
}

// bundleHead returns the length of the beginning of an outer object up to and
// with the '[' of its array "objects", 0 where b begins with something else.
// known is false when more bytes are needed to say so.
func bundleHead(b []byte) (n int, known bool) {
	at := 0
	skip := func() {
		for at < len(b) && (b[at] == ' ' || b[at] == '\t' || b[at] == '\r' || b[at] == '\n') {
			at++
		}
	}
	text := func() ([]byte, bool) { // a string, without its quotes
		if at >= len(b) || b[at] != '"' {
			return nil, at < len(b)
		}
		for i := at + 1; i < len(b); i++ {
			switch b[i] {
			case '\\':
				i++
			case '"':
				s := b[at+1 : i]
				at = i + 1
				return s, true
			}
		}
		return nil, false
	}
	if len(b) == 0 {
		return 0, false
	}
	if b[0] != '{' {
		return 0, true
	}
	for at = 1; ; {
		skip()
		name, ok := text()
		if name == nil || !ok {
			return 0, ok
		}
		if skip(); at >= len(b) {
			return 0, false
		}
		if b[at] != ':' {
			return 0, true
		}
		at++
		if skip(); at >= len(b) {
			return 0, false
		}
		switch c := b[at]; {
		case c == '[' && string(name) == "objects":
			return at + 1, true
		case c == '[' || c == '{':
			return 0, true
		case c == '"':
			if s, ok := text(); s == nil || !ok {
				return 0, ok
			}
		default: // a number or word
			for at < len(b) && b[at] != ',' && b[at] != '}' && b[at] > ' ' {
				at++
			}
		}
		if skip(); at >= len(b) {
			return 0, false
		}
		if b[at] != ',' {
			return 0, true
		}
		at++
	}
}
