package cure

import "strings"

// Source is one instance of a publisher, "cowrie/tokyo1" or "feeds/ipsum": the
// unit of link, watermark, marking default, licence, reliability and status.
type Source string

// maxSource is the longest source name in bytes.
const maxSource = 96

// Publisher returns the part before the slash: what kind of source it is.
func (s Source) Publisher() string {
	p, _, _ := strings.Cut(string(s), "/")
	return p
}

// Instance returns the part after the slash.
func (s Source) Instance() string {
	_, i, _ := strings.Cut(string(s), "/")
	return i
}

// Check returns nil when s is "publisher/instance" with both parts of a-z,
// 0-9, '-' and '_' beginning with a letter or digit.
func (s Source) Check() error {
	if len(s) > maxSource {
		return Errorf(Invalid, "source of %d bytes, want at most %d", len(s), maxSource)
	}
	p, i, ok := strings.Cut(string(s), "/")
	if !ok || !sourceWord(p) || !sourceWord(i) {
		return Errorf(Invalid, "source %.100q, want publisher/instance of a-z, 0-9, '-', '_'", string(s))
	}
	return nil
}

// Subject returns the log subject of the source, "obs.publisher.instance".
func (s Source) Subject() string { return "obs." + strings.Replace(string(s), "/", ".", 1) }

// SourceOfSubject is the inverse of [Source.Subject].
func SourceOfSubject(subject string) (Source, error) {
	rest, ok := strings.CutPrefix(subject, "obs.")
	s := Source(strings.Replace(rest, ".", "/", 1))
	if !ok || s.Check() != nil {
		return "", Errorf(Invalid, "subject %.120q is not obs.publisher.instance", subject)
	}
	return s, nil
}

func sourceWord(w string) bool {
	if w == "" || !lowerAlnum(w[0]) {
		return false
	}
	for i := range len(w) {
		if c := w[i]; !lowerAlnum(c) && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
