package shell

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// isStamp reports whether a line is a time of a history of bash: '#' and
// seconds. A comment is none.
func isStamp(line []byte) bool {
	line, _, _ = bytes.Cut(line, []byte{'\n'})
	line = bytes.TrimRight(line, "\r")
	return len(line) >= 10 && len(line) <= 12 && line[0] == '#' && number(line[1:])
}

// isZsh reports whether a line is one of an extended history of zsh:
// ": seconds:duration;command".
func isZsh(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte(": "))
	began, rest, _ := bytes.Cut(rest[:min(len(rest), 40)], []byte{':'})
	took, _, stops := bytes.Cut(rest, []byte{';'})
	return ok && stops && len(began) >= 9 && len(began) <= 11 && number(began) && number(took)
}

func number(b []byte) bool { return len(b) > 0 && len(bytes.Trim(b, "0123456789")) == 0 }

// history reads one command of a history, on as many lines as it takes. Of
// further stamps in it, which the caller left there, the commands count too.
func (r *reader) history(form Form, raw []byte) error {
	for line := range bytes.Lines(raw) {
		text := strings.ToValidUTF8(strings.TrimRight(string(line), "\r\n"), "\uFFFD")
		switch {
		case form == Bash && isStamp(line):
			r.stamp(text[1:])
		case form == Zsh && isZsh(line):
			began, rest, _ := strings.Cut(text[2:], ":")
			r.stamp(began)
			_, rest, _ = strings.Cut(rest, ";")
			r.goesOn(strings.TrimSuffix(rest, `\`))
		case form == Zsh:
			r.goesOn(strings.TrimSuffix(text, `\`))
		case form == Fish && strings.HasPrefix(text, "- cmd: "):
			r.flush()
			r.goesOn(fishText.Replace(text[len("- cmd: "):]))
		case form == Fish && strings.HasPrefix(text, "  when: "):
			s, _ := strconv.ParseFloat(text[len("  when: "):], 64) // 0 is no time
			r.when.Time = seconds(s)
		case form == Bash:
			r.goesOn(text)
		}
	}
	if r.when.Time.IsZero() && r.last != "" {
		return errCut
	}
	r.flush()
	return nil
}

// fishText is how fish writes a command on one line.
var fishText = strings.NewReplacer(`\\`, `\`, `\n`, "\n")

func (r *reader) stamp(text string) {
	r.flush()
	s, _ := strconv.ParseFloat(text, 64) // digits
	r.when = Command{Time: seconds(s)}
}

// goesOn adds a line to the command.
func (r *reader) goesOn(line string) {
	if len(r.last) > maxText-utf8.UTFMax {
		return
	}
	if r.last != "" {
		line = r.last + "\n" + line
	}
	r.last = cut(line)
}
