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
	o          cure.Observable
	sentence   string
	start, end int // in the text
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
		case m.Defanged, wide(text[m.Start:m.End]):
		case m.Kind == cure.KindEmail || defanged >= enoughDefang || !listed(text, m):
			continue
		}
		s := sentenceAt(text, m.Start, m.End)
		add := func(o cure.Observable) {
			o.Value = strings.Clone(o.Value)
			if seen[o]++; seen[o] <= 3 { // the sentences of the first few are looked at
				all = append(all, indicator{o, s, m.Start, m.End})
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

// wide reports whether a value is written in full-width signs: so it cannot be
// followed either.
func wide(s string) bool { return strings.Contains(s, "\xef\xbc") }

func network(k cure.Kind) bool {
	return k == cure.KindIP || k == cure.KindDomain || k == cure.KindURL || k == cure.KindEmail
}

// foreignTo reports whether a value cannot be an indicator of a document: it
// is of its publisher, or an address that nobody can reach from outside.
func foreignTo(o cure.Observable, own string) bool {
	host := hostOfValue(o)
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
// of indicators, and not among the references.
func listed(text string, m ioc.Match) bool {
	from, to := lineAt(text, m.Start, m.End)
	switch headed(text[max(0, from-2000):from]) {
	case headIndicators:
		return true
	case headReferences:
		return false
	}
	return to-from-(m.End-m.Start) <= alone && !wellCited[registrable(hostOfValue(m.Observable))]
}

// What a heading says of the values below it.
const (
	headNothing = iota
	headIndicators
	headReferences
)

// headed reads the last heading before a value.
func headed(before string) int {
	lines := strings.Split(before, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		l := strings.ToLower(strings.Trim(lines[i], " \t#*=-:：|■◆●【】"))
		if len(l) == 0 || len(l) > 80 {
			continue
		}
		for _, word := range headings {
			if strings.Contains(l+":", word) {
				return headIndicators
			}
		}
		if references[l] {
			return headReferences
		}
	}
	return headNothing
}

// references are headings of what a document refers to.
var references = map[string]bool{
	"references": true, "reference": true, "see also": true, "sources": true, "further reading": true, "links": true,
	"related": true, "additional resources": true, "参考": true, "参考文献": true, "参考情報": true, "参考資料": true,
	"参考リンク": true, "関連リンク": true, "関連情報": true, "関連記事": true, "出典": true, "脚注": true,
}

// wellCited are sites that documents refer to: a plain value of theirs is an
// indicator only below a heading of indicators.
var wellCited = map[string]bool{
	"twitter.com": true, "x.com": true, "linkedin.com": true, "facebook.com": true, "youtube.com": true, "github.com": true,
	"virustotal.com": true, "any.run": true, "urlscan.io": true, "abuse.ch": true, "mitre.org": true, "nist.gov": true,
	"cisa.gov": true, "microsoft.com": true, "google.com": true, "wikipedia.org": true, "jpcert.or.jp": true, "ipa.go.jp": true,
	"jvn.jp": true, "nict.go.jp": true, "nicter.jp": true, "malpedia.caad.fkie.fraunhofer.de": true, "cve.org": true,
	"first.org": true, "t.co": true, "bsky.app": true, "archive.org": true, "adobe.com": true, "apple.com": true,
}

func hostOfValue(o cure.Observable) string {
	switch o.Kind {
	case cure.KindURL:
		return hostOf(o.Value)
	case cure.KindEmail:
		return o.Value[strings.LastIndexByte(o.Value, '@')+1:]
	}
	return o.Value
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
