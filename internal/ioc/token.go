package ioc

import (
	"strings"

	"github.com/opencure/cure"
)

// token reads the word around the anchor at i and returns where to go on.
func (f *finder) token(i int) int {
	s, w := f.s, f.wordStart(i)
	switch {
	case w >= 1 && w+2 < len(s) && s[w-1] == '%' && isHex(s[w]) && isHex(s[w+1]):
		w += 2 // "%2Fexample.org"
	case w >= 1 && w+1 == i && s[w-1] == '\\' && strings.IndexByte("nrt", s[w]) >= 0:
		w++ // "\n198.51.100.7" of an escaped text
	}
	for w < i && s[w] == '-' {
		w++
	}
	r := f.run(w)
	f.done = max(f.read(&r), i+1)
	return f.done
}

// read decides what a run is, by its form and by what follows it.
func (f *finder) read(r *run) int {
	if r.labels == 0 {
		return r.end
	}
	if next := f.continued(r); next > 0 {
		return next
	}
	if r.tooLong {
		return r.end
	}
	if r.labels == 1 {
		return f.words(r.start, r.end)
	}
	if r.numeric {
		return f.ipv4(r)
	}
	if r.labels == 2 && r.plain && f.s[r.start] == 'T' && technique(string(r.name)) {
		f.emit(Match{Observable: cure.Observable{Kind: cure.KindTag, Value: "attack:" + string(r.name)}, Start: r.start, End: r.end})
		return r.end
	}
	if next := f.domain(r); next > 0 {
		return next
	}
	if next := f.namedIPv4(r); next > 0 {
		return next
	}
	return f.words(r.start, r.end)
}

// continued reads what begins with the run but is more than it: a URL, a mail
// address, an IPv6 address. It returns 0 where nothing does.
func (f *finder) continued(r *run) int {
	s, e := f.s, r.end
	if e >= len(s) || !continues[s[e]] {
		return 0
	}
	if n, defanged := atSign(s, e); n > 0 {
		if next := f.mail(e, n, defanged || r.defanged); next > 0 {
			return next
		}
		*r = f.run(r.start) // the buffer was used
		return 0
	}
	if r.labels == 1 && !localByte[s[e]] {
		if next := f.colon(e, 0); next > e {
			return next
		}
		return 0
	}
	k := e
	for k < len(s) && k-e < 64 && localByte[s[k]] {
		k++
	}
	if k > e && k < len(s) && s[k] == '@' {
		if next := f.mail(k, 1, r.defanged); next > 0 {
			return next
		}
		*r = f.run(r.start)
	}
	return 0
}

// atSign reads '@' in any spelling at s[i:].
func atSign(s string, i int) (n int, defanged bool) {
	if s[i] == '@' {
		return 1, false
	}
	if !mayBeDot[s[i]] {
		return 0, false
	}
	out, n, defanged := unmask(s, i)
	if out != "@" {
		return 0, false
	}
	return n, defanged
}

// continues marks the bytes behind a run that make it part of something.
var continues = func() (t [256]bool) {
	for _, c := range ":@[({<\\+%=~!&'" {
		t[c] = true
	}
	t[0xef], t[0xe3] = true, true
	return t
}()
