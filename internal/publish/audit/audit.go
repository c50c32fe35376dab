// Package audit reads the records of the Linux audit subsystem as the kernel
// writes them: lines "type=SYSCALL msg=audit(1794896600.123:77): key=value …",
// several of one event, as they stand in audit.log, behind a header of syslog, or
// in the JSON of go-audit. In go the lines of one event, out come its fields by
// type and name, with what the kernel writes in hexadecimal as text.
//
// Input is hostile: who runs a program chooses its name and arguments. Each byte
// is read once; an event has at most [maxFields] fields and [maxArgs] arguments,
// what is more is left out. No state, safe for concurrent use.
package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

const (
	maxFields = 1024
	maxArgs   = 128
	maxArg    = 8 << 10 // bytes of all arguments
	maxPrefix = 512     // bytes before "audit("
)

// ErrNone says that something is no event of the audit subsystem.
var ErrNone = errors.New("not an event of auditd")

// Event is what the records of one event say.
type Event struct {
	ID     string // seconds:number
	Time   string // seconds since 1970, with milliseconds
	Node   string // where, "" where nothing says so
	Argv   []string
	fields map[string]string
}

// numbers are the types of records by their numbers, of which something is read.
var numbers = map[string]string{
	"1112": "USER_LOGIN", "1123": "USER_CMD", "1124": "USER_TTY", "1300": "SYSCALL", "1302": "PATH", "1306": "SOCKADDR", "1307": "CWD",
	"1309": "EXECVE", "1319": "TTY", "1327": "PROCTITLE",
}

// ID returns the name of the event that a line belongs to, nil of other lines.
func ID(line []byte) []byte {
	at := bytes.Index(line[:min(len(line), maxPrefix)], []byte("audit("))
	if at < 0 || line[0] == '{' || line[0] == '<' && bytes.IndexByte(line[:min(len(line), 6)], '>') < 0 || !bytes.Contains(line[:at], []byte("type=")) {
		return nil
	}
	id, _, ok := bytes.Cut(line[at+len("audit("):min(len(line), at+64)], []byte("):"))
	seconds, serial, two := bytes.Cut(id, []byte{':'})
	if !ok || !two || len(seconds) < 9 || len(bytes.Trim(seconds, "0123456789.")) > 0 || len(serial) == 0 || len(bytes.Trim(serial, "0123456789")) > 0 {
		return nil
	}
	return id
}

// Parse reads the lines of an event.
func Parse(raw []byte) (Event, error) {
	e := Event{fields: map[string]string{}}
	for line := range bytes.Lines(raw) {
		id := ID(line)
		if id == nil {
			continue
		}
		if e.ID == "" {
			e.named(string(id))
		}
		head, body, _ := bytes.Cut(line, append([]byte("audit("), id...))
		body = bytes.TrimPrefix(body, []byte("):"))
		_, kind, _ := bytes.Cut(head, []byte("type="))
		kind, _, _ = bytes.Cut(kind, []byte{' '})
		if e.Node == "" {
			e.Node = node(string(head))
		}
		e.record(string(kind), strings.ToValidUTF8(string(bytes.TrimSpace(body)), "\uFFFD"))
	}
	if e.ID == "" {
		return e, ErrNone
	}
	return e, nil
}

// ParseJSON reads an event as go-audit writes it; ok is false for other JSON.
func ParseJSON(raw []byte) (e Event, ok bool) {
	var in struct {
		Sequence  int64  `json:"sequence"`
		Timestamp string `json:"timestamp"`
		Hostname  string `json:"hostname"`
		Messages  []struct {
			Type int    `json:"type"`
			Data string `json:"data"`
		} `json:"messages"`
		Users map[string]string `json:"uid_map"`
	}
	if json.Unmarshal(raw, &in) != nil || in.Sequence == 0 || len(in.Messages) == 0 || in.Messages[0].Data == "" {
		return e, false
	}
	e = Event{Node: in.Hostname, fields: map[string]string{}}
	e.named(in.Timestamp + ":" + strconv.FormatInt(in.Sequence, 10))
	for _, m := range in.Messages {
		e.record(strconv.Itoa(m.Type), m.Data)
	}
	for _, id := range []string{"auid", "uid"} {
		if name := in.Users[e.Get("SYSCALL."+id)]; name != "" {
			e.fields["SYSCALL."+strings.ToUpper(id)] = name
		}
	}
	return e, true
}

func (e *Event) named(id string) {
	e.ID = id
	e.Time, _, _ = strings.Cut(id, ":")
}

