package shell

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"time"
)

// castHead is the first line of a recording of asciinema. Version 3 has the
// size of the terminal below term.
type castHead struct {
	Version   int     `json:"version"`
	Width     int     `json:"width"`
	Timestamp float64 `json:"timestamp"` // seconds, of its beginning
	Term      struct {
		Cols int `json:"cols"`
	} `json:"term"`
	Command string `json:"command"` // that was run instead of a shell
}

var (
	castVersion = regexp.MustCompile(`^\{[^\n]{0,1000}"version"\s*:\s*([123])\s*[,}]`)
	castWidth   = regexp.MustCompile(`"(?:width|term|stdout)"\s*:`)
	tlogMessage = regexp.MustCompile(`^\{[^\n]*"timing"\s*:\s*"`)
	tlogText    = regexp.MustCompile(`"(?:out_txt|in_txt|rec)"\s*:`)
)

// ofJSON tells recordings in JSON from other JSON.
func ofJSON(head []byte) Form {
	if m := castVersion.FindSubmatch(head); m != nil && castWidth.Match(head) {
		if m[1][0] == '1' {
			return oldCast
		}
		return Cast
	}
	if tlogMessage.Match(head) && tlogText.Match(head) {
		return TLog
	}
	return None
}

// cast reads a recording of asciinema: [time, kind, text] a line, with times
// since the beginning (version 2) or since the line before (version 3).
func (r *reader) cast(raw []byte) error {
	first, rest, _ := bytes.Cut(raw, []byte{'\n'})
	var head castHead
	if json.Unmarshal(bytes.TrimPrefix(first, []byte("\xef\xbb\xbf")), &head) != nil {
		return errCut
	}
	start := seconds(head.Timestamp)
	if start.IsZero() {
		return errNoTime
	}
	r.at = start
	if r.shows(max(head.Width, head.Term.Cols)); head.Command != "" && !plainShell(head.Command) {
		r.last, r.when = head.Command, Command{Time: start}
	}
	var past float64
	for line := range bytes.Lines(rest) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		var ev [3]json.RawMessage
		var at float64
		var kind, text string
		if json.Unmarshal(line, &ev) != nil || json.Unmarshal(ev[0], &at) != nil || json.Unmarshal(ev[1], &kind) != nil || at < 0 {
			return errCut
		}
		if past += at; head.Version == 2 {
			past = at
		}
		if kind != "o" && kind != "i" && kind != "r" || json.Unmarshal(ev[2], &text) != nil {
			continue
		}
		switch r.at = after(start, past); kind {
		case "o":
			r.output([]byte(text))
		case "i":
			r.keys([]byte(text))
		case "r":
			r.resize(text)
		}
	}
	return nil
}

// shellAlone is a command that is a shell, whatever it is told.
var shellAlone = regexp.MustCompile(`^(?:/[\w/.-]*/)?(?:ba|da|z|fi|k|c|tc|a)?sh(?: .*)?$`)

// plainShell reports whether a command is a shell in which somebody types.
func plainShell(command string) bool {
	return shellAlone.MatchString(command) && !strings.Contains(command, " -c ")
}

// resize takes a size, as 80x24.
func (r *reader) resize(size string) {
	width := 0
	for _, c := range size {
		if c < '0' || c > '9' || width > maxWidth {
			break
		}
		width = width*10 + int(c-'0')
	}
	r.shows(width)
}

// longest is how long a recording can be: later events are of that time.
const longest = 30 * 24 * time.Hour

// after returns the time that many seconds after another.
func after(t time.Time, past float64) time.Time {
	return t.Add(time.Duration(min(max(past, 0), longest.Seconds()) * float64(time.Second)).Truncate(time.Millisecond))
}

// seconds returns the time of that many seconds since 1970, exact to a
// millisecond; what cannot be is the zero Time.
func seconds(s float64) time.Time {
	if !(s > 0 && s < 1e11) {
		return time.Time{}
	}
	return time.UnixMilli(int64(s * 1000)).UTC()
}
