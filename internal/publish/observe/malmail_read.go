package observe

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure/internal/publish/mail"
)

var errNoSender = errors.New("nobody who sent the mail is named")

// mailSaid is what a mail says, in whatever form it came.
type mailSaid struct {
	form       string // "mail" or "appliance"
	time       time.Time
	client     string // address of the host that handed it over; "": see received
	received   []string
	server     string // own one that took it
	from       string // as written
	replyTo    string
	returnPath string
	recipients []string
	subject    string
	agent      string
	signer     string // domain of the signature (DKIM)
	auth       mailAuth
	kinds      []string
	files      []mailFile
	links      []mailLink
	bad        []string // URLs and domains that somebody judged
	text       string
	verdicts   []string
	trouble    string
	kept       []mail.Field // of the header
}

// mailFile is an attachment.
type mailFile struct {
	name, kind string
	hashes     []string
	size       int
	entries    []zipEntry
}

const maxMailFiles = 32

// keptFields of the header are kept as they are, recipients masked.
var keptFields = map[string]bool{
	"from": true, "sender": true, "reply-to": true, "return-path": true, "date": true, "message-id": true, "received": true,
	"received-spf": true, "authentication-results": true, "x-mailer": true, "user-agent": true, "content-type": true,
	"x-originating-ip": true, "list-unsubscribe": true, "mime-version": true,
}

// readMail reads a mail.
func readMail(raw []byte) (*mailSaid, error) {
	h, clean, body, err := mail.ReadHeader(raw)
	if err != nil {
		return nil, err
	}
	m := &mailSaid{form: "mail"}
	if m.time, err = mail.Time(h); err != nil {
		return nil, err
	}
	m.from, m.replyTo, m.returnPath = mail.Words(h.Get("from")), mail.Words(h.Get("reply-to")), h.Get("return-path")
	m.subject, m.auth, m.received = mail.Words(h.Get("subject")), readAuth(h), h.All("received")
	if m.agent = h.Get("x-mailer"); m.agent == "" {
		m.agent = h.Get("user-agent")
	}
	if len(m.received) > 0 {
		m.server = receivedBy(m.received[0])
	}
	for _, name := range []string{"to", "cc", "bcc", "delivered-to", "x-original-to", "envelope-to", "apparently-to"} {
		for _, v := range h.All(name) {
			m.recipients = append(m.recipients, mailAddresses(mail.Words(v))...)
		}
	}
	for _, r := range m.received {
		if _, to, ok := strings.Cut(r, " for "); ok {
			m.recipients = append(m.recipients, mailAddresses(to)...)
		}
	}
	if s := signerIs.FindStringSubmatch(h.Get("dkim-signature")); s != nil {
		m.signer = s[1]
	}
	for _, f := range h {
		if keptFields[f.Name] {
			m.kept = append(m.kept, mail.Field{f.Name, mail.Words(f.Value)})
		}
	}
	w := mail.Walk(clean, body, m.leaf)
	m.kinds, m.trouble = w.Kinds, w.Trouble
	return m, nil
}

var signerIs = regexp.MustCompile(`(?:^|[;\s])d=\s*([A-Za-z0-9.-]+)`)

// leaf reads one part.
func (m *mailSaid) leaf(p mail.Part) {
	switch {
	case p.Kind == "text/html" && !p.Attached:
		text, links := htmlText(mail.Text(p.Data[:min(len(p.Data), mail.MaxText)], p.Charset))
		m.links = append(m.links, links[:min(len(links), maxLinks-min(len(m.links), maxLinks))]...)
		m.addText(text)
	case strings.HasPrefix(p.Kind, "text/") && !p.Attached && p.Name == "":
		m.addText(mail.Text(p.Data[:min(len(p.Data), mail.MaxText)], p.Charset))
	case strings.HasSuffix(p.Kind, "-signature"), strings.HasPrefix(p.Kind, "message/"):
	case strings.HasPrefix(p.Kind, "image/") && !p.Attached: // logos, which all mails of a firm have
	case len(p.Data) == 0 || len(m.files) == maxMailFiles:
	default:
		sum := sha256.Sum256(p.Data)
		f := mailFile{name: p.Name, kind: p.Kind, size: len(p.Data), hashes: []string{hex.EncodeToString(sum[:])}}
		if strings.HasPrefix(string(p.Data[:min(4, len(p.Data))]), "PK\x03\x04") {
			f.entries = zipEntries(p.Data)
		}
		m.files = append(m.files, f)
	}
}

func (m *mailSaid) addText(s string) {
	if room := mail.MaxText - len(m.text); room > 0 {
		m.text += strings.ToValidUTF8(s[:min(len(s), room)], "") + "\n"
	}
}

var anyAddress = regexp.MustCompile(`[^\s<>"'(),;:\[\]\\]{1,64}@[A-Za-z0-9\x80-\xff.-]{1,253}`)

// mailAddresses finds the addresses in a field, at most 64 of them.
func mailAddresses(s string) []string { return anyAddress.FindAllString(s, 64) }

// mailAddress returns the address that a field means: the one in the last
// angle brackets, else the first. What stands before the brackets is only
// shown; claimed is an address there that is another one.
func mailAddress(s string) (addr, claimed string) {
	shown := ""
	if i := strings.LastIndexByte(s, '<'); i >= 0 {
		shown, s = s[:i], s[i:]
	}
	if list := mailAddresses(s); len(list) > 0 {
		addr = list[0]
	}
	if list := mailAddresses(shown); len(list) > 0 && !strings.EqualFold(list[0], addr) {
		claimed = list[0]
	}
	return addr, claimed
}

// receivedBy is the host that wrote a Received field.
func receivedBy(r string) string {
	for before := ""; r != ""; {
		word, rest, _ := strings.Cut(r, " ")
		if before == "by" {
			return strings.Trim(word, ";()")
		}
		before, r = word, strings.TrimLeft(rest, " \t")
	}
	return ""
}

var bracketed = regexp.MustCompile(`[\[(](?:IPv6:)?([0-9A-Fa-f.:]{3,45})[\])]`)

// receivedFrom is the address of the host that a Received field names, the
// zero Addr for none. It stands in brackets; what stands outside them the
// other side said of itself.
func receivedFrom(r string) netip.Addr {
	if i := strings.Index(r, " by "); i >= 0 {
		r = r[:i]
	}
	var last netip.Addr
	for _, m := range bracketed.FindAllStringSubmatch(r, 8) {
		if a, err := netip.ParseAddr(m[1]); err == nil {
			last = a.Unmap()
		}
	}
	return last
}

// describe is a line about an attachment.
func (f *mailFile) describe() string {
	s := f.name
	if s == "" {
		s = "(no name)"
	}
	if s += ", " + f.kind; f.size > 0 {
		s += ", " + strconv.Itoa(f.size) + " bytes"
	}
	return s
}
