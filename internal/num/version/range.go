package version

import (
	"strings"

	"github.com/opencure/cure"
)

// Range is a set of versions: those of any of its spans. Its text form is
// ">=1.0 <1.2.3 || =2.0", "*" for all; the zero Range holds none.
type Range []Span

// Span is what lies between two versions. The zero Span is everything.
type Span struct {
	Low  string // "": from the beginning
	High string // "": without end
	Open bool   // Low itself is not in it
	Shut bool   // High itself is in it
}

// maxSpans bounds a range.
const maxSpans = 64

// Exactly is the span of one version.
func Exactly(v string) Span { return Span{Low: v, High: v, Shut: true} }

// Valid reports whether its bounds are versions.
func (s Span) Valid() bool { return (s.Low == "" || Valid(s.Low)) && (s.High == "" || Valid(s.High)) }

// String writes the span as one reads it in advisories.
func (s Span) String() string {
	if s.Low == s.High && s.Low != "" && s.Shut && !s.Open {
		return "=" + s.Low
	}
	var parts []string
	if s.Low != "" {
		parts = append(parts, sign(">", !s.Open)+s.Low)
	}
	if s.High != "" {
		parts = append(parts, sign("<", s.Shut)+s.High)
	}
	if parts == nil {
		return "*"
	}
	return strings.Join(parts, " ")
}

func sign(s string, equal bool) string {
	if equal {
		return s + "="
	}
	return s
}

// String writes the range as ParseRange reads it.
func (r Range) String() string {
	spans := make([]string, len(r))
	for i, s := range r {
		spans[i] = s.String()
	}
	return strings.Join(spans, " || ")
}

// ParseRange reads what String writes; "" is the range without versions.
func ParseRange(text string) (Range, error) {
	var r Range
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, "||") {
		s, ok := parseSpan(strings.TrimSpace(part))
		if !ok || len(r) == maxSpans {
			return nil, cure.Errorf(cure.Invalid, "%.80q is no range of versions like \">=1.0 <1.2\"", text)
		}
		r = append(r, s)
	}
	return r, nil
}

func parseSpan(text string) (Span, bool) {
	var s Span
	if text == "*" {
		return s, true
	}
	words := strings.Fields(text)
	if len(words) == 0 || len(words) > 2 {
		return s, false
	}
	for _, w := range words {
		at := strings.IndexFunc(w, func(r rune) bool { return !strings.ContainsRune("<>=", r) })
		if at < 1 {
			return s, false
		}
		v := w[at:]
		switch w[:at] {
		case "=":
			s = Exactly(v)
		case ">", ">=":
			s.Low, s.Open = v, w[:at] == ">"
		case "<", "<=":
			s.High, s.Shut = v, w[:at] == "<="
		default:
			return s, false
		}
	}
	return s, s.Valid()
}

// Has reports whether a version of a type of package URL is in the range. The
// error is Invalid: the version, or a bound that it had to be compared with,
// cannot be read, and no other span holds it.
func (r Range) Has(kind, v string) (bool, error) {
	var first error
	for _, s := range r {
		in, err := s.has(kind, v)
		if in && err == nil {
			return true, nil
		}
		if err != nil && first == nil {
			first = err
		}
	}
	return false, first
}

func (s Span) has(kind, v string) (bool, error) {
	if s.Low != "" {
		n, err := Compare(kind, v, s.Low)
		if err != nil || n < 0 || n == 0 && s.Open {
			return false, err
		}
	}
	if s.High != "" {
		n, err := Compare(kind, v, s.High)
		if err != nil || n > 0 || n == 0 && !s.Shut {
			return false, err
		}
	}
	return true, nil
}
