// Package block answers "is this on the list?" where the list must come to the
// data, because the data must not leave: web accesses at the publisher. In goes
// a list of addresses, domains and URLs in the forms that lists have, out comes
// the listed value that an observable is, is at, or is below. Up to 4,000,000
// values of some 150 bytes; a match is a few look-ups in a map.
package block

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
)

// Limits of a [List].
const (
	maxValues = 4_000_000
	maxLine   = 4 << 10
)

// List is a set of addresses, domains and URLs, to be compared with at
// the publisher, so that what does not match never leaves it. Some 150 bytes a
// value. Read only, safe for concurrent use; nil holds nothing.
type List struct {
	values map[cure.Observable]struct{}
	Passed int // lines in which no value was found
}

var errTooMany = errors.New("block list holds more than 4,000,000 values")

// Read reads a list of one value a line: addresses, domains, URLs,
// defanged or not; lines of a hosts file (0.0.0.0 name); ||name^ of filter
// lists; of CSV the first column. # and ! begin comments.
func Read(r io.Reader) (*List, error) {
	b := &List{values: map[cure.Observable]struct{}{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, maxLine), maxLine)
	n := 0
	for lines.Scan() {
		n++
		w := word(lines.Text())
		if w == "" {
			continue
		}
		o, err := ioc.Classify(w)
		if err != nil || o.Kind != cure.KindIP && o.Kind != cure.KindDomain && o.Kind != cure.KindURL {
			b.Passed++
			continue
		}
		if b.values[o] = struct{}{}; len(b.values) > maxValues {
			return nil, cure.Errorf(cure.Invalid, "read block list: %w", errTooMany)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, cure.Errorf(cure.Invalid, "read block list: line %d is longer than %d bytes: want one value a line", n+1, maxLine)
	} else if err != nil {
		return nil, cure.Errorf(cure.Invalid, "read block list: %w", err)
	}
	if len(b.values) == 0 {
		return nil, cure.Errorf(cure.Invalid, "read block list: no address, domain or URL in it")
	}
	return b, nil
}

// word returns the part of a line that is the value.
func word(line string) string {
	line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff"))
	if line == "" || line[0] == '#' || line[0] == '!' {
		return ""
	}
	if name, ok := strings.CutPrefix(line, "||"); ok {
		name, _, _ = strings.Cut(name, "^")
		return name
	}
	words := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' || c == ',' || c == ';' })
	switch {
	case len(words) == 0:
		return ""
	case len(words) > 1 && (words[0] == "0.0.0.0" || words[0] == "127.0.0.1" || words[0] == "::"):
		return words[1]
	}
	return strings.Trim(words[0], `"`)
}

// Len returns the number of values.
func (b *List) Len() int {
	if b == nil {
		return 0
	}
	return len(b.values)
}

// Match returns the listed value that o is, is at, or is below: a URL itself
// or its host, a domain itself or one above it.
func (b *List) Match(o cure.Observable) (cure.Observable, bool) {
	if b == nil {
		return cure.Observable{}, false
	}
	if _, ok := b.values[o]; ok {
		return o, true
	}
	switch o.Kind {
	case cure.KindURL:
		for _, host := range ioc.Companions(o) {
			if listed, ok := b.Match(host); ok {
				return listed, true
			}
		}
	case cure.KindDomain:
		if _, up, ok := strings.Cut(o.Value, "."); ok && strings.Contains(up, ".") {
			return b.Match(cure.Observable{Kind: cure.KindDomain, Value: up})
		}
	}
	return cure.Observable{}, false
}
