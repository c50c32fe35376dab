package hub

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
)

// The limits of a query.
const (
	maxQuery = 4 << 10 // bytes
	maxTerms = 256
	maxDepth = 32
)

const outside = "since: and until: limit the whole query and stand neither inside brackets nor beside \"or\""

// ParseQuery reads a query. An Invalid error says what is wrong and at which
// character.
func ParseQuery(text string) (Query, error) {
	p := &parser{text: text}
	if len(text) > maxQuery {
		return Query{}, cure.Errorf(cure.Invalid, "query of %d bytes, want at most %d", len(text), maxQuery)
	}
	if err := p.split(); err != nil {
		return Query{}, err
	}
	root, err := p.or(0)
	if err == nil && p.pos < len(p.words) {
		err = p.errorf(p.words[p.pos].at, "%q without its opening bracket", ")")
	}
	if err != nil {
		return Query{}, err
	}
	p.query.root = root
	if root == nil && p.query.since.isZero() && p.query.until.isZero() {
		return Query{}, p.errorf(0, "nothing to search for")
	}
	return p.query, nil
}

// parser reads a query by recursive descent.
type parser struct {
	text  string
	words []word
	pos   int
	terms int
	depth int // of brackets
	ors   int // "or" outside of brackets
	timed int // byte of a since: or until:, plus one
	query Query
}

// word is a token: a bracket, an operator or a term.
type word struct {
	text   string
	at     int // byte offset
	quoted bool
}

func (w word) is(s string) bool { return !w.quoted && strings.EqualFold(w.text, s) }

// errorf makes an error that says where, counted in characters from 1.
func (p *parser) errorf(at int, format string, args ...any) error {
	char := utf8.RuneCountInString(p.text[:at]) + 1
	return cure.Errorf(cure.Invalid, "query, character "+strconv.Itoa(char)+": "+format, args...)
}

// split cuts the text into words. A quote may begin inside a word
// (tag:"two words").
func (p *parser) split() error {
	t := p.text
	for i := 0; i < len(t); {
		switch c := t[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '(' || c == ')':
			p.words = append(p.words, word{text: t[i : i+1], at: i})
			i++
		case c == '-' && i+1 < len(t) && t[i+1] != ' ':
			p.words = append(p.words, word{text: "-", at: i})
			i++
		default:
			w := word{at: i}
			var b strings.Builder
			for ; i < len(t) && !strings.ContainsRune(" \t\r\n()", rune(t[i])); i++ {
				if t[i] != '"' {
					b.WriteByte(t[i])
					continue
				}
				q, err := strconv.QuotedPrefix(t[i:])
				if err != nil {
					return p.errorf(i, "quote without its end")
				}
				s, _ := strconv.Unquote(q)
				b.WriteString(s)
				w.quoted = w.quoted || b.Len() == len(s)
				i += len(q) - 1
			}
			w.text = b.String()
			p.words = append(p.words, w)
		}
	}
	return nil
}

func (p *parser) or(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, p.errorf(p.words[p.pos-1].at, "more than %d brackets inside each other", maxDepth)
	}
	var kids []*node
	for {
		at := len(p.text)
		if p.pos < len(p.words) {
			at = p.words[p.pos].at
		}
		kid, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		more := p.pos < len(p.words) && p.words[p.pos].is("or")
		if kid == nil && (more || len(kids) > 0) {
			return nil, p.errorf(at, "\"or\" wants something on both sides")
		}
		if kid != nil {
			kids = append(kids, kid)
		}
		if !more {
			break
		}
		p.pos++
		if p.depth == 0 {
			p.ors++
		}
	}
	if p.depth == 0 && p.ors > 0 && p.timed > 0 {
		return nil, p.errorf(p.timed-1, "%s", outside)
	}
	return join(opOr, kids), nil
}

func (p *parser) and(depth int) (*node, error) {
	var kids []*node
	for p.pos < len(p.words) {
		w := p.words[p.pos]
		if w.is(")") || w.is("or") {
			break
		}
		if w.is("and") {
			if len(kids) == 0 && p.timed == 0 {
				return nil, p.errorf(w.at, "\"and\" wants something before it")
			}
			p.pos++
			if p.pos == len(p.words) || p.words[p.pos].is(")") || p.words[p.pos].is("or") {
				return nil, p.errorf(w.at, "\"and\" wants something behind it")
			}
			continue
		}
		kid, err := p.unary(depth)
		if err != nil {
			return nil, err
		}
		if kid != nil {
			kids = append(kids, kid)
		}
	}
	return join(opAnd, kids), nil
}

