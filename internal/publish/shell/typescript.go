package shell

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	startedOn = []byte("Script started on ")
	doneOn    = []byte("Script done")
	columns   = regexp.MustCompile(`COLUMNS="(\d{1,4})"`)
	ran       = regexp.MustCompile(`COMMAND="((?:[^"\\]|\\.){0,1000})"`)
	hourZone  = regexp.MustCompile(` ([AP]M )?([A-Z]{3,5})$`)
)

// layouts are how script writes when it began: ISO 8601 since util-linux 2.35,
// before that and on BSD as the locale has it.
var layouts = []string{
	"2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05-0700", "2006-01-02 15:04:05",
	"Mon Jan _2 15:04:05 2006", "Mon Jan 2 15:04:05 2006", "Mon 02 Jan 2006 03:04:05 PM", "Mon 02 Jan 2006 15:04:05",
	"Mon 2 Jan 2006 15:04:05", "Mon Jan _2 03:04:05 PM 2006", "Mon _2 Jan 2006 03:04:05 PM", "Mon Jan 2 03:04:05 PM 2006",
}

// local is a time whose zone the source has to know.
const local = "2006-01-02T15:04:05"

// typescript reads what script wrote. Its head says when it began; when what
// was shown, only the times beside it say.
func (r *reader) typescript(raw, times []byte) error {
	steps := timing(times)
	for len(raw) > 0 {
		head, rest, _ := bytes.Cut(raw, []byte{'\n'})
		if err := r.head(string(bytes.TrimSpace(bytes.TrimPrefix(head, startedOn)))); err != nil {
			return err
		}
		next := len(rest)
		if i := bytes.Index(rest, append([]byte{'\n'}, startedOn...)); i >= 0 { // script -a
			next = i + 1
		}
		body := rest[:next]
		if i := bytes.LastIndex(body, append([]byte{'\n'}, doneOn...)); i >= 0 {
			body = body[:i+1]
		}
		r.played(body, steps)
		steps, raw = nil, rest[next:]
	}
	return nil
}

// played shows a typescript as it was shown.
func (r *reader) played(body []byte, steps []step) {
	start, began := r.at, r.now
	for _, s := range steps {
		past := s.at
		r.at, r.now = r.later(start, began, past)
		if s.width > 0 {
			r.shows(s.width)
		}
		n := min(s.bytes, len(body))
		if s.input {
			r.keys(body[:n])
		} else {
			r.output(body[:n])
		}
		body = body[n:]
	}
	r.output(body)
}

// later returns the present time that many seconds after a beginning, which
// has a zone or not.
func (r *reader) later(start time.Time, began string, past float64) (time.Time, string) {
	if began == "" {
		return after(start, past), ""
	}
	t, err := time.Parse(local, began)
	if err != nil {
		return start, began
	}
	return start, after(t, past).Format(local + ".000")
}

var errHead = errors.New("typescript whose first line does not say when it began in a known form: want 2026-11-17 06:20:00+00:00, as script writes since util-linux 2.35")

// head reads what stands behind "Script started on".
func (r *reader) head(s string) error {
	when, about, _ := strings.Cut(s, " [")
	t, now, ok := began(strings.TrimSpace(when))
	if !ok {
		return errHead
	}
	r.flush()
	r.at, r.now = t, now
	width := 0
	if m := columns.FindStringSubmatch(about); m != nil {
		width, _ = strconv.Atoi(m[1]) // digits
	}
	r.shows(width)
	if m := ran.FindStringSubmatch(about); m != nil && !plainShell(m[1]) {
		r.last, r.when = m[1], Command{Time: r.at, Local: r.now}
		r.flush()
	}
	return nil
}

// began reads a time that script wrote: with its zone, or as local time. Names
// of zones other than UTC are not told apart by everybody, so they say nothing.
func began(s string) (t time.Time, now string, ok bool) {
	zone := ""
	if m := hourZone.FindStringSubmatch(s); m != nil && m[2] != "AM" && m[2] != "PM" {
		zone = m[2]
		s = strings.TrimSuffix(s, " "+zone)
	} else if f := strings.Fields(s); len(f) == 6 && len(f[4]) <= 5 && strings.ToUpper(f[4]) == f[4] && f[4] != "AM" && f[4] != "PM" { // Tue Nov 17 06:20:00 JST 2026
		zone = f[4]
		s = strings.Join(append(f[:4], f[5]), " ")
	}
	for i, layout := range layouts {
		t, err := time.Parse(layout, s)
		switch {
		case err != nil:
			continue
		case i < 2 || zone == "UTC" || zone == "GMT":
			return t.UTC(), "", true
		}
		return time.Time{}, t.Format(local), true
	}
	return time.Time{}, "", false
}

// step is a line of the times of a typescript.
type step struct {
	at    float64 // seconds since it began
	bytes int
	width int // of the terminal from now on, 0: as before
	input bool
}

var (
	classic  = regexp.MustCompile(`^\d{1,9}\.\d{1,9} \d{1,9}\s*$`)
	advanced = regexp.MustCompile(`^[HIOS] \d{1,9}\.\d{1,9} \S`)
)

// maxSteps bounds the times of a typescript.
const maxSteps = 1 << 20

// isTiming reports whether that is the times of a typescript.
func isTiming(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	return classic.Match(line) || advanced.Match(line)
}

// timing reads the times of a typescript: "delay bytes" a line, or since
// util-linux 2.35 "kind delay what" with kind H (about the recording), S (a
// signal), I (input) and O (output). A log of input and output in one file
// (--log-io) has the bytes of both; else there are no bytes of the input.
func timing(times []byte) (steps []step) {
	var past float64
	logs := map[string]string{} // names of those of input and output
	for line := range bytes.Lines(times) {
		f := strings.Fields(string(line))
		s := step{}
		if len(f) == 2 {
			f = append([]string{"O"}, f...)
		}
		if len(f) < 3 {
			continue
		}
		delay, err := strconv.ParseFloat(f[1], 64)
		if err != nil || !(delay >= 0) {
			continue
		}
		past += delay
		if s.at = past; len(steps) == maxSteps { // the rest is of the last time
			break
		}
		switch f[0] {
		case "O", "I":
			s.bytes, err = strconv.Atoi(f[2])
			if s.input = f[0] == "I"; s.input && logs["INPUT_LOG"] != logs["OUTPUT_LOG"] { // in a file of its own
				continue
			}
		case "H":
			if len(f) > 3 && len(logs) < 16 {
				logs[f[2]] = f[3]
			}
			continue
		case "S":
			for _, about := range f[3:] {
				if cols, ok := strings.CutPrefix(about, "COLS="); ok {
					s.width, err = strconv.Atoi(cols)
				}
			}
		default:
			continue
		}
		if err == nil && s.bytes >= 0 {
			steps = append(steps, s)
		}
	}
	return steps
}
