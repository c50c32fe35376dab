package mean

import (
	"net/netip"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
)

// indicator is an observable that a document means as one, with its sentence.
type indicator struct {
	o        cure.Observable
	sentence string
}

// Limits and rules of what an indicator is.
const (
	maxIndicators = 2000 // of one document
	enoughDefang  = 3    // defanged values from which on a document is taken to defang all
	sentenceSide  = 240  // bytes of a sentence on each side of its value
	alone         = 48   // bytes a line may hold beside a value that stands in a list or table
)

// indicators returns the observables of a text that are meant as indicators
// and not as references. Authors mark them by defanging: where several values
// are, only those are indicators of the network. Where none are, a value has
// to stand in a list or table, or under a heading that says so. Hashes are
// always meant. What is of the document's own publisher never is.
func indicators(text, page string) []indicator {
	own := registrable(hostOf(page))
	defanged := 0
	for m := range ioc.Find(text) {
		if m.Defanged && network(m.Kind) {
			defanged++
		}
	}
	var all []indicator
	seen := map[cure.Observable]int{}
	for m := range ioc.Find(text) {
		if len(all) == maxIndicators {
			break
		}
		switch {
		case m.Kind == cure.KindHash:
			if emptyHashes[m.Value] {
				continue
			}
		case !network(m.Kind), foreignTo(m.Observable, own):
			continue
		case m.Defanged:
		case m.Kind == cure.KindEmail || defanged >= enoughDefang || !listed(text, m.Start, m.End):
			continue
		}
		s := sentenceAt(text, m.Start, m.End)
		add := func(o cure.Observable) {
			o.Value = strings.Clone(o.Value)
			if seen[o]++; seen[o] <= 3 { // the sentences of the first few are looked at
				all = append(all, indicator{o, s})
			}
		}
		add(m.Observable)
		if m.Defanged {
			for _, o := range ioc.Companions(m.Observable) {
				add(o)
			}
		}
	}
	return all
}

func network(k cure.Kind) bool {
	return k == cure.KindIP || k == cure.KindDomain || k == cure.KindURL || k == cure.KindEmail
}

// foreignTo reports whether a value cannot be an indicator of a document: it
// is of its publisher, or an address that nobody can reach from outside.
func foreignTo(o cure.Observable, own string) bool {
	host := o.Value
	switch o.Kind {
	case cure.KindIP:
	case cure.KindURL:
		host = hostOf(o.Value)
	case cure.KindEmail:
		host = host[strings.LastIndexByte(host, '@')+1:]
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsPrivate() || a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast()
	}
	return own != "" && registrable(host) == own
}

func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// registrable returns the part of a name that somebody has registered.
func registrable(host string) string {
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}

// listed reports whether a value stands in a list, a table or under a heading
// of indicators.
func listed(text string, start, end int) bool {
	from, to := lineAt(text, start, end)
	if to-from-(end-start) <= alone {
		return true
	}
	return headed(text[max(0, from-2000):from])
}

// headed reports whether the last heading before a value is of indicators.
func headed(before string) bool {
	lines := strings.Split(before, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		l := strings.ToLower(strings.TrimSpace(lines[i]))
		if len(l) == 0 || len(l) > 80 {
			continue
		}
		for _, word := range headings {
			if strings.Contains(l, word) {
				return true
			}
		}
	}
	return false
}

var headings = []string{"indicators of", "indicators:", "iocs", "ioc:", "c2 server", "c&c server", "network indicators", "侵害指標", "通信先"}

var emptyHashes = map[string]bool{
	"d41d8cd98f00b204e9800998ecf8427e":                                 true,
	"da39a3ee5e6b4b0d3255bfef95601890afd80709":                         true,
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": true,
}

func lineAt(text string, start, end int) (from, to int) {
	from = strings.LastIndexByte(text[:start], '\n') + 1
	to = len(text)
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
		to = end + i
	}
	return from, to
}

// sentenceAt returns the sentence around a value, at most 240 bytes to each
// side.
func sentenceAt(text string, start, end int) string {
	from, to := lineAt(text, start, end)
	for _, stop := range []string{". ", "! ", "? ", "。"} {
		if i := strings.LastIndex(text[from:start], stop); i >= 0 {
			from += i + len(stop)
		}
		if i := strings.Index(text[end:to], stop); i >= 0 {
			to = end + i + len(strings.TrimSpace(stop))
		}
	}
	from, to = max(from, start-sentenceSide), min(to, end+sentenceSide)
	for from < start && text[from]&0xc0 == 0x80 {
		from++
	}
	for to > end && to < len(text) && text[to]&0xc0 == 0x80 {
		to--
	}
	return strings.TrimSpace(text[from:to])
}
