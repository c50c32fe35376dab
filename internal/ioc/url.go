package ioc

import (
	"strconv"
	"strings"

	"github.com/opencure/cure"
)

// schemes maps what stands before "://" to the scheme that is meant.
var schemes = map[string]string{
	"http": "http", "hxxp": "http", "hxtp": "http", "htxp": "http", "httx": "http", "h**p": "http",
	"h__p": "http", "hxxx": "http", "xxxp": "http", "hxp": "http", "meow": "http", "htpp": "http", "ttp": "http",
	"https": "https", "hxxps": "https", "hxtps": "https", "htxps": "https", "httxs": "https", "h**ps": "https",
	"h__ps": "https", "xxxps": "https", "hxps": "https", "meows": "https", "htpps": "https", "ttps": "https", "hxxpx": "https",
	"file": "file", "ftp": "ftp", "fxp": "ftp", "ftps": "ftps", "sftp": "sftp", "tftp": "tftp", "ws": "ws", "wss": "wss", "wxs": "ws", "wxss": "wss",
	"tcp": "tcp", "udp": "udp", "ssh": "ssh", "telnet": "telnet", "smb": "smb", "irc": "irc", "ircs": "ircs", "git": "git",
	"ldap": "ldap", "ldaps": "ldaps", "rmi": "rmi", "dns": "dns", "mqtt": "mqtt", "redis": "redis", "socks5": "socks5",
	"stratum+tcp": "stratum+tcp", "stratum+ssl": "stratum+ssl",
}

var defaultPorts = map[string]string{
	"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21", "ssh": "22", "telnet": "23", "ldap": "389", "ldaps": "636",
}

// readURL takes a URL in any spelling; without a scheme it is http. What
// remains of the original is everything that names another resource: path,
// query, user. What goes is what does not: fragment, default port, the case of
// scheme, host and percent escapes.
func readURL(s string) (cure.Observable, bool) {
	s = strings.Trim(s, "<>\"'` \t")
	scheme, rest := cutScheme(s)
	s, ok := refangURL(rest)
	if !ok {
		return cure.Observable{}, false
	}
	end := strings.IndexAny(s, "/?#")
	if end < 0 {
		end = len(s)
	}
	authority, tail := s[:end], s[end:]
	user := ""
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, authority = authority[:at+1], authority[at+1:]
	}
	host, port, _ := cutPort(authority)
	host, ok = urlHost(host)
	if !ok {
		return cure.Observable{}, false
	}
	b := make([]byte, 0, len(s)+16)
	b = append(append(append(append(b, scheme...), "://"...), user...), host...)
	if port != "" && port != defaultPorts[scheme] {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return cure.Observable{}, false
		}
		if port = strconv.FormatUint(n, 10); port != defaultPorts[scheme] {
			b = append(append(b, ':'), port...)
		}
	}
	tail, _, _ = strings.Cut(tail, "#")
	if !strings.HasPrefix(tail, "/") {
		b = append(b, '/')
	}
	return cure.Observable{Kind: cure.KindURL, Value: string(appendEscaped(b, tail))}, true
}

// cutScheme splits off the scheme with any spelling of "://"; without one it
// is http.
func cutScheme(s string) (scheme, rest string) {
	var word []byte
	i, n := 0, 0
	for len(word) < 16 {
		c, m := sign(s, i)
		if !wordByte[c] && c != '*' && c != '+' {
			n = schemeSeparator(s, i)
			break
		}
		word, i = append(word, lower(c)), i+m
	}
	if len(word) == 0 || n == 0 {
		return "http", strings.TrimPrefix(s, "//")
	}
	scheme = string(word)
	if known, ok := schemes[scheme]; ok {
		scheme = known
	}
	return scheme, s[i+n:]
}

