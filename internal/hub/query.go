package hub

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Query is a parsed line of the search box.
//
//	query  = or
//	or     = and { "or" and }
//	and    = unary { ["and"] unary }
//	unary  = ("not" | "-") unary | "(" or ")" | term
//	term   = value | cidr | "*." domain | field
//	field  = "source:" publisher[/instance] | "kind:" kind | "tag:" tag
//	       | "role:" role | "since:" when | "until:" when | "seen>=" number
//	when   = number ("m" | "h" | "d" | "w") | 2006-01-02 | 2006-01-02T15:04:05Z
//
// Words with spaces or operators in them stand in double quotes. since: and
// until: limit the whole query by event time, so they cannot stand in brackets
// or beside "or". A word that is nothing else is a tag.
type Query struct {
	root  *node
	since when
	until when
}

// op says what a node of a query does.
type op uint8

const (
	opAnd op = iota
	opOr
	opNot
	opValue  // one observable
	opPrefix // addresses inside a prefix, the prefix itself and those inside it
	opSuffix // domains under a domain, mail addresses and URLs at them
	opSource
	opKind
	opRole
	opSeen
)

// node is a part of a query.
type node struct {
	op     op
	kids   []*node
	value  cure.Observable // opValue; opSuffix: the domain
	prefix netip.Prefix
	source string // publisher or publisher/instance
	kind   cure.Kind
	role   cure.Role
	k      int
}

// when is a moment, absolute or before now.
type when struct {
	ago time.Duration
	at  time.Time
}

func (w when) isZero() bool { return w.ago == 0 && w.at.IsZero() }

func (w when) time(now time.Time) time.Time {
	if w.ago > 0 {
		return now.Add(-w.ago)
	}
	return w.at
}

// String writes the query as it was understood.
func (q Query) String() string {
	var b strings.Builder
	if q.root != nil {
		q.root.write(&b, q.root.op == opOr && !(q.since.isZero() && q.until.isZero()))
	}
	for _, w := range []struct {
		name string
		when
	}{{"since", q.since}, {"until", q.until}} {
		if !w.isZero() {
			b.WriteString(" " + w.name + ":" + w.text())
		}
	}
	return strings.TrimSpace(b.String())
}

func (w when) text() string {
	if w.ago > 0 {
		return strconv.FormatInt(int64(w.ago/time.Minute), 10) + "m"
	}
	return w.at.UTC().Format(time.RFC3339)
}

func (n *node) write(b *strings.Builder, inside bool) {
	switch n.op {
	case opAnd, opOr:
		word := " "
		if n.op == opOr {
			word = " or "
		}
		if inside {
			b.WriteByte('(')
		}
		for i, kid := range n.kids {
			if i > 0 {
				b.WriteString(word)
			}
			kid.write(b, true)
		}
		if inside {
			b.WriteByte(')')
		}
	case opNot:
		b.WriteString("not ")
		n.kids[0].write(b, true)
	case opValue:
		if n.value.Kind == cure.KindTag {
			b.WriteString("tag:")
		}
		b.WriteString(quote(n.value.Value))
	case opPrefix:
		b.WriteString(n.prefix.String())
	case opSuffix:
		b.WriteString("*." + n.value.Value)
	case opSource:
		b.WriteString("source:" + quote(n.source))
	case opKind:
		b.WriteString("kind:" + n.kind.String())
	case opRole:
		b.WriteString("role:" + n.role.String())
	case opSeen:
		b.WriteString("seen>=" + strconv.Itoa(n.k))
	}
}

// quote puts a word in quotes where the parser would not read it as one.
func quote(s string) string {
	if s == "" || strings.ContainsAny(s, " ()\"\\\t") || strings.HasPrefix(s, "-") {
		return strconv.Quote(s)
	}
	switch strings.ToLower(s) {
	case "and", "or", "not":
		return strconv.Quote(s)
	}
	return s
}
