package mean

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/text"
)

// lexicon finds the names of things in texts: those it was given, numbers of
// techniques and CVEs. Names are compared folded, Latin ones as whole words.
// Making one costs a pass over the names, finding a look-up for each run of up
// to six words. Safe for concurrent use.
type lexicon struct {
	words map[string]cure.Observable // folded names that begin with a Latin letter or digit
	signs []sign                     // others, as カゲロウ
	most  int                        // words of the longest name
}

type sign struct {
	name string
	tag  cure.Observable
}

// Limits of a lexicon.
const (
	maxLexicon = 100_000 // names
	maxWords   = 6       // of a name
	maxSigns   = 4096    // names that are no Latin words
)

// newLexicon makes a lexicon of keywords. Names of fewer than three bytes, and
// what is no tag, are left out.
func newLexicon(keywords []Keyword) *lexicon {
	l := &lexicon{words: map[string]cure.Observable{}}
	for _, k := range keywords {
		tag := keywordTag(k.Tag)
		if tag.IsZero() {
			continue
		}
		for _, n := range k.Names {
			l.add(n, tag)
		}
		if kind, name, ok := strings.Cut(tag.Value, ":"); ok && tag.Kind == cure.KindTag && (kind != "tool" || strings.Contains(name, " ")) {
			l.add(name, tag)
		}
	}
	return l
}

func (l *lexicon) add(name string, tag cure.Observable) {
	name = text.Fold(name)
	switch {
	case len(name) < 3 || len(name) > 120:
	case !latin(name[0]):
		if len(l.signs) < maxSigns {
			l.signs = append(l.signs, sign{name, tag})
		}
	case len(l.words) < maxLexicon:
		n := len(split(name, nil))
		if _, ok := l.words[name]; !ok && n <= maxWords {
			l.words[name], l.most = tag, max(l.most, n)
		}
	}
}

// ReadKeywords reads names to look for in texts: STIX files of ATT&CK give the
// names of groups, campaigns, malware and tools; other files have lines
// "malware:kagerou = カゲロウ, 陽炎". The error says which line is neither.
func ReadKeywords(ctx context.Context, path string) ([]Keyword, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, cure.Errorf(cure.NotFound, "read keywords: %w", err)
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte{'{'}) {
		c, err := ReadCatalogue(ctx, path)
		if err != nil {
			return nil, err
		}
		return c.keywords(), nil
	}
	var all []Keyword
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		tag, list, _ := strings.Cut(line, "=")
		k := Keyword{Tag: strings.TrimSpace(tag)}
		if keywordTag(k.Tag).IsZero() {
			return nil, cure.Errorf(cure.Invalid, "read keywords: line %d of %s: want a tag, =, and names between commas", n, path)
		}
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" {
				k.Names = append(k.Names, name)
			}
		}
		all = append(all, k)
	}
	return all, nil
}

// keywords returns the names of what acts, but for words of ordinary text.
func (c *Catalogue) keywords() []Keyword {
	var all []Keyword
	for _, e := range c.things {
		tag := tagOf(e.get(attrTag))
		if e.get(attrState) != "" || !actor(tag) {
			continue
		}
		k := Keyword{Tag: tag.Value}
		e.all(attrAlias, func(v string) {
			if v[1] == 'p' {
				k.Names = append(k.Names, v[2:])
			}
		})
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b Keyword) int { return strings.Compare(a.Tag, b.Tag) })
	return all
}

// keywordTag makes a tag, or a CVE, of a text; zero when it is neither.
func keywordTag(s string) cure.Observable {
	if o, err := ioc.Canonical(cure.KindCVE, s); err == nil {
		return o
	}
	return tagOf(s)
}

func latin(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// split appends the places of the words of a folded text.
func split(s string, dst [][2]int) [][2]int {
	for i := 0; i < len(s); {
		if !latin(s[i]) {
			i++
			continue
		}
		from := i
		for i < len(s) && (latin(s[i]) || s[i] == '_') {
			i++
		}
		dst = append(dst, [2]int{from, i})
	}
	return dst
}

var techniqueNumber = regexp.MustCompile(`\bT[0-9]{4}(?:\.[0-9]{3})?\b`)

// tags returns what a text names, each once, in order of kind of search.
func (l *lexicon) tags(s string) []cure.Observable {
	var all []cure.Observable
	add := func(o cure.Observable) {
		for _, have := range all {
			if have == o {
				return
			}
		}
		if !o.IsZero() && len(all) < maxKeywords {
			all = append(all, o)
		}
	}
	folded := text.Fold(s)
	if strings.Contains(folded, "cve") { // reading for what cannot be there costs most
		for m := range ioc.Find(s) {
			if m.Kind == cure.KindCVE {
				add(cure.Observable{Kind: cure.KindCVE, Value: strings.Clone(m.Value)})
			}
		}
	}
	if strings.ContainsRune(s, 'T') {
		for _, t := range techniqueNumber.FindAllString(s, maxKeywords) {
			add(tagOf("attack:" + t))
		}
	}
	places := split(folded, nil)
	for i := 0; i < len(places); i++ {
		for n := min(l.most, len(places)-i); n > 0; n-- {
			from, to := places[i][0], places[i+n-1][1]
			if tag, ok := l.words[folded[from:to]]; ok && !inName(folded, from, to) {
				add(tag)
				i += n - 1
				break
			}
		}
	}
	for _, x := range l.signs {
		if strings.Contains(folded, x.name) {
			add(x.tag)
		}
	}
	return all
}

// inName reports whether a word is a part of a host name, a path or an address,
// which names nothing.
func inName(s string, from, to int) bool {
	if from > 0 && strings.IndexByte(".@/\\", s[from-1]) >= 0 {
		return true
	}
	if to+1 < len(s) && strings.IndexByte(".@/\\[", s[to]) >= 0 {
		r, _ := utf8.DecodeRuneInString(s[to+1:])
		return r < utf8.RuneSelf && latin(byte(r)) || r == '.'
	}
	return false
}
