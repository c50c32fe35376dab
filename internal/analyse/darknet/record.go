package darknet

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish/packet"
)

// GroupOf reads a record of the darknet publisher back as a group; false for
// what is none: overflow, other packets, or a record of which a part is
// hidden. The text of records is not trusted: whatever does not parse is no
// group.
func GroupOf(r *cure.Record) (g Group, ok bool) {
	var kind string
	for _, a := range r.Attrs {
		switch a.Name {
		case "kind":
			kind = a.Value
		case "slice":
			t, err := time.Parse(time.RFC3339, a.Value)
			if err != nil || t.Unix()%windowSeconds != 0 || t.Unix() <= 0 {
				return g, false
			}
			g.Time = t
		case "to":
			if g.Port, ok = ParsePort(a.Value); !ok {
				return g, false
			}
		case "packets":
			n, err := strconv.ParseUint(a.Value, 10, 32)
			if err != nil {
				return g, false
			}
			g.Count = uint32(n)
		case "per_50s":
			if !countsInto(g.Tens[:], a.Value) {
				return g, false
			}
		case "per_60s":
			if !countsInto(g.Minutes[:], a.Value) {
				return g, false
			}
		}
	}
	if g.Time.IsZero() || g.Count == 0 || kind != "scan" && kind != "backscatter" {
		return g, false
	}
	g.Answer = kind == "backscatter"
	return g, g.actor(r)
}

// actor finds who sent it, and whose scanner that is.
func (g *Group) actor(r *cure.Record) (found bool) {
	for i := range r.Observations {
		o := &r.Observations[i]
		switch {
		case o.Role == cure.RoleTarget, found && o.Observable.Kind == cure.KindIP:
		case o.Observable.Kind == cure.KindIP:
			a, err := netip.ParseAddr(o.Observable.Value)
			if err != nil {
				return false
			}
			g.Host, found = HostOf(a), true
		case o.Observable.Kind == cure.KindFingerprint:
			if name, ok := strings.CutPrefix(o.Observable.Value, "scan-tool:"); ok {
				g.Tool = toolOf(name)
			} else if text, ok := strings.CutPrefix(o.Observable.Value, "hidden-source:"); ok {
				if g.Host, ok = hashedHost(text); !ok {
					return false
				}
				found = true
			}
		}
	}
	for i := range r.Annotations {
		if name, ok := strings.CutPrefix(r.Annotations[i].Sentence, "listed as "); ok && r.Annotations[i].Tag.Value == "scanner:research" {
			if g.Scanner = strings.Clone(name); name == "" {
				g.Scanner = unnamed
			}
		}
	}
	return found
}

func toolOf(name string) Tool {
	for i, t := range toolNames {
		if t == name && t != "" {
			return Tool(i)
		}
	}
	return NoTool
}

// hashedHost reads two halves of 16 hex digits.
func hashedHost(text string) (h Host, ok bool) {
	a, b, ok := strings.Cut(text, "-")
	if !ok || len(a) != 16 || len(b) != 16 {
		return h, false
	}
	for i, half := range []string{a, b} {
		v, err := strconv.ParseUint(half, 16, 64)
		if err != nil {
			return h, false
		}
		for k := range 8 {
			h.Addr[8*i+k] = byte(v >> (56 - 8*k))
		}
	}
	h.Hashed = true
	return h, true
}

// ParsePort reads what [Port.String] writes.
func ParsePort(text string) (p Port, ok bool) {
	name, number, found := strings.Cut(text, "/")
	switch name {
	case "icmp":
		p.Proto = packet.ICMP
		return p, !found
	case "icmp6":
		p.Proto = packet.ICMPv6
		return p, !found
	case "tcp":
		p.Proto = packet.TCP
	case "udp":
		p.Proto = packet.UDP
	case "sctp":
		p.Proto = packet.SCTP
	case "ip":
		first, _, _ := strings.Cut(number, "/")
		n, err := strconv.ParseUint(first, 10, 8)
		p.Proto = uint8(n)
		return p, err == nil
	default:
		return p, false
	}
	n, err := strconv.ParseUint(number, 10, 16)
	p.Number = uint16(n)
	return p, err == nil && found
}

// countsInto reads counts between blanks: as many as there is room for, no
// more and no fewer.
func countsInto(dst []uint32, text string) bool {
	i := 0
	for field := range strings.FieldsSeq(text) {
		n, err := strconv.ParseUint(field, 10, 32)
		if err != nil || i >= len(dst) {
			return false
		}
		dst[i] = uint32(n)
		i++
	}
	return i == len(dst)
}