// schemeSeparator returns the length of "://" at s[i:] in any of its
// spellings: "[:]//", "[://]", ":\\", "：／／", ":[/][/]"; 0 if there is none.
func schemeSeparator(s string, i int) int {
	const want = "://"
	k, j := 0, i
	for k < len(want) {
		if j >= len(s) {
			return 0
		}
		if s[j] == want[k] || k > 0 && s[j] == '\\' {
			k++
			j++
			continue
		}
		out, n, _ := unmask(s, j)
		if n == 0 || !strings.HasPrefix(want[k:], out) {
			return 0
		}
		k += len(out)
		j += n
	}
	for extra := 0; extra < 2 && strings.HasPrefix(s[j:], "/"); extra++ { // "hxxps:///"
		j++
	}
	return j - i
}

// maxMasks is how many masks may stand in one another, as in "[[.]".
const maxMasks = 8

// refangURL refangs what follows the scheme until nothing masked is left; ok is
// false where masks stand in masks without end.
func refangURL(s string) (plain string, ok bool) {
	for range maxMasks {
		if plain = refangURLOnce(s); plain == s {
			return plain, true
		}
		s = plain
	}
	return "", false
}

// refangURLOnce takes off one mask. In path and query only square brackets are
// taken for defanging: "(.)" and "{at}" may be meant.
func refangURLOnce(s string) string {
	if !masked(s) && !strings.Contains(s, "&amp;") {
		return s
	}
	b := make([]byte, 0, len(s))
	path, query := false, false
	for i := 0; i < len(s); {
		if out, n, ok := spacedDot(s, i); ok && !path {
			b, i = append(b, out...), i+n
			continue
		}
		out, n, defanged := unmask(s, i)
		if n == 0 || path && defanged && s[i] != '[' && s[i] < 0x80 {
			out, n = s[i:i+1], 1
			if s[i] == '\\' && !query {
				out = "/" // as browsers read it
			}
		}
		b, i = append(b, out...), i+n
		if path && out == "&" && strings.HasPrefix(s[i:], "amp;") {
			i += len("amp;") // HTML
		}
		query = query || out == "?"
		path = path || query || out == "/" || out == "#"
	}
	return string(b)
}

// urlHost returns the host of a URL in canonical form: an address, a name, or
// one label.
func urlHost(s string) (string, bool) {
	s = strings.TrimSuffix(s, ".")
	name, ok := asciiName(s)
	if !ok || name == "" {
		return "", false
	}
	if a, ok := hostAddr(name); ok {
		if a.Is4() {
			return a.String(), true
		}
		return "[" + a.String() + "]", strings.HasPrefix(s, "[")
	}
	labels := name
	if !strings.Contains(name, ".") {
		labels = "x." + name // "localhost"
	}
	return name, cure.Observable{Kind: cure.KindDomain, Value: labels}.Check() == nil
}

const upperHex = "0123456789ABCDEF"

// appendEscaped appends path and query with every byte escaped that may not
// stand there, and the digits of escapes in upper case.
func appendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b = append(b, '%', upper(s[i+1]), upper(s[i+2]))
			i += 2
		case c <= ' ', c >= 0x7f, strings.IndexByte("\"<>`{}%\\^", c) >= 0:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		default:
			b = append(b, c)
		}
	}
	return b
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// Host reads what names a host, an address or a domain, in any spelling and
// with or without a port.
func Host(s string) (cure.Observable, error) {
	if o, err := Canonical(cure.KindIP, s); err == nil {
		return o, nil
	}
	return Canonical(cure.KindDomain, s)
}

// Companions returns the observables that a source which saw o has seen with
// it: a URL also feeds its host. Other kinds have none. o must be canonical.
func Companions(o cure.Observable) []cure.Observable {
	if o.Kind != cure.KindURL {
		return nil
	}
	_, rest, _ := strings.Cut(o.Value, "://")
	authority, _, _ := strings.Cut(rest, "/")
	host, _, _ := cutPort(authority[strings.LastIndexByte(authority, '@')+1:])
	h, err := Host(host)
	if err != nil {
		return nil // one label, say "localhost"
	}
	return []cure.Observable{h}
}
