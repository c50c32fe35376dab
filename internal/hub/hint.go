package hub

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/opencure/cure"
)

// Words that were read as tags, which is what a word is that is nothing else,
// though they look like something that went wrong.
var (
	likeIPv4   = regexp.MustCompile(`^\d{1,5}(\.\d{0,5}){1,4}(/\d*)?$`)
	likeIPv6   = regexp.MustCompile(`^[0-9a-f]{0,5}(:[0-9a-f]{0,5}){2,8}(/\d*)?$`)
	likeHash   = regexp.MustCompile(`^[0-9a-f]{24,160}$`)
	likeURL    = regexp.MustCompile(`^(h[tx]{2}ps?|ftp):/{0,2}`)
	likePort   = regexp.MustCompile(`^ports?[:=/](\d{1,5})$`)
	likeDomain = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+\.?$`)
)

// fieldsMeant are fields of other tools, and what asks for the same here.
var fieldsMeant = map[string]string{
	"ip": "the address alone", "src": "the address alone", "src_ip": "the address alone", "host": "the address or domain alone",
	"domain": "the domain alone", "url": "the URL alone", "hash": "the hash alone", "md5": "the hash alone", "sha1": "the hash alone",
	"sha256": "the hash alone", "email": "the mail address alone", "mail": "the mail address alone", "cve": "the number alone (CVE-2021-44228)",
	"asn": "AS64500", "type": "kind:", "publisher": "source:", "feed": "source:", "from": "since:", "to": "until:",
	"net": "the network alone", "cidr": "the network alone", "label": "tag:",
}

// hint says what somebody may have meant by a word that was read as a tag
// which nobody visible knows; "" when it looks like one. It depends on the
// word alone.
func hint(word string) string {
	if m := likePort.FindStringSubmatch(word); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil && n > 0 && n < 1<<16 {
			return "did you mean tcp/" + m[1] + " or udp/" + m[1] + "?"
		}
	}
	name, rest, field := strings.Cut(word, ":")
	switch {
	case likeIPv4.MatchString(word):
		return "looks like an address or network and is none: want four numbers of 0 to 255, and for a network /0 to /32"
	case likeURL.MatchString(word):
		return "looks like a URL without a host that can be: want http://host/path"
	case field && fieldsMeant[name] != "" && rest != "":
		return "there is no field " + name + ":; did you mean " + fieldsMeant[name] + "?"
	case strings.Count(word, ":") > 1 && likeIPv6.MatchString(word):
		if _, err := netip.ParseAddr(word); err != nil {
			return "looks like an IPv6 address and is none"
		}
	case likeHash.MatchString(word):
		return "looks like a hash of " + strconv.Itoa(len(word)) + " hex digits; hashes have 32, 40, 64 or 128"
	case likeDomain.MatchString(word):
		return "looks like a domain whose ending nobody has registered"
	}
	return ""
}

// hints returns what may have been meant by the tags of a query that the scope
// does not know.
func (ev *evaluation) hints(root *node) []string {
	var all []string
	for _, o := range asked(root, nil) {
		if o.Kind != cure.KindTag || len(all) == maxHints {
			continue
		}
		if _, ok := ev.find(o); ok {
			continue
		}
		if h := hint(o.Value); h != "" {
			all = append(all, o.Value+" was searched as a tag: "+h)
		}
	}
	return all
}

const maxHints = 8
