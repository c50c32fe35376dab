package observe

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

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
	kept       []mailField // of the header
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
	h, clean, body, err := readMailHeader(raw)
	if err != nil {
		return nil, err
	}
	m := &mailSaid{form: "mail"}
	if m.time, err = mailTime(h); err != nil {
		return nil, err
	}
	m.from, m.replyTo, m.returnPath = mailWords(h.get("from")), mailWords(h.get("reply-to")), h.get("return-path")
	m.subject, m.auth, m.received = mailWords(h.get("subject")), readAuth(h), h.all("received")
	if m.agent = h.get("x-mailer"); m.agent == "" {
		m.agent = h.get("user-agent")
	}
	if len(m.received) > 0 {
		m.server = receivedBy(m.received[0])
	}
	for _, name := range []string{"to", "cc", "bcc", "delivered-to", "x-original-to", "envelope-to", "apparently-to"} {
		for _, v := range h.all(name) {
			m.recipients = append(m.recipients, mailAddresses(mailWords(v))...)
		}
	}
	for _, r := range m.received {
		if _, to, ok := strings.Cut(r, " for "); ok {
			m.recipients = append(m.recipients, mailAddresses(to)...)
		}
	}
	if s := signerIs.FindStringSubmatch(h.get("dkim-signature")); s != nil {
		m.signer = s[1]
	}
	for _, f := range h {
		if keptFields[f.name] {
			m.kept = append(m.kept, mailField{f.name, mailWords(f.value)})
		}
	}
	w := walkMail(clean, body, m.leaf)
	m.kinds, m.trouble = w.kinds, w.trouble
	return m, nil
}

var signerIs = regexp.MustCompile(`(?:^|[;\s])d=\s*([A-Za-z0-9.-]+)`)

// leaf reads one part.
func (m *mailSaid) leaf(p mailPart) {
	switch {
	case p.kind == "text/html" && !p.attached:
		text, links := htmlText(mailText(p.data[:min(len(p.data), maxMailText)], p.charset))
		m.links = append(m.links, links[:min(len(links), maxLinks-min(len(m.links), maxLinks))]...)
		m.addText(text)
	case strings.HasPrefix(p.kind, "text/") && !p.attached && p.name == "":
		m.addText(mailText(p.data[:min(len(p.data), maxMailText)], p.charset))
	case strings.HasSuffix(p.kind, "-signature"), strings.HasPrefix(p.kind, "message/"):
	case strings.HasPrefix(p.kind, "image/") && !p.attached: // logos, which all mails of a firm have
	case len(p.data) == 0 || len(m.files) == maxMailFiles:
	default:
		sum := sha256.Sum256(p.data)
		f := mailFile{name: p.name, kind: p.kind, size: len(p.data), hashes: []string{hex.EncodeToString(sum[:])}}
		if strings.HasPrefix(string(p.data[:min(4, len(p.data))]), "PK\x03\x04") {
			f.entries = zipEntries(p.data)
		}
		m.files = append(m.files, f)
	}
}

func (m *mailSaid) addText(s string) {
	if room := maxMailText - len(m.text); room > 0 {
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
