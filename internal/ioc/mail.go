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

// mail reads a mail address around the '@' of n bytes at i.
func (f *finder) mail(i, n int, defanged bool) int {
	s, l := f.s, i
	for l > f.done && i-l < 64 {
		if localByte[s[l-1]] {
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
	f.done = i + n
	if l == i || i+n >= len(s) || !near[s[i+n]] {
		return f.done
	}
	local := strings.ToLower(refang(s[l:i]))
	r := f.run(i + n)
	if r.labels < 2 || r.numeric || r.tooLong {
		return f.done
	}
	name, ok := f.nameOf(&r)
	if !ok || !isName(name) {
		return f.done
	}
	o := cure.Observable{Kind: cure.KindEmail}
	if o.Value = s[l:r.end]; n > 1 || !r.plain || !r.lower || local != s[l:i] {
		o.Value = local + "@" + name
	}
	if o.Check() != nil {
		return f.done
	}
	f.emit(Match{Observable: o, Start: l, End: r.end, Defanged: defanged || r.defanged})
	f.done = r.end
	return r.end
}
