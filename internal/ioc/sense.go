package ioc

import (
	"strings"
	"unicode/utf8"
)

// What looks like an address or a name and is none. These rules apply to plain
// spelling only: what somebody defanged, he took for an observable himself.

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// addressCues are words before an address, never before a version.
var addressCues = set(`ip ips ipv4 ipv6 addr address addresses host hosts c2 c&c cnc server servers src dst source
	destination dest from to at via by and or with dns proxy node nodes peer gateway on using resolves resolved
	contacted connects connected connect connecting ping sinkhole hosted listed scanner loader victim attacker bot`)

// versionCues are words before a version; versionHints are before a version
// too where the first number is such as versions have.
var (
	versionCues  = set("version versions ver v build release releases rev revision firmware fw")
	versionHints = set("update patch patched upgrade upgraded sdk before prior than since kernel agent plugin module branch fixed")
)

var versionEndings = []string{"バージョン", "ヴァージョン", "ファームウェア", "ファームウエア", "ビルド", "リビジョン", "版", "Ver", "VERSION"}

var versionFollowers = []string{
	"以前", "未満", "より前", "または以前", "およびそれ以前", "or earlier", "or later", "and earlier",
	"and later", "and prior", "or prior", "or below", "and below", "or newer", "and older", "or older", "and newer", "firmware", "build",
}

// isVersion reports whether the four numbers of r are a version.
func (f *finder) isVersion(r *run, value string) bool {
	s := f.s
	if f.version > 0 && r.start-f.version <= 14 && joins(s[f.version:r.start]) {
		return true
	}
	if strings.HasPrefix(s[r.end:], "/") && digitAt(s, r.end+1) {
		return false // a prefix
	}
	rest := strings.TrimLeft(s[r.end:min(len(s), r.end+32)], " 　")
	for _, w := range versionFollowers {
		if strings.HasPrefix(rest, w) {
			return true
		}
	}
	before := strings.TrimRight(s[max(0, r.start-48):r.start], " 　:：.")
	for _, w := range versionEndings {
		if strings.HasSuffix(before, w) {
			return true
		}
	}
	if behind(s, r.start) == '<' || strings.HasSuffix(s[:r.start], "<=") || strings.HasSuffix(s[:r.start], "≤") {
		return true
	}
	word, start := f.wordBefore(r.start)
	low := strings.ToLower(word)
	if strings.HasSuffix(value, ".0") && versionLike(value) && !addressCues[low] {
		return true // no host has that address
	}
	small := strings.IndexByte(value, '.') < 3 || versionLike(value)
	if word == "" || addressCues[low] {
		return false
	}
	if versionCues[low] || versionHints[low] && small {
		return true
	}
	if start+len(word)+1 != r.start {
		return false
	}
	if behind(s, r.start) == '/' { // "Firefox/3.6.12.1"
		return word[0] > '9' && small
	}
	return behind(s, r.start) == ' ' && word[0] >= 'A' && word[0] <= 'Z' && versionLike(value)
}

// versionLike reports whether the numbers are such as product versions have:
// two zeros, or one and none over 30 but the last.
func versionLike(v string) bool {
	zeros, small, i := 0, true, 0
	for g := range strings.SplitSeq(v, ".") {
		if i == 0 && (g == "10" || g == "127") {
			return false // own networks
		}
		zeros += b2i(g == "0")
		small = small && (i == 3 || len(g) == 1 || len(g) == 2 && g <= "30")
		i++
	}
	return zeros >= 2 || small && zeros > 0
}

// joins reports whether gap stands between the members of a list or a range.
func joins(gap string) bool {
	switch strings.Trim(gap, " ,、，・/&-–~～〜\n\t") {
	case "", "and", "or", "to", "through", "and version", "version", "から", "および", "及び", "と", "または", "より":
		return true
	}
	return false
}

func digitAt(s string, i int) bool { return i < len(s) && s[i] >= '0' && s[i] <= '9' }

// wordBefore returns the ASCII word before w, beyond blanks and light
// punctuation, and where it begins.
func (f *finder) wordBefore(w int) (word string, start int) {
	s, low := f.s, max(0, w-40)
	e := w
	for e > low && strings.IndexByte(" :=('\"/.\t", s[e-1]) >= 0 {
		e--
	}
	start = e
	for start > low && (alnum(s, start-1) || s[start-1] == '&') {
		start--
	}
	return s[start:e], start
}

// template reports whether the run is what is left of a pattern: "{id}.example.org",
// "*.*.example.org", "…example.org", "www.example.{tld}".
func (f *finder) template(r *run) bool {
	s, w, e := f.s, r.start, r.end
	if w > 0 {
		switch s[w-1] {
		case '}', '%', '$':
			return true
		case ']': // "evil[-]name.example.org"
			low := max(0, w-24)
			if k := low + strings.LastIndexByte(s[low:w], '['); k > low && wordByte[s[k-1]] {
				if _, n, _ := unmask(s, k); n == 0 {
					return true
				}
			}
		case '.':
			before := behind(s, w-1)
			if before == '*' {
				before = behind(s, w-2)
				return wordByte[before] || before == '*' || before == '.'
			}
			if strings.IndexByte("]})>%$.", before) >= 0 {
				return true
			}
		}
		if strings.HasSuffix(s[:w], "…") || strings.HasSuffix(s[:w], "….") {
			return true
		}
	}
	if e+1 < len(s) && s[e] == '.' && (s[e+1] == '{' || s[e+1] == '*' && !r.defanged && behind(s, w) != '*' || s[e+1] == '[' && e+2 < len(s) && wordByte[s[e+2]] && !digitAt(s, e+2)) {
		return true
	}
	return strings.HasPrefix(s[e:], "…") || e < len(s) && s[e] == '{'
}