// node returns the machine that the beginning of a line names: node=, or the
// header of syslog.
func node(head string) string {
	if _, v, ok := strings.Cut(head, "node="); ok {
		v, _, _ = strings.Cut(v, " ")
		return v
	}
	header, _, _ := strings.Cut(head, "type=")
	if i := strings.IndexByte(header, '>'); i >= 0 && strings.HasPrefix(header, "<") {
		header = header[i+1:]
	}
	w := strings.Fields(header)
	switch {
	case len(w) >= 5 && len(w[2]) == 8 && w[2][2] == ':': // Nov 17 06:20:00 host program:
		return w[3]
	case len(w) >= 3 && len(w[0]) >= 19 && w[0][10] == 'T': // 2026-11-17T06:20:00Z host program:
		return w[1]
	}
	return ""
}

// Get returns the first field that is there: names as SYSCALL.exe, with blanks
// between them.
func (e *Event) Get(names string) string {
	for n := range strings.FieldsSeq(names) {
		if v := e.fields[n]; v != "" && v != "(null)" && v != "?" {
			return v
		}
	}
	return ""
}

// Has reports whether there was a record of that type.
func (e *Event) Has(kind string) bool { _, ok := e.fields[kind]; return ok }

// Command returns what was run: its arguments, else its title.
func (e *Event) Command() string {
	if len(e.Argv) > 0 {
		return strings.Join(e.Argv, " ")
	}
	return e.Get("USER_CMD.cmd PROCTITLE.proctitle")
}

// record takes the fields of one record.
func (e *Event) record(kind, body string) {
	if n := numbers[kind]; n != "" {
		kind = n
	}
	if !known[kind] {
		return
	}
	e.keep(kind, "x") // that it was there
	e.each(kind, body, 0)
}

// known are the types of which something is read.
var known = map[string]bool{
	"SYSCALL": true, "EXECVE": true, "SOCKADDR": true, "PROCTITLE": true, "CWD": true,
	"TTY": true, "USER_TTY": true, "USER_CMD": true, "USER_LOGIN": true,
}

func (e *Event) keep(name, value string) {
	if _, ok := e.fields[name]; !ok && len(e.fields) < maxFields {
		e.fields[name] = value
	}
}

// each reads fields: key=value, "value" and 'fields', and {fields}.
func (e *Event) each(kind, s string, depth int) {
	for s != "" {
		s = strings.TrimLeft(s, " \x1d\n,")
		i := strings.IndexByte(s, '=')
		if i < 0 {
			return
		}
		key := s[strings.LastIndexAny(s[:i], " \x1d")+1 : i]
		s = s[i+1:]
		var value string
		quoted := false
		switch {
		case s == "":
		case s[0] == '"':
			value, s, _ = strings.Cut(s[1:], `"`)
			quoted = true
		case s[0] == '\'' && depth == 0:
			value, s, _ = strings.Cut(s[1:], "'")
			e.each(kind, value, 1)
			continue
		case s[0] == '{' && depth == 0:
			value, s, _ = strings.Cut(s[1:], "}")
			e.each(kind, value, 1)
			continue
		default:
			n := strings.IndexAny(s, " \x1d")
			if n < 0 {
				n = len(s)
			}
			value, s = s[:n], s[n:]
		}
		e.field(kind, key, value, quoted)
	}
}

// texts are the fields that are in hexadecimal where they hold more than plain
// signs.
var texts = map[string]bool{"exe": true, "comm": true, "cwd": true, "proctitle": true, "cmd": true, "data": true, "acct": true}

func (e *Event) field(kind, key, value string, quoted bool) {
	switch {
	case kind == "EXECVE" && isArg(key):
		if !quoted {
			value = fromHex(value)
		}
		e.arg(key, value)
	case kind == "SOCKADDR" && key == "saddr":
		e.address(value)
	case texts[key] && !quoted:
		e.keep(kind+"."+key, fromHex(value))
	default:
		e.keep(kind+"."+key, value)
	}
}

// isArg reports whether a field is an argument: a0, or a0[1], a part of one.
func isArg(key string) bool {
	return len(key) > 1 && key[0] == 'a' && key[1] >= '0' && key[1] <= '9' && !strings.Contains(key, "_")
}

func (e *Event) arg(key, value string) {
	size := 0
	for _, a := range e.Argv {
		size += len(a)
	}
	if value = value[:min(len(value), max(maxArg-size, 0))]; len(e.Argv) >= maxArgs {
		return
	}
	value = strings.ToValidUTF8(value, "\uFFFD")
	if strings.Contains(key, "[") && !strings.HasSuffix(key, "[0]") && len(e.Argv) > 0 {
		e.Argv[len(e.Argv)-1] += value
		return
	}
	e.Argv = append(e.Argv, value)
}

// fromHex returns the text of a field that is in hexadecimal; others stay. The
// kernel puts NUL between arguments.
func fromHex(s string) string {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) == 0 {
		return s
	}
	return strings.ToValidUTF8(strings.TrimRight(strings.ReplaceAll(string(b), "\x00", " "), " "), "\uFFFD")
}
