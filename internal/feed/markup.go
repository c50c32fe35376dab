package feed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"
)

// maxTag bounds a tag that is passed over; one that is longer is text.
const maxTag = 4 << 10

// markupNames are the elements that are records: what Windows calls an event
// (Event Viewer, wevtutil, evtx_dump), and what PowerShell's ConvertTo-Xml
// makes of one.
var markupNames = []string{"Event", "Object"}

// Events makes records out of logs of events as tools export them: each JSON
// object, as the framing [Objects] does, and each element <Event> or <Object>,
// on as many lines as they take. Tags around them are passed over; all other
// text is a record a line. Of a framing of Lines or Packets. Before the first
// Next only.
func (f *File) Events() { f.events = &eventFraming{} }

// eventFraming is what is known of an input of events.
type eventFraming struct {
	found bool   // a record, or reading began behind one
	first *Frame // the first tag that was passed over
}

var errNoEvent = errors.New("no event in this XML: want elements <Event>, as Event Viewer, wevtutil and evtx_dump write them, " +
	"or <Object>, as ConvertTo-Xml of PowerShell does")

// nextEvent returns the next element; ok is false where text follows that is
// none. Markup that ends without an event is a record of its own, which says so.
func (f *File) nextEvent(ctx context.Context, wait time.Duration) (fr Frame, ok bool, err error) {
	e := f.events
	defer func() { e.found = e.found || !ok || err == nil }()
	for {
		f.between()
		rest := f.buf[f.at:]
		if len(rest) > 0 && rest[0] != '<' {
			return Frame{}, false, nil
		}
		// No further than the limit, so that what is a record does not depend
		// on how the bytes arrive.
		n, skip := markup(rest[:min(len(rest), f.max+1)])
		switch {
		case n > 0 && skip:
			if e.first == nil {
				e.first = &Frame{Data: bytes.Clone(rest[:n]), Offset: f.base + int64(f.at), Line: f.line + 1, None: errNoEvent}
			}
			f.line += bytes.Count(rest[:n], []byte{'\n'})
			f.at += n
		case n > 0 && n <= f.max:
			return f.takeObject(n, false), true, nil
		case len(rest) > f.max:
			fr, err := f.passLong(ctx)
			return fr, true, err
		case f.end != nil && len(rest) > 0:
			return f.takeObject(len(rest), f.end == io.EOF), true, nil
		case f.end == io.EOF && !e.found && e.first != nil:
			e.first.Next = f.base + int64(f.at)
			return *e.first, true, nil
		case f.end != nil:
			return Frame{}, true, f.end
		default:
			if err := f.fill(ctx, wait); err != nil {
				return Frame{}, true, err
			}
		}
	}
}

// markup measures what stands at the beginning of b, which is a '<': an element
// that is a record, a tag to be passed over, or a line. 0: its end is not in b.
func markup(b []byte) (n int, skip bool) {
	for _, name := range markupNames {
		if opens(b, name) {
			return element(b, name), false
		}
	}
	if end := bytes.IndexByte(b[:min(len(b), maxTag)], '>'); end >= 0 {
		return end + 1, true
	}
	if len(b) < maxTag {
		return 0, false
	}
	return bytes.IndexByte(b, '\n') + 1, false
}

// opens reports whether b begins with a tag of that name.
func opens(b []byte, name string) bool {
	if len(b) < len(name)+2 || string(b[1:1+len(name)]) != name {
		return false
	}
	c := b[1+len(name)]
	return c == '>' || c == ' ' || c == '\t' || c == '\r' || c == '\n'
}

// element returns the length of the element at the beginning of b, 0 where b
// does not have its end. A line that begins another record before that ends it,
// so that a broken one costs only itself.
func element(b []byte, name string) int {
	n := 0
	if end := bytes.Index(b, []byte("</"+name+">")); end >= 0 {
		n = end + len(name) + 3
		b = b[:end]
	}
	for _, next := range []string{"\n<" + name + " ", "\n<" + name + ">", "\n{\""} {
		if i := bytes.Index(b, []byte(next)); i >= 0 {
			n, b = i+1, b[:i]
		}
	}
	return n
}
