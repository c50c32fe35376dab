package shell

import (
	"bytes"
	"strings"
	"time"
)

// stars frame the heads of a transcript of PowerShell.
var stars = []byte("**********************")

// isTranscript tells a transcript by its first lines, whatever language they
// are in: stars, a title, and a time of 14 digits.
func isTranscript(head []byte) bool {
	lines := bytes.SplitN(head, []byte{'\n'}, 4)
	return len(lines) == 4 && bytes.Equal(bytes.TrimSpace(lines[0]), stars) && digits14(string(lines[2])) != ""
}

// digits14 returns the time in a line "Start time: 20261117062000".
func digits14(line string) string {
	_, value, _ := strings.Cut(strings.TrimSpace(line), ":")
	if value = strings.TrimSpace(value); len(value) != 14 || strings.Trim(value, "0123456789") != "" {
		return ""
	}
	t, err := time.Parse("20060102150405", value)
	if err != nil {
		return ""
	}
	return t.Format(local)
}

// transcript reads what Start-Transcript wrote: the time of its beginning, and
// with -IncludeInvocationHeader that of each command. Times are local.
func (r *reader) transcript(raw []byte) error {
	r.shows(0)
	inHead, first := false, true
	for line := range bytes.Lines(raw) {
		text := strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "\uFFFD")
		switch {
		case strings.TrimSpace(text) == string(stars):
			if inHead = !inHead; !inHead {
				first = false
			}
		case inHead:
			r.about(text, first)
		default:
			r.screen.seen = true
			r.shown([]rune(text[:min(len(text), 4*maxLine)]))
		}
	}
	return nil
}

// about reads a line of a head.
func (r *reader) about(text string, first bool) {
	if when := digits14(text); when != "" {
		r.flush()
		r.now = when
		return
	}
	name, value, _ := strings.Cut(text, ": ")
	value = strings.TrimSpace(value)
	switch {
	case !first:
	case strings.HasPrefix(name, "Machine"):
		r.host, _, _ = strings.Cut(value, " ")
	case strings.HasPrefix(name, "Username"):
		r.user = value
	}
}
