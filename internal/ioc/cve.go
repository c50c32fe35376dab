package ioc

import "unicode/utf8"

// cveAt reads a CVE number at s[i:]: any case and width, any dash, blank or
// nothing before the year ("CVE 2021-44228", "CVE2021-44228", "CVE–2021–44228").
// end is 0 where there is none. The value shares s where that is canonical.
func cveAt(s string, i int) (value string, end int) {
	j := literal(s, i, "cve")
	if j < 0 {
		return "", 0
	}
	j, _ = dash(s, j)
	var year, num [7]byte
	j, n := readDigits(s, j, year[:])
	if n != 4 {
		return "", 0
	}
	j, ok := dash(s, j)
	if !ok {
		return "", 0
	}
	j, n = readDigits(s, j, num[:])
	if n < 4 || n > 7 {
		return "", 0
	}
	if j == i+9+n && s[i:i+4] == "CVE-" && s[i+8] == '-' {
		return s[i:j], j
	}
	b := append(make([]byte, 0, 16), "CVE-"...)
	b = append(append(append(b, year[:4]...), '-'), num[:n]...)
	return string(b), j
}

// dash skips one dash of any kind with up to one blank on each side, or one
// blank; ok says whether a dash was there.
func dash(s string, i int) (end int, ok bool) {
	i = blank(s, i)
	r, n := utf8.DecodeRuneInString(s[i:])
	switch r {
	case '-', '_', '\u00ad', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2015', '\u2212', '\ufe63', '\uff0d', 'ー', 'ｰ':
		return blank(s, i+n), true
	}
	return i, false
}

func blank(s string, i int) int {
	if i < len(s) && s[i] == ' ' {
		return i + 1
	}
	return i
}

// readDigits reads digits of any width into dst. n is their number, and one
// more than dst holds when there are more.
func readDigits(s string, i int, dst []byte) (end, n int) {
	for {
		c, m := sign(s, i)
		if m == 0 || c < '0' || c > '9' {
			return i, n
		}
		if n == len(dst) {
			return i, n + 1
		}
		dst[n] = c
		n, i = n+1, i+m
	}
}
