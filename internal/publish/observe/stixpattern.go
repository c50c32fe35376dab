package observe

import (
	"strings"

	"github.com/opencure/cure"
)

// pattern takes the observables of a STIX pattern (STIX 2.1, part 9): the
// values that are compared for equality, subsets and lists of them. What is
// negated or matched by a regular expression names nothing. Time windows and
// sequences between observations are passed over. Linear in the pattern.
//
// A value that is not of the kind of its path is an error; the others count.
func (r *row) pattern(s string) error {
	var bad error
	p := patternReader{rest: s}
	path, negated, collect, list := "", false, false, false
	for {
		tok, text := p.next()
		switch {
		case tok == 0:
			return bad
		case text:
			if collect && !negated && len(r.ev.Observations) < maxValues {
				if err := r.compared(path, p.text); err != nil {
					bad = err
				}
			}
			collect = collect && list
		case tok == '(':
			list = collect
		case tok == ')':
			list, collect = false, false
		case tok == '[' || tok == ']':
			path, negated, collect, list = "", false, false, false
		case tok == 'w':
			switch strings.ToUpper(p.text) {
			case "AND", "OR", "FOLLOWEDBY":
				path, negated, collect, list = "", false, false, false
			case "NOT":
				negated = true
			case "=", "IN", "ISSUBSET":
				collect = true
			case "!=", ">", "<", ">=", "<=", "LIKE", "MATCHES", "ISSUPERSET", "EXISTS":
				collect = false
			default:
				path = p.text
			}
		}
	}
}

// compared reads the value that a path is compared with.
func (r *row) compared(path, value string) error {
	object, property, _ := strings.Cut(path, ":")
	property = strings.ReplaceAll(property, "'", "")
	kind := cure.KindNone
	switch {
	case (object == "ipv4-addr" || object == "ipv6-addr") && property == "value":
		kind = addressKind(value)
	case object == "domain-name" && property == "value":
		kind = cure.KindDomain
	case object == "url" && property == "value":
		kind = cure.KindURL
	case (object == "email-addr" && property == "value") || object == "email-message" && strings.HasSuffix(property, "from_ref.value"):
		kind = cure.KindEmail
	case (object == "file" || object == "artifact") && strings.HasPrefix(property, "hashes.") && stixHash(property[len("hashes."):]):
		kind = cure.KindHash
	case object == "network-traffic" && (property == "dst_ref.value" || property == "src_ref.value"):
		return r.any(value)
	}
	if kind == cure.KindNone {
		return nil // a name of a file, a key of a registry, a port
	}
	if r.value(kind, value) != nil {
		return errPattern
	}
	return nil
}

// patternReader cuts a pattern into tokens.
type patternReader struct {
	rest string
	text string // of the last token: a word, or what a literal holds
}

// next returns the first byte of a bracket, 'w' of a word, or a literal; 0 at
// the end.
func (p *patternReader) next() (tok byte, literal bool) {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n,")
	if p.rest == "" {
		return 0, false
	}
	c := p.rest[0]
	switch c {
	case '\'':
		p.literal()
		return '\'', true
	case '[', ']', '(', ')':
		p.rest = p.rest[1:]
		return c, false
	case '=', '!', '<', '>':
		n := 1
		if len(p.rest) > 1 && p.rest[1] == '=' {
			n = 2
		}
		p.text, p.rest = strings.Replace(p.rest[:n], "==", "=", 1), p.rest[n:]
		return 'w', false
	}
	// A path may hold quotes: file:hashes.'SHA-256'.
	n, quoted := 0, false
	for n < len(p.rest) {
		b := p.rest[n]
		if b == '\'' {
			quoted = !quoted
		} else if !quoted && strings.IndexByte(" \t\r\n,[]()=!<>", b) >= 0 && !(b == '[' && strings.HasPrefix(p.rest[n:], "[*]")) {
			break
		} else if !quoted && b == '[' { // file:extensions[*]
			n += 2
		}
		n++
	}
	n = min(max(n, 1), len(p.rest))
	p.text, p.rest = p.rest[:n], p.rest[n:]
	return 'w', false
}

// literal reads 'text' with \' and \\ in it.
func (p *patternReader) literal() {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case c == '\'':
			p.text, p.rest = b.String(), p.rest[i+1:]
			return
		default:
			b.WriteByte(c)
		}
	}
	p.text, p.rest = b.String(), ""
}
