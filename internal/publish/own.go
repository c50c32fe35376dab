package publish

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/opencure/cure"
)

// OwnSide knows what belongs to the own organisation: networks, domains with
// all below them, and domains of mail addresses, as the hub says when a source
// is opened. Private, loopback and link-local addresses are of the own side
// wherever they are seen: no other side could be meant. A nil OwnSide knows
// those only. Read only, safe for concurrent use.
type OwnSide struct {
	networks []netip.Prefix
	domains  []string
	mail     []string
}

// NewOwnSide reads what [Opening.Own] holds: prefixes, addresses, domains, and
// "@" before domains of mail addresses.
func NewOwnSide(own []string) *OwnSide {
	o := &OwnSide{}
	for _, v := range own {
		if p, err := netip.ParsePrefix(v); err == nil {
			o.networks = append(o.networks, p.Masked())
		} else if a, err := netip.ParseAddr(v); err == nil {
			o.networks = append(o.networks, netip.PrefixFrom(a, a.BitLen()))
		} else if d, ok := strings.CutPrefix(v, "@"); ok {
			o.mail = append(o.mail, d)
		} else {
			o.domains = append(o.domains, v)
		}
	}
	return o
}

// Address reports whether an address is of the own side.
func (o *OwnSide) Address(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() {
		return true
	}
	if o == nil {
		return false
	}
	for _, p := range o.networks {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Has reports whether an observable is of the own side: an address of its
// networks, a range inside them, a domain of its own, a mail address of one, a
// URL whose host is one.
func (o *OwnSide) Has(v cure.Observable) bool {
	switch v.Kind {
	case cure.KindIP:
		a, err := netip.ParseAddr(v.Value)
		return err == nil && o.Address(a)
	case cure.KindCIDR:
		p, err := netip.ParsePrefix(v.Value)
		return err == nil && o.Address(p.Addr())
	case cure.KindDomain:
		return o != nil && under(v.Value, o.domains)
	case cure.KindEmail:
		domain := v.Value[strings.LastIndexByte(v.Value, '@')+1:]
		return o != nil && (under(domain, o.mail) || under(domain, o.domains))
	case cure.KindURL:
		host := hostOf(v.Value)
		if a, err := netip.ParseAddr(host); err == nil {
			return o.Address(a)
		}
		return o != nil && under(host, o.domains)
	}
	return false
}

// hostOf returns the host of a canonical URL, without port and brackets.
func hostOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if inside, ok := strings.CutPrefix(rest, "["); ok {
		inside, _, _ = strings.Cut(inside, "]")
		return inside
	}
	host, _, _ := strings.Cut(rest, ":")
	return host
}

// under reports whether a name is one of the domains or below one.
func under(name string, domains []string) bool {
	for _, d := range domains {
		if rest, ok := strings.CutSuffix(name, d); ok && (rest == "" || strings.HasSuffix(rest, ".")) {
			return true
		}
	}
	return false
}

// Domains returns the own domains, of hosts and of mail, each once; the caller
// must not change them.
func (o *OwnSide) Domains() []string {
	if o == nil {
		return nil
	}
	all := slices.Concat(o.domains, o.mail)
	slices.Sort(all)
	return slices.Compact(all)
}
