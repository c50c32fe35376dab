package ioc

import (
	"strings"

	"github.com/opencure/cure"
)

// localByte marks the bytes of the local part of a mail address.
var localByte = func() (t [256]bool) {
	for c := range t {
		t[c] = wordByte[c] || strings.IndexByte(".+%=~!&'", byte(c)) >= 0
	}
	return t
}()

// mail reads a mail address around the '@' of n bytes at i; it returns 0 where
// there is none.
func (f *finder) mail(i, n int, defanged bool) int {
	s, l := f.s, i
	for l > f.done && i-l < 64 {
		if localByte[s[l-1]] || s[l-1] == '\\' && s[l] == '_' {
			l--
		} else if c, k := sign(s, max(l-3, 0)); k == 3 && l-3 >= f.done && localByte[c] {
			l -= 3
		} else if cut := strings.LastIndexAny(s[max(l-5, f.done):l], "[("); cut >= 0 { // first[.]last@
			from := max(l-5, f.done) + cut
			if out, k, _ := unmask(s, from); out != "." || from+k != l {
				break
			}
			l = from
		} else {
			break
		}
	}
	for l < i && (s[l] == '.' || s[l] == '-' || s[l] == '\'' || s[l] == '=' || s[l] == '&') {
		l++
	}
	if l == i || i+n >= len(s) || !near[s[i+n]] {
		return 0
	}
	local := strings.ToLower(refang(s[l:i]))
	if local == "" || !wordByte[local[0]] || !wordByte[local[len(local)-1]] {
		return 0
	}
	r := f.run(i + n)
	if r.labels < 2 || r.numeric || r.tooLong {
		return 0
	}
	name, ok := f.nameOf(&r)
	if !ok {
		return 0
	}
	if known, _ := isName(name); !known {
		return 0
	}
	o := cure.Observable{Kind: cure.KindEmail}
	if o.Value = s[l:r.end]; n > 1 || !r.plain || !r.lower || local != s[l:i] {
		o.Value = local + "@" + name
	}
	if o.Check() != nil {
		return 0
	}
	f.emit(Match{Observable: o, Start: l, End: r.end, Defanged: defanged || r.defanged})
	f.done = r.end
	return r.end
}
