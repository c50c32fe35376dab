package feed

import (
	"bytes"
	"context"
	"regexp"
	"time"
)

// mailFraming is how an input of mails is cut.
type mailFraming struct {
	shape mailShape // of the input, once its first bytes were seen
	lines bool      // what is no mail is lines
	max   int       // of a mail; other records are bounded as before
}

type mailShape uint8

const (
	mailUnknown mailShape = iota
	mailWhole             // one mail, XML document or archive
	mailBox               // mbox
	mailOther             // JSON objects, lines
)

// maxFirstLine bounds what is looked at to tell a mail from a log.
const maxFirstLine = 1 << 10

// Mails cuts the input by what it begins with: "From " is an mbox, and each
// mail with its "From " line a record; a brace or bracket begins JSON objects,
// as [Objects] cuts them, and so do lines of CEF; a field of a header, "<" of XML or the sign of an
// archive is one record of all bytes. Anything else is one record too or, when
// lines is true, a log with a record a line. Mails have at most max bytes.
// Before the first Next only.
func (f *File) Mails(max int, lines bool) { f.mail = &mailFraming{max: max, lines: lines} }

// nextMail returns the next record.
func (f *File) nextMail(ctx context.Context, wait time.Duration) (Frame, error) {
	m := f.mail
	for m.shape == mailUnknown {
		head := f.buf[f.at:]
		if f.end == nil && len(head) < maxFirstLine && bytes.IndexByte(head, '\n') < 0 {
			if err := f.fill(ctx, wait); err != nil {
				return Frame{}, err
			}
			continue
		}
		m.shape = shapeOf(head, m.lines)
	}
	switch m.shape {
	case mailBox:
		return f.nextInBox(ctx, wait)
	case mailWhole:
		return f.rest(ctx, wait)
	}
	return f.nextObject(ctx, wait)
}

// shapeOf tells what an input is by its first bytes.
func shapeOf(head []byte, lines bool) mailShape {
	t := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n,]")
	switch {
	case len(t) > 0 && (t[0] == '{' || t[0] == '['):
		return mailOther
	case bytes.HasPrefix(head, []byte("From ")):
		return mailBox
	case IsCEF(head):
		return mailOther
	case !lines, bytes.HasPrefix(head, []byte("PK")), len(t) > 1 && t[0] == '<' && (t[1] < '0' || t[1] > '9'), headerField(t):
		return mailWhole
	}
	return mailOther
}

// cef is what a line of the Common Event Format has in front, behind a header
// of syslog or alone.
var cef = regexp.MustCompile(`^(<[0-9]{1,3}>)?[^\n|]{0,200}CEF: ?[01]\|`)

// IsCEF reports whether a text begins with a line of the Common Event Format.
func IsCEF(text []byte) bool { return cef.Match(text[:min(len(text), maxFirstLine)]) }

// headerField reports whether a text begins with "Name:", as a mail does.
func headerField(t []byte) bool {
	i := bytes.IndexByte(t[:min(len(t), 80)], ':')
	for _, c := range t[:max(i, 0)] {
		if c <= ' ' || c >= 0x7f || c == '[' || c == '"' {
			return false
		}
	}
	// A letter tells it from "10:00:01 …", what follows from "mail:…".
	return i > 0 && t[0] > '9' && i+1 < len(t) && (t[i+1] == ' ' || t[i+1] == '\t' || t[i+1] == '\r' || t[i+1] == '\n')
}

// rest returns all that follows as one record.
func (f *File) rest(ctx context.Context, wait time.Duration) (Frame, error) {
	for f.end == nil && len(f.buf)-f.at <= f.mail.max {
		if err := f.fill(ctx, wait); err != nil {
			return Frame{}, err
		}
	}
	switch n := len(f.buf) - f.at; {
	case n == 0:
		return Frame{}, f.end
	case n > f.mail.max:
		return f.passMail(ctx, func([]byte) int { return 0 })
	default:
		return f.takeMail(n), nil
	}
}

// nextInBox returns the next mail of an mbox: up to an empty line and "From ".
func (f *File) nextInBox(ctx context.Context, wait time.Duration) (Frame, error) {
	seen := 0 // bytes without the end of the mail
	for {
		if n := endInBox(f.buf[f.at:], seen); n > 0 {
			return f.takeMail(n), nil
		}
		seen = len(f.buf) - f.at
		if f.end != nil {
			if seen == 0 {
				return Frame{}, f.end
			}
			return f.takeMail(seen), nil
		}
		if seen > f.mail.max {
			return f.passMail(ctx, func(b []byte) int { return endInBox(b, 0) })
		}
		if err := f.fill(ctx, wait); err != nil {
			return Frame{}, err
		}
	}
}

// endInBox returns the length of the mail at the beginning of b, 0 when its
// end is not there; the first bytes were searched before.
func endInBox(b []byte, searched int) int {
	for at := max(0, searched-16); ; {
		i := bytes.Index(b[at:], []byte("\nFrom "))
		if i < 0 {
			return 0
		}
		at += i + 1
		if line := bytes.TrimSuffix(b[:at-1], []byte{'\r'}); bytes.HasSuffix(line, []byte{'\n'}) {
			return at
		}
	}
}

// passMail passes over a mail that is too long, up to its end, and returns its
// beginning.
func (f *File) passMail(ctx context.Context, end func([]byte) int) (Frame, error) {
	fr := Frame{Offset: f.base + int64(f.at), Line: f.line + 1, Long: true, Data: bytes.Clone(f.buf[f.at : f.at+min(f.mail.max, MaxRecord)])}
	for {
		if n := end(f.buf[f.at:]); n > 0 {
			f.pass(n)
			break
		}
		keep := min(16, len(f.buf)-f.at)
		if f.end != nil {
			keep = 0
		}
		f.pass(len(f.buf) - f.at - keep)
		if f.end != nil {
			break
		}
		if err := f.fill(ctx, Forever); err != nil {
			return Frame{}, err
		}
	}
	fr.Next = f.base + int64(f.at)
	return fr, nil
}

func (f *File) takeMail(n int) Frame {
	fr := Frame{
		Data: f.buf[f.at : f.at+n], Offset: f.base + int64(f.at), Next: f.base + int64(f.at+n), Line: f.line + 1, Long: n > f.mail.max,
	}
	if fr.Long {
		fr.Data = fr.Data[:min(f.mail.max, MaxRecord)]
	}
	f.pass(n)
	return fr
}
