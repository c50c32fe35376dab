package observe

import (
	"strings"

	"github.com/opencure/cure/internal/publish/mail"
)

// mailAuth is what the own mail server found out about who sent a mail
// (RFC 8601): "pass", "fail", "none" and the like, "" where it said nothing.
type mailAuth struct{ spf, dkim, dmarc string }

// readAuth reads the topmost Authentication-Results, the one of the own
// server; those below may come from anybody. Received-SPF serves where there
// is none.
func readAuth(h mail.Header) mailAuth {
	var a mailAuth
	for part := range strings.SplitSeq(h.Get("authentication-results"), ";") {
		method, result, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			continue
		}
		result = authWord(result)
		switch strings.ToLower(strings.TrimSpace(method)) {
		case "spf":
			a.spf = result
		case "dkim":
			if a.dkim != "pass" {
				a.dkim = result
			}
		case "dmarc":
			a.dmarc = result
		}
	}
	if a.spf == "" {
		a.spf = authWord(h.Get("received-spf"))
	}
	return a
}

// authWord is the first word, in small letters.
func authWord(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.IndexFunc(s, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') }); i >= 0 {
		s = s[:i]
	}
	return strings.ToLower(s[:min(len(s), 16)])
}

// envelopeForged reports whether the envelope's sender is somebody else's.
func (a mailAuth) envelopeForged() bool { return a.spf == "fail" || a.spf == "softfail" }

// fromForged reports whether the sender that people see is somebody else's.
func (a mailAuth) fromForged() bool {
	return a.dmarc == "fail" || a.dmarc != "pass" && a.dkim != "pass" && a.envelopeForged()
}

// String is for people.
func (a mailAuth) String() string {
	var parts []string
	for _, p := range [][2]string{{"spf", a.spf}, {"dkim", a.dkim}, {"dmarc", a.dmarc}} {
		if p[1] != "" {
			parts = append(parts, p[0]+"="+p[1])
		}
	}
	return strings.Join(parts, " ")
}
