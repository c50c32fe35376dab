package observe

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

// Bounds of one mail. What is beyond them is left out, and the mail says so.
const (
	maxMail       = feed.MaxLarge
	maxMailHeader = 256 << 10
	maxMailParts  = 256
	maxMailDepth  = 12
	maxMailText   = 512 << 10 // of all text parts together, in bytes
)

var errNoMail = errors.New("not a mail: no header")

// mailField is a field of a header, unfolded; its words are still encoded.
type mailField struct{ name, value string } // name in small letters

// mailHeader is the outermost header, in order.
type mailHeader []mailField

// get returns the first field of a name, "" for none.
func (h mailHeader) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// all returns the values of a name, in order.
func (h mailHeader) all(name string) []string {
	var list []string
	for _, f := range h {
		if f.name == name {
			list = append(list, f.value)
		}
	}
	return list
}

// readMailHeader takes the header off a mail as the wild has them: a "From "
// line of an mbox, lines that are no fields, and no empty line behind it are
// no obstacle. clean is the header without what is no field.
func readMailHeader(raw []byte) (h mailHeader, clean, body []byte, err error) {
	rest := raw
	if bytes.HasPrefix(rest, []byte("From ")) {
		_, rest, _ = bytes.Cut(rest, []byte{'\n'})
	}
	for used := 0; len(rest) > 0 && used < maxMailHeader; {
		line, more, _ := bytes.Cut(rest, []byte{'\n'})
		used += len(line) + 1
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			rest = more
			break
		}
		if n := len(h); (line[0] == ' ' || line[0] == '\t') && n > 0 {
			h[n-1].value += " " + strings.TrimSpace(string(line))
			clean = append(append(clean, line...), '\r', '\n')
		} else if name, value, ok := bytes.Cut(line, []byte{':'}); ok && fieldName(name) {
			h = append(h, mailField{strings.ToLower(string(bytes.TrimSpace(name))), strings.TrimSpace(string(value))})
			clean = append(append(append(clean, bytes.TrimSpace(name)...), ": "...), bytes.TrimSpace(value)...)
			clean = append(clean, '\r', '\n')
		} else if len(h) == 0 {
			return nil, nil, nil, errNoMail
		}
		rest = more
	}
	if len(h) == 0 {
		return nil, nil, nil, errNoMail
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

// mailPart is a leaf of a mail: its content, transfer encoding taken off.
type mailPart struct {
	kind     string // media type
	charset  string
	name     string // of a file, decoded
	attached bool   // said to be an attachment
	depth    int
	data     []byte // at most what the mail is long
}

// mailWalk walks over the parts of a mail.
type mailWalk struct {
	parts   int
	kinds   []string     // media types in order, of containers too
	trouble string       // the first
	inner   []mailHeader // of the mails inside, outermost first
	leaf    func(mailPart)
}

// walkMail calls leaf for each leaf, and returns what was met. It never fails:
// what cannot be read is named in trouble and the rest goes on; where there
// are no parts although there should be, the body is text.
func walkMail(clean, body []byte, leaf func(mailPart)) *mailWalk {
	leaves := 0
	w := &mailWalk{leaf: func(p mailPart) { leaves++; leaf(p) }}
	w.read(io.MultiReader(bytes.NewReader(clean), bytes.NewReader(body)), 0)
	if leaves == 0 && w.trouble != "" {
		leaf(mailPart{kind: "text/plain", data: body})
	}
	return w
}

func (w *mailWalk) wrong(what string) {
	if w.trouble == "" {
		w.trouble = what
	}
}

func (w *mailWalk) read(r io.Reader, depth int) {
	e, err := message.ReadWithOptions(r, &message.ReadOptions{MaxHeaderBytes: maxMailHeader})
	if e == nil {
		if err != io.EOF {
			w.wrong("broken header of a part")
		}
		return
	}
	w.entity(e, err, depth)
}

func (w *mailWalk) entity(e *message.Entity, err error, depth int) {
	if w.parts++; w.parts > maxMailParts || depth > maxMailDepth {
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
	if len(w.kinds) < 16 {
		w.kinds = append(w.kinds, kind)
	}
	if parts := e.MultipartReader(); parts != nil {
		w.multipart(parts, depth)
		return
	}
	disposition, dparams, _ := e.Header.ContentDisposition()
	p := mailPart{
		kind: kind, charset: params["charset"], depth: depth,
		attached: strings.EqualFold(disposition, "attachment"),
	}
	if p.name = dparams["filename"]; p.name == "" {
		p.name = params["name"]
	}
	p.name = mailWords(p.name)
	var text bytes.Buffer
	if _, err := io.Copy(&text, io.LimitReader(e.Body, maxMail)); err != nil {
		w.wrong("broken content of a part")
	}
	if p.data = text.Bytes(); kind == "message/rfc822" {
		if h, clean, body, err := readMailHeader(p.data); err == nil {
			w.inner = append(w.inner, h)
			w.read(io.MultiReader(bytes.NewReader(clean), bytes.NewReader(body)), depth+1)
			return
		}
	}
	w.leaf(p)
}

func (w *mailWalk) multipart(parts message.MultipartReader, depth int) {
	for w.parts <= maxMailParts {
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

// mailTime is when the own side took the mail: the topmost Received that has a
// date, else what the mail says of itself.
func mailTime(h mailHeader) (time.Time, error) {
	for _, r := range append(h.all("received"), "; "+h.get("date")) {
		i := strings.LastIndexByte(r, ';')
		if i < 0 {
			continue
		}
		if t, err := netmail.ParseDate(strings.TrimSpace(r[i+1:])); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errNoMailTime
}

var (
	errNoMailTime = errors.New("no date in Received or Date that can be read")
	errNoSender   = errors.New("nobody who sent the mail is named")
)
