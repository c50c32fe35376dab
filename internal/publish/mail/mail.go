// Package mail takes mails apart as the wild has them. It answers "what does
// this mail hold?" for whoever reads mails: traps, postmasters, subscribers.
//
// In goes a mail, with or without the "From " line of an mbox before it; out
// come its header, its leaves with transfer encodings taken off, and texts in
// UTF-8, whatever Japanese or broken encoding they were in. What cannot be read
// is named and the rest goes on: no mail is refused for a part of it.
//
// Nothing is believed: header, parts, depth and text are bounded, and memory is
// that of the mail. Nothing is opened, fetched or run. The functions keep no
// state.
package mail

import (
	"bytes"
	"errors"
	"io"
	netmail "net/mail"
	"strings"
	"time"

	"github.com/emersion/go-message"

	"github.com/opencure/cure/internal/feed"
)

// Bounds of one mail in bytes. What is beyond them is left out, and the mail
// says so.
const (
	MaxSize   = feed.MaxLarge
	MaxHeader = 256 << 10
	MaxText   = 512 << 10 // of all text parts together

	maxParts = 256
	maxDepth = 12
)

// ErrNoMail is the reason for which bytes are no mail.
var ErrNoMail = errors.New("not a mail: no header")

// Field is a field of a header, its name in small letters, its value unfolded;
// the words of the value are still encoded, see [Words].
type Field struct{ Name, Value string }

// Header is the outermost header of a mail, in order.
type Header []Field

// Get returns the first field of a name, "" for none.
func (h Header) Get(name string) string {
	for _, f := range h {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// All returns the values of a name, in order.
func (h Header) All(name string) []string {
	var list []string
	for _, f := range h {
		if f.Name == name {
			list = append(list, f.Value)
		}
	}
	return list
}

// ReadHeader takes the header off a mail as the wild has them: a "From "
// line of an mbox, lines that are no fields, and no empty line behind it are
// no obstacle. clean is the header without what is no field.
func ReadHeader(raw []byte) (h Header, clean, body []byte, err error) {
	rest := raw
	if bytes.HasPrefix(rest, []byte("From ")) {
		_, rest, _ = bytes.Cut(rest, []byte{'\n'})
	}
	for used := 0; len(rest) > 0 && used < MaxHeader; {
		line, more, _ := bytes.Cut(rest, []byte{'\n'})
		used += len(line) + 1
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			rest = more
			break
		}
		if n := len(h); (line[0] == ' ' || line[0] == '\t') && n > 0 {
			h[n-1].Value += " " + strings.TrimSpace(string(line))
			clean = append(append(clean, line...), '\r', '\n')
		} else if name, value, ok := bytes.Cut(line, []byte{':'}); ok && fieldName(name) {
			h = append(h, Field{strings.ToLower(string(bytes.TrimSpace(name))), strings.TrimSpace(string(value))})
			clean = append(append(append(clean, bytes.TrimSpace(name)...), ": "...), bytes.TrimSpace(value)...)
			clean = append(clean, '\r', '\n')
		} else if len(h) == 0 {
			return nil, nil, nil, ErrNoMail
		}
		rest = more
	}
	if len(h) == 0 {
		return nil, nil, nil, ErrNoMail
	}
	return h, append(clean, '\r', '\n'), rest, nil
}

func fieldName(name []byte) bool {
	name = bytes.TrimRight(name, " \t")
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 78
}

// Part is a leaf of a mail: its content, transfer encoding taken off.
type Part struct {
	Kind     string // media type
	Charset  string
	Name     string // of a file, decoded
	Attached bool   // said to be an attachment
	Depth    int
	Data     []byte // at most what the mail is long
}

// Walked is what was met on the walk over the parts of a mail.
type Walked struct {
	parts   int
	Kinds   []string // media types in order, of containers too
	Trouble string   // the first thing that could not be read, "" for none
	Inner   []Header // of the mails inside, outermost first
	leaf    func(Part)
}

// Walk calls leaf for each leaf, and returns what was met. It never fails:
// what cannot be read is named in trouble and the rest goes on; where there
// are no parts although there should be, the body is text.
func Walk(clean, body []byte, leaf func(Part)) *Walked {
	leaves := 0
	w := &Walked{leaf: func(p Part) { leaves++; leaf(p) }}
	w.read(io.MultiReader(bytes.NewReader(clean), bytes.NewReader(body)), 0)
	if leaves == 0 && w.Trouble != "" {
		leaf(Part{Kind: "text/plain", Data: body})
	}
	return w
}

func (w *Walked) wrong(what string) {
	if w.Trouble == "" {
		w.Trouble = what
	}
}

func (w *Walked) read(r io.Reader, depth int) {
	e, err := message.ReadWithOptions(r, &message.ReadOptions{MaxHeaderBytes: MaxHeader})
	if e == nil {
		if err != io.EOF {
			w.wrong("broken header of a part")
		}
		return
	}
	w.entity(e, err, depth)
}

func (w *Walked) entity(e *message.Entity, err error, depth int) {
	if w.parts++; w.parts > maxParts || depth > maxDepth {
		w.wrong("more parts than are read")
		return
	}
	if message.IsUnknownEncoding(err) {
		w.wrong("unknown transfer encoding")
	}
	kind, params, err := e.Header.ContentType()
	if kind = strings.ToLower(kind); err != nil || kind == "" {
		kind = "text/plain"
		if bare, _, _ := strings.Cut(e.Header.Get("Content-Type"), ";"); strings.Contains(bare, "/") {
			kind = strings.ToLower(strings.TrimSpace(bare))
		}
	}
	if len(w.Kinds) < 16 {
		w.Kinds = append(w.Kinds, kind)
	}
	if parts := e.MultipartReader(); parts != nil {
		w.multipart(parts, depth)
		return
	}
	disposition, dparams, _ := e.Header.ContentDisposition()
	p := Part{
		Kind: kind, Charset: params["charset"], Depth: depth,
		Attached: strings.EqualFold(disposition, "attachment"),
	}
	if p.Name = dparams["filename"]; p.Name == "" {
		p.Name = params["name"]
	}
	p.Name = Words(p.Name)
	var text bytes.Buffer
	if _, err := io.Copy(&text, io.LimitReader(e.Body, MaxSize)); err != nil {
		w.wrong("broken content of a part")
	}
	if p.Data = text.Bytes(); kind == "message/rfc822" {
		if h, clean, body, err := ReadHeader(p.Data); err == nil {
			w.Inner = append(w.Inner, h)
			w.read(io.MultiReader(bytes.NewReader(clean), bytes.NewReader(body)), depth+1)
			return
		}
	}
	w.leaf(p)
}

func (w *Walked) multipart(parts message.MultipartReader, depth int) {
	for w.parts <= maxParts {
		part, err := parts.NextPart()
		if part == nil {
			if err != nil && err != io.EOF {
				w.wrong("broken or missing end of parts")
			}
			return
		}
		w.entity(part, err, depth+1)
	}
}

// Time is when the own side took the mail: the topmost Received that has a
// date, else what the mail says of itself.
func Time(h Header) (time.Time, error) {
	for _, r := range append(h.All("received"), "; "+h.Get("date")) {
		i := strings.LastIndexByte(r, ';')
		if i < 0 {
			continue
		}
		if t, err := netmail.ParseDate(strings.TrimSpace(r[i+1:])); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, ErrNoTime
}

// ErrNoTime is the reason for which a mail has no time.
var ErrNoTime = errors.New("no date in Received or Date that can be read")
