package warninglist

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/opencure/cure"
)

// pattern is a regular expression of a list.
type pattern struct {
	*regexp.Regexp
	list uint16
}

// entry indexes one entry of list i, or counts it as refused.
func (s *Set) entry(i uint16, l *List, e string) {
	e = strings.TrimSpace(e)
	ok := e != "" && len(e) <= maxEntry
	switch {
	case !ok:
	case l.Type == "cidr":
		ok = s.net(i, e)
	case l.Type == "regex":
		ok = s.pattern(i, e)
	case l.Type == "substring":
		ok = s.needle(i, strings.ToLower(e))
	case l.Type == "hostname", e[0] == '.', strings.HasPrefix(e, "*."):
		e = strings.Trim(strings.TrimPrefix(strings.ToLower(e), "*"), ".")
		if ok = e != ""; ok {
			s.suffix[e] = s.posts.with(s.suffix[e], i)
		}
	default:
		e = fold(l, e)
		s.exact[e] = s.posts.with(s.exact[e], i)
	}
	if ok {
		l.Entries++
	} else {
		l.Refused++
	}
}

// fold brings an entry of a string list to the letter case of canonical
// values: all kinds but CVE and URL paths are lower case.
func fold(l *List, e string) string {
	if l.covers(cure.KindURL) && strings.Contains(e, "://") {
		return e
	}
	if l.covers(cure.KindCVE) || l.covers(cure.KindASN) {
		return strings.ToUpper(e)
	}
	return strings.ToLower(e)
}

func (s *Set) net(i uint16, e string) bool {
	p, err := netip.ParsePrefix(e)
	if err != nil {
		a, err := netip.ParseAddr(e)
		if err != nil || a.Zone() != "" {
			return false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return false
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	p = p.Masked()
	have, _ := s.nets.Get(p)
	s.nets.Insert(p, s.posts.with(have, i))
	return true
}

func (s *Set) needle(i uint16, e string) bool {
	if len(e) < 4 {
		short := 0
		for _, n := range s.grams.needles {
			if len(n.text) < 4 {
				short++
			}
		}
		if short >= maxShort {
			return false
		}
	}
	s.grams.needles = append(s.grams.needles, needle{text: e, list: i})
	return true
}

// pattern takes "/expression/flags"; flags other than i, m, s, u and g, and
// expressions that RE2 does not have are refused.
func (s *Set) pattern(i uint16, e string) bool {
	end := strings.LastIndexByte(e, '/')
	if len(s.regexs) == maxPatterns || e[0] != '/' || end == 0 {
		return false
	}
	flags := ""
	for _, f := range e[end+1:] {
		switch f {
		case 'i', 'm', 's':
			flags += string(f)
		case 'u', 'g': // what we do anyway
		default:
			return false
		}
	}
	text := e[1:end]
	if flags != "" {
		text = "(?" + flags + ")" + text
	}
	// "\@" and "\/" are escapes that RE2 refuses or does not need.
	re, err := regexp.Compile(strings.NewReplacer(`\@`, `@`, `\/`, `/`).Replace(text))
	if err != nil {
		return false
	}
	s.regexs = append(s.regexs, pattern{re, i})
	return true
}

// kindsOf maps MISP's attribute types to the kinds whose values they are.
// Types we have no kind for, and the second halves of composite types, are
// left out.
func kindsOf(attributes []string) uint32 {
	var mask uint32
	for _, a := range attributes {
		for _, k := range attributeKinds[a] {
			mask |= 1 << k
		}
	}
	return mask
}

var attributeKinds = map[string][]cure.Kind{
	"ip-src":        {cure.KindIP, cure.KindCIDR},
	"ip-dst":        {cure.KindIP, cure.KindCIDR},
	"domain":        {cure.KindDomain},
	"hostname":      {cure.KindDomain},
	"url":           {cure.KindURL},
	"uri":           {cure.KindURL},
	"md5":           {cure.KindHash},
	"sha1":          {cure.KindHash},
	"sha256":        {cure.KindHash},
	"sha512":        {cure.KindHash},
	"email":         {cure.KindEmail},
	"email-src":     {cure.KindEmail},
	"email-dst":     {cure.KindEmail},
	"target-email":  {cure.KindEmail},
	"vulnerability": {cure.KindCVE},
	"AS":            {cure.KindASN},
}
