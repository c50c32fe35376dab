package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// MaxLarge bounds a record of an input whose records are whole documents
// ([File.Whole]) or parts of one ([File.Elements]), in bytes.
const MaxLarge = 32 << 20

const (
	maxDepth   = 512     // of containers around an element
	maxKeySize = 4 << 10 // of a name in an object
)

var (
	errBroken = errors.New("broken JSON")
	errDeep   = errors.New("JSON is nested too deeply")
)

// walk finds the elements of JSON documents without holding them: it keeps the
// containers around the present place, nothing else.
type walk struct {
	path  []string // names of members; "*" is every member or element
	stack []level
	whole bool // one record of all bytes
	done  bool
	// Of Recording: nothing may come behind it, and what stands beside it.
	ended  bool
	beside []byte
}

// level is a container that is open.
type level struct {
	array bool
	match bool // it is on the path
	key   bool // of an object: its name was read, the value comes
	hit   bool // of an object: that name is the one of the path
}

// Elements makes each value at a path of one or several JSON documents a
// record of at most max bytes: "objects[*]" the elements of a list, "*[*]"
// those of every list of an object, "" the documents themselves. What stands
// elsewhere is passed over as it is read; memory is that of one record. A
// document that is broken or cut ends the input with [ErrCut]. What is no JSON
// from its first byte on (a web page) is a record a line. Before the first
// Next only.
func (f *File) Elements(path string, max int) error {
	steps, err := ParsePath(path)
	if err != nil {
		return err
	}
	f.walk, f.max = &walk{path: steps}, max
	return nil
}

// Whole makes the whole input one record of at most max bytes. Before the
// first Next only.
func (f *File) Whole(max int) { f.walk, f.max = &walk{whole: true}, max }

// Objects makes each JSON object a record of at most max bytes, as the framing
// [Objects] does. Before the first Next only.
func (f *File) Objects(max int) { f.framing, f.max = Objects, max }

// ParsePath takes a path apart: names between dots, "[*]" or "*" for every
// element of a list or member of an object. The error is Invalid.
func ParsePath(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	steps := strings.Split(strings.TrimPrefix(strings.ReplaceAll(path, "[*]", ".*"), "."), ".")
	for _, s := range steps {
		if s == "" || len(steps) > 32 || s != "*" && strings.ContainsAny(s, "[]*") {
			return nil, cure.Errorf(cure.Invalid, "path %.80q, want names between dots and [*], as in data[*].iocs[*]", path)
		}
	}
	return steps, nil
}

// nextElement returns the next record of a walk.
func (f *File) nextElement(ctx context.Context, wait time.Duration) (Frame, error) {
	w := f.walk
	if w.whole {
		return f.nextWhole(ctx, wait)
	}
	for {
		c, err := f.peek(ctx, wait)
		if err != nil {
			if err == io.EOF && len(w.stack) > 0 {
				err = &ErrCut{Offset: f.base + int64(f.at), Err: io.ErrUnexpectedEOF}
			}
			return Frame{}, err
		}
		if len(w.stack) == 0 && c != '{' && c != '[' { // no JSON
			return f.nextLine(ctx, wait)
		}
		fr, found, err := f.step(ctx, c)
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			if errors.Is(err, ctx.Err()) && ctx.Err() != nil {
				return Frame{}, err
			}
			f.end = &ErrCut{Offset: f.base + int64(f.at), Err: err}
			f.at, w.stack = len(f.buf), nil
			return Frame{}, f.end
		}
		if found {
			return fr, nil
		}
	}
}

// step reads one token of structure, or the value at the path.
func (f *File) step(ctx context.Context, c byte) (Frame, bool, error) {
	w := f.walk
	var top *level
	if n := len(w.stack); n > 0 {
		top = &w.stack[n-1]
	}
	switch {
	case top != nil && (c == ']' && top.array || c == '}' && !top.array && !top.key):
		f.pass(1)
		w.stack = w.stack[:len(w.stack)-1]
		w.closed()
		return Frame{}, false, nil
	case top != nil && !top.array && !top.key:
		return Frame{}, false, f.member(ctx, c)
	}
	hit := top == nil || top.match && (top.array && w.wants("*") || top.hit)
	switch {
	case hit && len(w.stack) == len(w.path):
		fr, err := f.value(ctx)
		w.closed()
		return fr, err == nil, err
	case c == '{' || c == '[':
		if len(w.stack) == maxDepth {
			return Frame{}, false, errDeep
		}
		f.pass(1)
		w.stack = append(w.stack, level{array: c == '[', match: hit})
		return Frame{}, false, nil
	}
	err := f.skipValue(ctx)
	w.closed()
	return Frame{}, false, err
}

// wants reports whether the path has that step below the innermost container.
func (w *walk) wants(name string) bool {
	at := len(w.stack) - 1
	return at < len(w.path) && (w.path[at] == name || w.path[at] == "*")
}

// closed notes that a value has ended.
func (w *walk) closed() {
	if n := len(w.stack); n > 0 {
		w.stack[n-1].key = false
	}
}

