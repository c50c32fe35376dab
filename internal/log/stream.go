package log

import (
	"strings"
	"time"

	"github.com/opencure/cure"
)

// StreamConfig says what a stream takes and keeps.
type StreamConfig struct {
	Name     string        // 1 to 64 of A-Z, a-z, 0-9, '-', '_'
	Subjects []string      // patterns it takes; after the first word '*' is one word, '>' at the end the rest
	MaxBytes int64         // refuses messages beyond; 0: no limit
	MaxAge   time.Duration // drops older messages; 0: keeps them
}

// Check returns nil when the configuration can be used.
func (c StreamConfig) Check() error {
	if err := checkName("stream", c.Name); err != nil {
		return err
	}
	if len(c.Subjects) == 0 {
		return cure.Errorf(cure.Invalid, "stream %s takes no subject", c.Name)
	}
	for _, s := range c.Subjects {
		if !validPattern(s) || s[0] == '*' || s[0] == '>' {
			return cure.Errorf(cure.Invalid, "stream %s: pattern %.120q is not valid", c.Name, s)
		}
	}
	if c.MaxBytes < 0 || c.MaxAge < 0 {
		return cure.Errorf(cure.Invalid, "stream %s: limit below zero", c.Name)
	}
	return nil
}

// takes reports whether a valid subject belongs to the stream.
func (c StreamConfig) takes(subject string) bool {
	for _, p := range c.Subjects {
		if matches(p, subject) {
			return true
		}
	}
	return false
}

// Message is one entry of a stream.
type Message struct {
	Seq     uint64
	Subject string
	Time    time.Time // when the stream took it
	Data    []byte
}

// StreamInfo is the state of a stream at one moment.
type StreamInfo struct {
	Created  time.Time // tells a stream from a later one of the same name
	First    uint64    // sequence of the first message kept; Last+1 when there is none
	Last     uint64    // sequence given last, 0 before the first
	Messages uint64
	Bytes    uint64 // as stored, with the overhead of the driver
}

func checkName(what, name string) error {
	if len(name) == 0 || len(name) > 64 {
		return cure.Errorf(cure.Invalid, "name of a %s of %d bytes, want 1 to 64", what, len(name))
	}
	for i := range len(name) {
		if c := name[i]; !alnum(c) && c != '-' && c != '_' {
			return cure.Errorf(cure.Invalid, "%s %.80q, want letters, digits, '-', '_'", what, name)
		}
	}
	return nil
}

// checkAppend holds for all drivers, so that they refuse the same messages.
func checkAppend(subject, id string, data []byte) error {
	if !validSubject(subject) {
		return cure.Errorf(cure.Invalid, "append: subject %.120q is not valid", subject)
	}
	if len(data) > MaxPayload {
		return cure.Errorf(cure.Invalid, "append: payload of %d bytes, want at most %d", len(data), MaxPayload)
	}
	if len(id) > MaxID {
		return cure.Errorf(cure.Invalid, "append: message id of %d bytes, want at most %d", len(id), MaxID)
	}
	for i := range len(id) {
		if c := id[i]; c <= ' ' || c >= 0x7f {
			return cure.Errorf(cure.Invalid, "append: message id is not printable ASCII")
		}
	}
	return nil
}

func errForeign(stream, subject string) error {
	return cure.Errorf(cure.Invalid, "append: stream %s does not take subject %.120q", stream, subject)
}

// checkFrom refuses a start that lies beyond the end.
func checkFrom(stream string, from, last uint64) error {
	if from > last+1 {
		return cure.Errorf(cure.Invalid, "stream %s ends at %d, cannot go on from %d: not the log this state was read from", stream, last, from)
	}
	return nil
}

func checkTruncate(stream string, seq, last uint64) error {
	if seq > last+1 {
		return cure.Errorf(cure.Invalid, "truncate stream %s before %d: it ends at %d", stream, seq, last)
	}
	return nil
}

// validSubject wants words of printable ASCII without wildcards, joined by
// single dots, at most 255 bytes, not of the server's own name space.
func validSubject(s string) bool {
	return validPattern(s) && !strings.ContainsAny(s, "*>")
}

func validPattern(s string) bool {
	if s == "" || len(s) > 255 || s[0] == '$' {
		return false
	}
	words := strings.Split(s, ".")
	for i, w := range words {
		switch {
		case w == "", w == ">" && i != len(words)-1:
			return false
		case len(w) > 1 && strings.ContainsAny(w, "*>"):
			return false
		}
		for j := range len(w) {
			if w[j] <= ' ' || w[j] >= 0x7f {
				return false
			}
		}
	}
	return true
}

// matches reports whether the pattern covers the subject; both are valid.
func matches(pattern, subject string) bool {
	for {
		p, prest, pmore := strings.Cut(pattern, ".")
		w, wrest, wmore := strings.Cut(subject, ".")
		switch {
		case p == ">":
			return true
		case p != "*" && p != w:
			return false
		case !pmore || !wmore:
			return pmore == wmore
		}
		pattern, subject = prest, wrest
	}
}

// overlap reports whether some subject is covered by a pattern of each list.
func overlap(a, b []string) bool {
	for _, p := range a {
		for _, q := range b {
			if patternsMeet(strings.Split(p, "."), strings.Split(q, ".")) {
				return true
			}
		}
	}
	return false
}

func patternsMeet(p, q []string) bool {
	for i := 0; i < len(p) && i < len(q); i++ {
		switch {
		case p[i] == ">" || q[i] == ">":
			return true
		case p[i] != "*" && q[i] != "*" && p[i] != q[i]:
			return false
		}
	}
	return len(p) == len(q)
}

func alnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
