package listen

import (
	"bytes"

	syslog "github.com/leodido/go-syslog/v4"
	"github.com/leodido/go-syslog/v4/rfc3164"
	"github.com/leodido/go-syslog/v4/rfc5424"
)

// header takes the head of syslog off messages, as RFC 5424 and RFC 3164 have
// it. Not safe for concurrent use.
type header struct {
	whole bool // keep it: only the priority goes
	new   syslog.Machine
	old   syslog.Machine
}

func newHeader(whole bool) *header {
	return &header{
		whole: whole,
		new:   rfc5424.NewMachine(rfc5424.WithBestEffort()),
		old:   rfc3164.NewMachine(rfc3164.WithBestEffort(), rfc3164.WithLenientDay(), rfc3164.WithEmbeddedNewlines()),
	}
}

// strip returns what the message says. One whose head cannot be read is handed
// over behind its priority: whether it is of use is for the publisher to say.
func (h *header) strip(msg []byte) []byte {
	end := bytes.IndexByte(msg, '>')
	if len(msg) == 0 || msg[0] != '<' || end < 2 || end > 4 {
		return msg
	}
	rest := msg[end+1:]
	if h.whole {
		return rest
	}
	if bytes.HasPrefix(rest, []byte("1 ")) {
		if m, _ := h.new.Parse(msg); m != nil {
			if s, ok := m.(*rfc5424.SyslogMessage); ok && s.Message != nil {
				return bytes.TrimPrefix([]byte(*s.Message), []byte("\xef\xbb\xbf"))
			}
		}
		return rest
	}
	m, _ := h.old.Parse(msg)
	s, ok := m.(*rfc3164.SyslogMessage)
	if !ok || s.Timestamp == nil || s.Message == nil || *s.Message == "" {
		return rest
	}
	// CEF and LEEF begin like the tag of a program.
	if s.Appname != nil && (*s.Appname == "CEF" || *s.Appname == "LEEF") {
		if i := bytes.Index(rest, []byte(*s.Appname+":")); i >= 0 {
			return rest[i:]
		}
	}
	return []byte(*s.Message)
}