// fileSuffixes are top-level domains that are more often the end of a file
// name. The value says whether names of more than two labels are files too.
var fileSuffixes = map[string]bool{
	"sh": true, "py": true, "md": true, "zip": true, "mov": true, "cab": true, "mk": true, "ps": true,
	"pl": false, "rs": false, "so": false, "app": false, "pm": false, "pub": false, "as": false,
	"data": false, "dot": false, "map": false, "save": false,
}

func fileSuffix(tld string) bool {
	_, ok := fileSuffixes[tld]
	return ok
}

// codeTLDs are top-level domains that are names of methods and attributes.
var codeTLDs = set(`call map open save name id link new run is at to in do host page target play read zip watch build
	show date now here data select find bind search next post foo bar dot`)

// codeNouns are first labels of code: os.name, window.open.
var codeNouns = set(`this self window document os sys process user event object obj file data response request req res
	args params config item row node element math string array json console module exports ctx cls super parent`)

// products are written like domains and mean something else.
var products = set(`system.io system.net co.ltd asp.net vb.net ado.net ml.net dot.net paint.net c.net e.net j.net`)

// packages are first labels of package and class names.
var packages = set(`com org android androidx java javax kotlin dalvik`)

// realHosts are names that the rules would take for something else.
var realHosts = set(`transfer.sh file.io x.com t.co t.me g.co e.mail q.com z.com i.ua b.org a.co u.to v.gd w.org`)

// notName reports whether a plain run with a known top-level domain is the
// name of a file, a product, a class or a detection, or two sentences with no
// blank between them.
func (f *finder) notName(r *run, name string) bool {
	s, e := f.s, r.end
	if realHosts[name] || strings.HasPrefix(name, "www.") {
		return false
	}
	tld := name[strings.LastIndexByte(name, '.')+1:]
	linked := e+1 < len(s) && (s[e] == '/' && wordByte[s[e+1]] || s[e] == ':' && digitAt(s, e+1))
	if behind(s, r.start) == '\\' || products[name] || f.inPath(r.start) {
		return true
	}
	if deep, file := fileSuffixes[tld]; file && !linked && (deep || r.labels == 2) {
		return true
	}
	first, rest, _ := strings.Cut(name, ".")
	if f.call(e) && codeTLDs[tld] || r.labels == 2 && codeNouns[first] && codeTLDs[tld] {
		return true
	}
	if packages[first] && r.labels > 2 && tld != "com" && tld != "net" && tld != "org" && !privateTLDs[tld] {
		return true
	}
	if r.labels == 2 && (len(first) == 1 || digits(first) && len(first) < 3) {
		return true
	}
	if sub, _, ok := strings.Cut(rest, "."); ok && r.labels == 3 && digits(first) && digits(sub) {
		return true // 1.5.de
	}
	return !r.lower && r.plain && (titled(s[r.start:e]) || strings.Contains(s[r.start:e], "XXX"))
}

// call reports whether an argument list follows.
func (f *finder) call(e int) bool { return e < len(f.s) && f.s[e] == '(' }

// inPath reports whether the word at w is a part of a file path: "/tmp/x",
// "~/x", "a/b/x"; not what stands behind "//" or behind one word and a slash.
func (f *finder) inPath(w int) bool {
	s := f.s
	if w == 0 || s[w-1] != '/' {
		return false
	}
	if w == 1 || s[w-2] == '~' || s[w-2] == '.' {
		return true
	}
	if s[w-2] == '/' {
		return false
	}
	k := w - 2
	for k >= 0 && w-k < 64 && (wordByte[s[k]] || s[k] == '.') {
		k--
	}
	return k == w-2 && s[k] <= ' ' || k >= 0 && k < w-2 && s[k] == '/'
}

// titled reports whether the letters of a name are cased as in code, in names
// of detections (Backdoor.Linux.Mirai.ba) and where a sentence ends (attack.It).
func titled(name string) bool {
	labels := strings.Split(name, ".")
	n := 0
	for _, l := range labels[:len(labels)-1] {
		n += b2i(title(l))
	}
	last := labels[len(labels)-1]
	if last == strings.ToUpper(last) && name != strings.ToUpper(name) {
		return true // Win32/Mirai.BN, Kagerou.NET
	}
	if title(last) {
		return last != "Com" && last != "Org" || n == 0
	}
	return n >= 2
}

func title(l string) bool {
	if len(l) < 2 || l[0] < 'A' || l[0] > 'Z' {
		return false
	}
	return strings.ToLower(l[1:]) == l[1:] || l[1] >= 'a' && l[1] <= 'z'
}

// wordyTLDs may stand behind " dot "; others are words of English.
var wordyTLDs = set(`com net org info biz ru cn jp io xyz top onion example co de uk fr eu club online site`)

var wordyStops = set(`the a an this that of first last red blue green one each no every single polka small and`)

// wordyName reports whether a name that was written with " dot " is one.
func wordyName(name string) bool {
	first, _, _ := strings.Cut(name, ".")
	return wordyTLDs[name[strings.LastIndexByte(name, '.')+1:]] && !wordyStops[first] && len(first) > 1 && utf8.ValidString(name)
}
