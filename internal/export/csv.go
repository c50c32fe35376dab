package export

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure/internal/access"
)

// MediaCSV is the media type of [CSV].
const MediaCSV = "text/csv; charset=utf-8; header=present"

// CSV writes one line a value under a head line (RFC 4180, UTF-8). Lists are
// joined by "; ". A field that a spreadsheet would take for a formula gets an
// apostrophe in front.
func CSV(w io.Writer, values []access.Summary) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	// An error of Write stays in the writer until Flush.
	_ = out.Write([]string{"kind", "value", "known", "sources", "first", "last", "count", "roles", "tags", "notes"})
	for i := range values {
		_ = out.Write(line(&values[i]))
	}
	out.Flush()
	return out.Error()
}

func line(s *access.Summary) []string {
	var sources, roles, notes []string
	for _, src := range s.Sources {
		sources = append(sources, string(src))
	}
	for _, r := range s.Roles {
		roles = append(roles, r.String())
	}
	for _, n := range s.Notes {
		notes = append(notes, n.Name+": "+n.Value)
	}
	known, count := "no", ""
	if s.Known() {
		known, count = "yes", strconv.FormatUint(s.Count, 10)
	}
	fields := []string{
		s.Observable.Kind.String(), s.Observable.Value, known, strings.Join(sources, "; "), stamp(s.First), stamp(s.Last),
		count, strings.Join(roles, "; "), strings.Join(s.Tags, "; "), strings.Join(notes, "; "),
	}
	for i, f := range fields {
		fields[i] = inert(f)
	}
	return fields
}

// inert keeps a spreadsheet from computing a field.
func inert(f string) string {
	if f != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(f[0])) {
		return "'" + f
	}
	return f
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