func (p *parser) unary(depth int) (*node, error) {
	w := p.words[p.pos]
	p.pos++
	switch {
	case w.is("not"), w.is("-"):
		if depth >= maxDepth {
			return nil, p.errorf(w.at, "more than %d operators inside each other", maxDepth)
		}
		if p.pos == len(p.words) || p.words[p.pos].is(")") || p.words[p.pos].is("or") || p.words[p.pos].is("and") {
			return nil, p.errorf(w.at, "\"not\" wants something behind it")
		}
		timed := p.timed
		kid, err := p.unary(depth + 1)
		if err == nil && p.timed != timed {
			err = p.errorf(w.at, "since: and until: cannot be turned round; use the other one")
		}
		if err != nil {
			return nil, err
		}
		return &node{op: opNot, kids: []*node{kid}}, nil
	case w.is("("):
		p.depth++
		kid, err := p.or(depth + 1)
		p.depth--
		if err != nil {
			return nil, err
		}
		if p.pos == len(p.words) {
			return nil, p.errorf(w.at, "bracket without its end")
		}
		p.pos++
		if kid == nil {
			return nil, p.errorf(w.at, "nothing inside the brackets")
		}
		return kid, nil
	}
	if p.terms++; p.terms > maxTerms {
		return nil, p.errorf(w.at, "more than %d terms", maxTerms)
	}
	return p.term(w)
}

func join(o op, kids []*node) *node {
	switch len(kids) {
	case 0:
		return nil
	case 1:
		return kids[0]
	}
	return &node{op: o, kids: kids}
}

func (p *parser) term(w word) (*node, error) {
	if w.quoted {
		return p.value(w, w.text)
	}
	if n, ok := strings.CutPrefix(w.text, "seen>="); ok {
		k, err := strconv.Atoi(n)
		if err != nil || k < 1 || k > 65535 {
			return nil, p.errorf(w.at, "seen>= wants a number of sources, not %.40q", n)
		}
		return &node{op: opSeen, k: k}, nil
	}
	if name, rest, ok := strings.Cut(w.text, ":"); ok {
		switch strings.ToLower(name) {
		case "source", "kind", "tag", "role", "since", "until":
			return p.field(w, strings.ToLower(name), rest)
		}
	}
	return p.value(w, w.text)
}

func (p *parser) field(w word, name, v string) (*node, error) {
	if v == "" {
		return nil, p.errorf(w.at, "%s: wants a value behind the colon", name)
	}
	switch name {
	case "source":
		return &node{op: opSource, source: strings.ToLower(strings.TrimSuffix(v, "/*"))}, nil
	case "kind":
		k, err := cure.ParseKind(strings.ToLower(v))
		if err != nil {
			return nil, p.errorf(w.at, "%w", err)
		}
		return &node{op: opKind, kind: k}, nil
	case "role":
		var r cure.Role
		if err := r.UnmarshalText([]byte(strings.ToLower(v))); err != nil {
			return nil, p.errorf(w.at, "%w", err)
		}
		return &node{op: opRole, role: r}, nil
	case "tag":
		o, err := ioc.Canonical(cure.KindTag, v)
		if err != nil {
			return nil, p.errorf(w.at, "%w", err)
		}
		return &node{op: opValue, value: o}, nil
	}
	if p.depth > 0 {
		return nil, p.errorf(w.at, "%s", outside)
	}
	m, err := parseWhen(v)
	if err != nil {
		return nil, p.errorf(w.at, "%s: %w", name, err)
	}
	to := &p.query.since
	if name == "until" {
		to = &p.query.until
	}
	if !to.isZero() {
		return nil, p.errorf(w.at, "%s: stands twice", name)
	}
	*to, p.timed = m, w.at+1
	return nil, nil
}

// value reads a term that is no field.
func (p *parser) value(w word, v string) (*node, error) {
	if d, ok := strings.CutPrefix(v, "*."); ok {
		o, err := suffix(d)
		if err != nil {
			return nil, p.errorf(w.at, "%w", err)
		}
		return &node{op: opSuffix, value: o}, nil
	}
	if pre, err := netip.ParsePrefix(v); err == nil {
		return &node{op: opPrefix, prefix: pre.Masked()}, nil
	}
	o, err := ioc.Classify(v)
	if err != nil {
		return nil, p.errorf(w.at, "%w", err)
	}
	return &node{op: opValue, value: o}, nil
}

// suffix reads a domain or a top-level domain.
func suffix(d string) (cure.Observable, error) {
	o, err := ioc.Canonical(cure.KindDomain, "x."+d)
	o.Value = strings.TrimPrefix(o.Value, "x.")
	return o, err
}

var units = map[byte]time.Duration{
	'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
}

// parseWhen reads "7d", "2006-01-02" or RFC 3339.
func parseWhen(v string) (when, error) {
	if unit, ok := units[v[len(v)-1]]; ok {
		if n, err := strconv.Atoi(v[:len(v)-1]); err == nil && n > 0 && n < 100000 {
			return when{ago: time.Duration(n) * unit}, nil
		}
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.Parse(layout, strings.ToUpper(v)); err == nil {
			return when{at: t.UTC()}, nil
		}
	}
	return when{}, cure.Errorf(cure.Invalid, "%.40q is neither a span (30m, 12h, 7d, 2w) nor a date (2006-01-02)", v)
}
