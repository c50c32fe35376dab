package observe

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
)

// zeekTable reads the tables that Zeek writes unless it is told to write JSON:
// values between tabs, with the names of the columns in lines that begin with
// #. Those are read once, from the beginning of the file.
type zeekTable struct {
	path    string // "conn", "dns" …
	columns []string
}

var (
	errNoColumns    = errors.New("neither a format that is known, nor a table of Zeek with its line #fields before it: give the file from its beginning")
	errOtherColumns = errors.New("table of Zeek with other columns than its line #fields says")
)

// shape reads the head of a file.
func (z *zeekTable) shape(f *feed.File) {
	*z = zeekTable{}
	for _, line := range f.Comments('#') {
		name, rest, _ := strings.Cut(strings.ToValidUTF8(string(line), "\uFFFD"), "\t")
		switch name {
		case "#path":
			z.path = rest
		case "#fields":
			z.columns = strings.Split(rest, "\t")
		}
	}
}

// read returns the row by the names of its columns.
func (z *zeekTable) read(raw []byte) (fields, error) {
	if len(z.columns) == 0 {
		return nil, errNoColumns
	}
	cells := bytes.Split(raw, []byte{'\t'})
	if len(cells) != len(z.columns) {
		return nil, errOtherColumns
	}
	f := make(fields, len(cells)+1)
	for i, c := range cells {
		if s := string(c); s != "-" && s != "(empty)" && len(s) <= maxFieldText {
			f[z.columns[i]] = []string{strings.ToValidUTF8(unhex(s), "\uFFFD")}
		}
	}
	f["_path"] = []string{z.path}
	return f, nil
}

// object returns the row as a JSON object, as Zeek writes it when told to.
func (z *zeekTable) object(raw []byte) ([]byte, error) {
	f, err := z.read(raw)
	if err != nil {
		return nil, err
	}
	b := []byte{'{'}
	for _, c := range z.columns {
		v, ok := f[c]
		if !ok {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b, _ = jsontext.AppendQuote(b, c) // valid UTF-8, as the value
		b = append(b, ':')
		b, _ = jsontext.AppendQuote(b, v[0])
	}
	return append(b, '}'), nil
}

// unhex takes back \xHH, as Zeek writes what would break its tables.
func unhex(s string) string {
	if !strings.Contains(s, `\x`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if i+4 <= len(s) && s[i] == '\\' && s[i+1] == 'x' {
			if n, err := strconv.ParseUint(s[i+2:i+4], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

var errSeconds = errors.New("event time is neither ISO 8601 nor seconds since 1970")

// anyTime reads ISO 8601, or seconds since 1970 with a fraction.
func anyTime(s string, zone *time.Location) (time.Time, error) {
	if t, err := publish.ParseTime([]byte(s), zone); err == nil {
		return t, nil
	}
	whole, part, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 || n > 1<<36 || len(part) > 9 {
		return time.Time{}, errSeconds
	}
	nano := uint64(0)
	if part != "" {
		if nano, err = strconv.ParseUint(part+"000000000"[len(part):], 10, 64); err != nil {
			return time.Time{}, errSeconds
		}
	}
	return time.Unix(n, int64(nano)).UTC(), nil
}