// member reads the name of a member and the colon behind it.
func (f *File) member(ctx context.Context, c byte) error {
	if c != '"' {
		return errBroken
	}
	n, err := f.extent(ctx, maxKeySize)
	if err != nil {
		return err
	}
	if n > maxKeySize {
		return errBroken
	}
	name := string(f.buf[f.at+1 : f.at+n-1])
	f.pass(n)
	w := f.walk
	top := &w.stack[len(w.stack)-1]
	top.key, top.hit = true, top.match && w.wants(name)
	if c, err = f.peek(ctx, Forever); err != nil {
		return err
	}
	if c != ':' {
		return errBroken
	}
	f.pass(1)
	return nil
}

// value makes a record of the value that begins here.
func (f *File) value(ctx context.Context) (Frame, error) {
	fr := Frame{Offset: f.base + int64(f.at), Line: f.line + 1}
	n, err := f.extent(ctx, f.max)
	if err != nil {
		return fr, err
	}
	if fr.Long = n > f.max; !fr.Long {
		fr.Data = f.buf[f.at : f.at+n]
		f.pass(n)
	} else {
		fr.Data = bytes.Clone(f.buf[f.at : f.at+min(f.max, MaxRecord)])
		if err := f.skipValue(ctx); err != nil {
			return fr, err
		}
	}
	fr.Next = f.base + int64(f.at)
	return fr, nil
}

// extent returns the length of the value that begins here, and more than most
// when it is longer than that.
func (f *File) extent(ctx context.Context, most int) (int, error) {
	var s span
	for at := 0; ; {
		n, done := s.step(f.buf[f.at+at:])
		if at += n; at == 0 && done {
			return 0, errBroken // a sign where a value should be
		}
		if done || at > most {
			return at, nil
		}
		if err := f.more(ctx); err != nil {
			return 0, err
		}
	}
}

// skipValue passes over the value that begins here without holding it.
func (f *File) skipValue(ctx context.Context) error {
	var s span
	for {
		n, done := s.step(f.buf[f.at:])
		f.pass(n)
		if done && n == 0 && !s.read {
			return errBroken
		}
		if done {
			return nil
		}
		s.read = s.read || n > 0
		if err := f.more(ctx); err != nil {
			return err
		}
	}
}

// more waits for more bytes.
func (f *File) more(ctx context.Context) error {
	if f.end != nil {
		return f.end
	}
	return f.fill(ctx, Forever)
}

// pass consumes n bytes.
func (f *File) pass(n int) {
	f.line += bytes.Count(f.buf[f.at:f.at+n], []byte{'\n'})
	f.at += n
}

// peek passes over white space and commas and returns the byte behind.
func (f *File) peek(ctx context.Context, wait time.Duration) (byte, error) {
	for {
		for ; f.at < len(f.buf); f.at++ {
			switch c := f.buf[f.at]; c {
			case '\n':
				f.line++
			case ' ', '\t', '\r', ',', 0xef, 0xbb, 0xbf:
			default:
				return c, nil
			}
		}
		if f.end != nil {
			return 0, f.end
		}
		if err := f.fill(ctx, wait); err != nil {
			return 0, err
		}
	}
}

func (f *File) nextWhole(ctx context.Context, wait time.Duration) (Frame, error) {
	for f.end == nil && len(f.buf)-f.at <= f.max {
		if err := f.fill(ctx, wait); err != nil {
			return Frame{}, err
		}
	}
	rest := f.buf[f.at:]
	if f.walk.done || len(rest) == 0 {
		return Frame{}, f.end
	}
	f.walk.done = true
	from := f.base + int64(f.at)
	fr := Frame{Data: rest, Offset: from, Next: from + int64(len(rest)), Line: 1, Long: len(rest) > f.max}
	switch {
	case fr.Long:
		fr.Data = rest[:min(f.max, MaxRecord)]
		f.end = io.EOF
	case f.walk.ended && from > 0:
		fr.None, fr.Data = errGrown, rest[:0]
	case len(f.walk.beside) > 0, f.walk.ended && rest[0] < ' ': // binary, which could be taken for a packet
		fr.Data = append(fmt.Appendf(nil, besideHead, len(f.walk.beside)), f.walk.beside...)
		fr.Data = append(fr.Data, rest...)
	}
	return fr, nil
}

// span finds the end of one JSON value; its state is kept while bytes are
// missing.
type span struct {
	begun, scalar, inString, escaped, read bool
	depth                                  int
}

// step reads b and returns how much of it belongs to the value, and whether
// that is all of it.
func (s *span) step(b []byte) (int, bool) {
	for i, c := range b {
		if !s.begun {
			s.begun = true
			s.scalar = c != '{' && c != '[' && c != '"'
		}
		switch {
		case s.scalar:
			if strings.IndexByte(" \t\r\n,:]}", c) >= 0 {
				return i, true
			}
		case s.escaped:
			s.escaped = false
		case s.inString:
			s.inString, s.escaped = c != '"', c == '\\'
			if !s.inString && s.depth == 0 {
				return i + 1, true
			}
		case c == '"':
			s.inString = true
		case c == '{' || c == '[':
			s.depth++
		case c == '}' || c == ']':
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(b), false
}
