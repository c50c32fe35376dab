// Package warninglist labels values that are on lists of well-known things:
// private address ranges, public resolvers, hashes of empty files, popular
// domains, research scanners. It answers "is there a harmless or at least
// well-known reason to meet this value, and who says so?".
//
// In go lists in the format of the MISP project (one JSON object a list: name,
// description, version, type, matching_attributes, list, slug); out come
// labels that name the list and its entry. Nothing is dropped because of a
// label: a value on a list can still be hostile.
//
// The types of list are matched so:
//
//	cidr       addresses and prefixes inside an entry (a prefix trie)
//	hostname   domains equal to or below an entry; hosts of URLs and mails
//	string     equal values; an entry that begins with a dot is a hostname
//	substring  values that contain an entry (an index of 4-byte grams)
//	regex      values that match, in RE2: linear time, no back-references
//
// A [Set] is read-only once loaded and safe for concurrent use. A look-up of a
// value on no list costs a few hash probes and allocates nothing. Limits:
// lists of 32 MiB, 256 regular expressions, entries of 4 KiB; what goes beyond
// is refused with its place and the rest is used.
package warninglist

import (
	"net/netip"
	"strings"

	"github.com/gaissmai/bart"

	"github.com/opencure/cure"
)

// List is one warning list as loaded.
type List struct {
	Slug        string `json:"slug"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Version     int    `json:"version"`
	Type        string `json:"type"`
	Entries     int    `json:"entries"`           // usable ones
	Refused     int    `json:"refused,omitempty"` // entries that make no sense for the type
	Off         bool   `json:"off,omitempty"`     // switched off by the operator

	kinds uint32 // bit mask over cure.Kind
}

func (l *List) covers(k cure.Kind) bool { return l.kinds&(1<<k) != 0 }

// Match is one reason to label a value.
type Match struct {
	List  *List
	Entry string
}

// Why says in a sentence which list and which entry.
func (m Match) Why() string {
	return "on the warning list \"" + m.List.Name + "\" (" + m.List.Slug + "): entry " + m.Entry
}

// Set is a set of lists to look values up in. The zero Set is empty.
type Set struct {
	lists  []*List
	exact  map[string]posting
	suffix map[string]posting
	nets   bart.Table[posting]
	grams  gramIndex
	regexs []pattern
	posts  postings
	sum    string
}

// Lists returns all lists, those switched off included, in order of slug.
func (s *Set) Lists() []*List { return s.lists }

// Fingerprint changes when anything that could change a label changes.
func (s *Set) Fingerprint() string { return s.sum }

// Lookup appends the reasons to label o to dst, in order of the lists.
func (s *Set) Lookup(o cure.Observable, dst []Match) []Match {
	from := len(dst)
	switch o.Kind {
	case cure.KindIP:
		if a, err := netip.ParseAddr(o.Value); err == nil {
			dst = s.inNets(dst, o.Kind, netip.PrefixFrom(a, a.BitLen()))
		}
	case cure.KindCIDR:
		if p, err := netip.ParsePrefix(o.Value); err == nil {
			dst = s.inNets(dst, o.Kind, p)
		}
	case cure.KindDomain:
		dst = s.below(dst, o.Kind, o.Value)
	case cure.KindEmail:
		dst = s.below(dst, o.Kind, o.Value[strings.LastIndexByte(o.Value, '@')+1:])
	case cure.KindURL:
		dst = s.below(dst, o.Kind, host(o.Value))
	}
	if p, ok := s.exact[o.Value]; ok {
		dst = s.add(dst, o.Kind, p, o.Value)
	}
	dst = s.grams.find(s, dst, o)
	for i := range s.regexs {
		if re := &s.regexs[i]; s.lists[re.list].covers(o.Kind) && re.MatchString(o.Value) {
			dst = append(dst, Match{s.lists[re.list], re.String()})
		}
	}
	return oncePerList(dst, from)
}

// inNets appends the lists with a prefix that contains p.
func (s *Set) inNets(dst []Match, k cure.Kind, p netip.Prefix) []Match {
	if _, ok := s.nets.LookupPrefix(p); !ok {
		return dst
	}
	for net, post := range s.nets.Supernets(p) {
		dst = s.add(dst, k, post, net.String())
	}
	return dst
}

// below appends the lists with an entry that is the host or a domain above it.
func (s *Set) below(dst []Match, k cure.Kind, host string) []Match {
	for len(s.suffix) > 0 && host != "" {
		if p, ok := s.suffix[host]; ok {
			dst = s.add(dst, k, p, host)
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return dst
}

func (s *Set) add(dst []Match, k cure.Kind, p posting, entry string) []Match {
	for _, l := range s.posts.lists[p] {
		if s.lists[l].covers(k) {
			dst = append(dst, Match{s.lists[l], entry})
		}
	}
	return dst
}

// oncePerList keeps the first match of each list: the most specific entry.
func oncePerList(dst []Match, from int) []Match {
	kept := dst[:from]
next:
	for _, m := range dst[from:] {
		for _, k := range kept[from:] {
			if k.List == m.List {
				continue next
			}
		}
		kept = append(kept, m)
	}
	return kept
}

// host returns the host of a canonical URL.
func host(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.HasSuffix(rest, "]") {
		rest = rest[:i]
	}
	return rest
}
