package shell

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// message is one of tlog: what a terminal showed and was sent in a while.
type message struct {
	Host   string  `json:"host"`
	Rec    string  `json:"rec"`
	User   string  `json:"user"`
	Time   float64 `json:"time"` // seconds; since version 2.3
	Timing string  `json:"timing"`
	In     string  `json:"in_txt"`
	InBin  []int   `json:"in_bin"`
	Out    string  `json:"out_txt"`
	OutBin []int   `json:"out_bin"`
}

// maxRecordings bounds how many recordings are read at once.
const maxRecordings = 256

var (
	errTLogTime = errors.New("message of tlog without its time, which it has since version 2.3 of the format")
	errTLogMany = errors.New("more than 256 recordings of tlog in one file")
)

// readTLog reads messages of tlog, a line each. What was typed is said in the
// order of the recordings.
func readTLog(raw []byte, say func(Command)) (err error) {
	open := map[string]*reader{}
	var order []*reader
	for line := range bytes.Lines(raw) {
		var m message
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if json.Unmarshal(line, &m) != nil {
			err = errCut
			break
		}
		if seconds(m.Time).IsZero() {
			err = errTLogTime
			break
		}
		r := open[m.Host+" "+m.Rec]
		if r == nil {
			if len(order) == maxRecordings {
				err = errTLogMany
				break
			}
			r = &reader{host: m.Host, user: m.User, say: say}
			open[m.Host+" "+m.Rec] = r
			order = append(order, r)
		}
		r.message(&m)
	}
	for _, r := range order {
		err = r.finish(err)
	}
	return err
}

// message reads one message as its timing says: +delay, <characters of the
// input, >characters of the output, [replaced/bytes and ]replaced/bytes of what
// is no text, =width x height.
func (r *reader) message(m *message) {
	past, in, out := 0.0, m.In, m.Out
	inBin, outBin := m.InBin, m.OutBin
	for t := m.Timing; t != ""; {
		kind := t[0]
		n, rest := whole(t[1:])
		second := 0
		if rest != "" && (rest[0] == '/' || rest[0] == 'x') {
			second, rest = whole(rest[1:])
		}
		t = rest
		r.at = after(seconds(m.Time), past)
		switch kind {
		case '+':
			past += float64(n) / 1000
		case '=':
			r.shows(n)
		case '<':
			var b string
			b, in = characters(in, n)
			r.keys([]byte(b))
		case '>':
			var b string
			b, out = characters(out, n)
			r.output([]byte(b))
		case '[':
			_, in = characters(in, n)
			var b []byte
			b, inBin = octets(inBin, second)
			r.keys(b)
		case ']':
			_, out = characters(out, n)
			var b []byte
			b, outBin = octets(outBin, second)
			r.output(b)
		}
	}
}

// whole reads a number at the beginning of a text.
func whole(s string) (n int, rest string) {
	for s != "" && s[0] >= '0' && s[0] <= '9' {
		n = min(n*10+int(s[0]-'0'), 1<<30)
		s = s[1:]
	}
	return n, s
}

// characters cuts the first n characters off.
func characters(s string, n int) (first, rest string) {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[:at], s[at:]
}

// octets cuts the first n bytes off.
func octets(list []int, n int) (first []byte, rest []int) {
	n = min(n, len(list))
	for _, v := range list[:n] {
		first = append(first, byte(v))
	}
	return first, list[n:]
}
