package observe

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"math/bits"
	"strconv"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/packet"
)

// payload returns one more than the place of a payload's hash, 0 where there
// is no room for it.
func (s *slice) payload(b []byte) uint32 {
	sum := sha256.Sum256(b)
	if i, ok := s.hashes[sum]; ok {
		return i
	}
	if len(s.payloads) >= maxPayloads {
		return 0
	}
	s.payloads = append(s.payloads, sum)
	s.hashes[sum] = uint32(len(s.payloads))
	return uint32(len(s.payloads))
}

// tell emits a group.
func (f *groups) tell(s *slice, g *group, emit publish.Emit) {
	r := &f.rec
	*r = cure.Record{Attrs: r.Attrs[:0], Observations: r.Observations[:0], Annotations: r.Annotations[:0]}
	actor := g.actor()
	port := g.portName()
	r.ID = cure.NewID(f.source, "group", actor.Value, port, signNames[g.sign], s.start())
	r.Sensor = g.sensor
	who, known := "", false
	if !g.hashed {
		who, known = f.scanners.Lookup(g.src.Netip())
	}
	tool := g.tool()
	role := g.role(tool, known)
	first, last := time.UnixMilli(g.first).UTC(), time.UnixMilli(g.last).UTC()
	say := func(o cure.Observable, role cure.Role) {
		r.Observations = append(r.Observations, cure.Observation{Observable: o, Role: role, First: first, Last: last, Count: g.packets})
	}
	say(actor, role)
	if g.looksFor() {
		say(cure.Observable{Kind: cure.KindPort, Value: port}, cure.RoleTarget)
	}
	note := func(tag string, confidence uint8, why string) {
		r.Annotations = append(r.Annotations, cure.Annotation{
			Subject: actor, Tag: cure.Observable{Kind: cure.KindTag, Value: tag}, Time: first,
			Confidence: confidence, Sentence: why,
		})
	}
	if tool != "" {
		say(cure.Observable{Kind: cure.KindFingerprint, Value: "scan-tool:" + tool}, cure.RoleTool)
	}
	switch {
	case known:
		note("scanner:research", 90, "listed as "+who)
		if who != "" {
			note("scanner:"+who, 90, "listed as "+who)
		}
	case tool == "mirai":
		note("malware:mirai", confidenceOwn, "TCP sequence number is the destination address")
	}
	if g.shape.ttl != 0 {
		say(cure.Observable{Kind: cure.KindFingerprint, Value: f.shape(&g.shape)}, cure.RoleTool)
	}
	if g.payload != 0 {
		sum := s.payloads[g.payload-1]
		say(cure.Observable{Kind: cure.KindFingerprint, Value: "payload:" + hex.EncodeToString(sum[:])}, cure.RoleTool)
	}
	f.describe(g, port, s.start())
	emit(r)
}

// start is the beginning of a slice as text, made once for all its groups.
func (s *slice) start() string {
	if s.text == "" {
		s.text = time.Unix(s.at*sliceSeconds, 0).UTC().Format(time.RFC3339)
	}
	return s.text
}

// maxShapes bounds the fingerprints that are kept as text: there are few
// programs and systems, and what is made up costs what it did.
const maxShapes = 1 << 10

// shape returns a fingerprint as text.
func (f *groups) shape(s *shape) string {
	if text, ok := f.shapes[*s]; ok {
		return text
	}
	text := s.String()
	if len(f.shapes) >= maxShapes {
		clear(f.shapes)
	}
	if f.shapes == nil {
		f.shapes = map[shape]string{}
	}
	f.shapes[*s] = text
	return text
}

// actor is who sent the packets, or the hash that stands for it.
func (g *group) actor() cure.Observable {
	if g.hashed {
		h := hex.EncodeToString(g.src[:])
		return cure.Observable{Kind: cure.KindFingerprint, Value: "hidden-source:" + h[:16] + "-" + h[16:]}
	}
	return cure.Observable{Kind: cure.KindIP, Value: g.src.Netip().String()}
}

// portName is protocol and port, or the protocol alone.
func (g *group) portName() string {
	switch g.proto {
	case packet.TCP:
		return "tcp/" + strconv.Itoa(int(g.port))
	case packet.UDP:
		return "udp/" + strconv.Itoa(int(g.port))
	case packet.SCTP:
		return "sctp/" + strconv.Itoa(int(g.port))
	case packet.ICMP:
		return "icmp"
	case packet.ICMPv6:
		return "icmp6"
	}
	return "ip/" + strconv.Itoa(int(g.proto))
}

// looksFor reports whether a port was looked for: not that of an answer, which
// is the victim's.
func (g *group) looksFor() bool {
	switch g.proto {
	case packet.TCP, packet.UDP, packet.SCTP:
		return g.sign == signScan && g.port != 0
	}
	return false
}

// tool names what made the packets, "" where they do not say. Marks that chance
// gives once in 2^16 packets must stand in half of them.
func (g *group) tool() string {
	half := g.packets / 2
	switch {
	case g.mirai > 0 && g.mirai >= half:
		return "mirai"
	case g.zmap > 0 && g.zmap >= half:
		return "zmap"
	case g.masscan >= half && (g.exact > 0 || g.masscan >= clearlyOdd):
		return "masscan"
	}
	return ""
}

func (g *group) role(tool string, listed bool) cure.Role {
	switch {
	case g.sign == signBackscatter:
		return cure.RoleVictim
	case g.sign == signOther:
		return cure.RoleUnknown
	case tool == "mirai" && !listed:
		return cure.RoleInfected
	}
	return cure.RoleScanner
}

// String is the fingerprint of a SYN: window, option kinds, segment size,
// scale, TTL. A part that is not there is 0 or "-".
func (s *shape) String() string {
	b := append(make([]byte, 0, 64), "tcp-syn:w"...)
	b = strconv.AppendUint(b, uint64(s.window), 10)
	b = append(b, "/o"...)
	for i, k := range s.opts.Kinds[:s.opts.N] {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendUint(b, uint64(k), 10)
	}
	b = strconv.AppendUint(append(b, "/m"...), uint64(s.opts.MSS), 10)
	b = strconv.AppendInt(append(b, "/s"...), int64(s.opts.Scale), 10)
	return string(strconv.AppendUint(append(b, "/t"...), uint64(s.ttl), 10))
}

// describe adds what no observable says. The numbers of a group are one text,
// of which each value is a part.
func (f *groups) describe(g *group, port, start string) {
	r := &f.rec
	b := strconv.AppendUint(f.scratch[:0], uint64(g.packets), 10)
	packets := len(b)
	if g.bytes > 0 {
		b = strconv.AppendUint(b, g.bytes, 10)
	}
	bytes := len(b)
	b = appendCounts(b, g.bins[:])
	bins := len(b)
	b = appendCounts(b, g.minutes[:])
	minutes := len(b)
	if n := g.destinations(); n > 0 {
		b = strconv.AppendInt(b, int64(n), 10)
	}
	dests := len(b)
	if g.flags != 0 {
		b = strconv.AppendUint(append(b, "0x"...), uint64(g.flags), 16)
	}
	flags := len(b)
	if g.topTTL > 0 {
		b = strconv.AppendUint(append(strconv.AppendUint(b, uint64(g.lowTTL), 10), '-'), uint64(g.topTTL), 10)
	}
	ttl := len(b)
	if !g.srcPorts && g.srcPort != 0 && g.packets > 1 && g.sign == signScan {
		b = strconv.AppendUint(b, uint64(g.srcPort), 10)
	}
	text := string(b)
	f.scratch = b
	add := func(name, value string) {
		if value != "" {
			r.Attrs = append(r.Attrs, cure.Attr{Name: name, Value: value})
		}
	}
	add("kind", signNames[g.sign])
	add("to", port)
	add("slice", start)
	add("packets", text[:packets])
	add("bytes", text[packets:bytes])
	add("per_50s", text[bytes:bins])
	add("per_60s", text[bins:minutes])
	add("destinations", text[minutes:dests])
	add("tcp_flags", text[dests:flags])
	add("ttl", text[flags:ttl])
	add("source_port", text[ttl:])
	if g.shapes {
		add("syn_shapes", "several")
	}
}

// appendCounts writes the counts of a grid.
func appendCounts(b []byte, list []uint16) []byte {
	for i, n := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return b
}

// overflow counts what had no room.
type overflow struct {
	packets uint64
	ports   []overPort
	sketch  [256]uint8 // of sources
}

type overPort struct {
	proto   uint8
	port    uint16
	packets uint32
}

// add counts packets of a group that was not opened.
func (o *overflow) add(k *groupKey, n uint32) {
	o.packets += uint64(n)
	h := hash64(&k.src)
	o.sketch[h>>56] = max(o.sketch[h>>56], uint8(bits.LeadingZeros64(h<<8|1<<7))+1)
	for i := range o.ports {
		if o.ports[i].proto == k.proto && o.ports[i].port == k.port {
			o.ports[i].packets = sum32(o.ports[i].packets, n)
			return
		}
	}
	if len(o.ports) < maxOverflow {
		o.ports = append(o.ports, overPort{k.proto, k.port, n})
	}
}

// sources estimates how many there were (HyperLogLog, Flajolet et al. 2007,
// with linear counting where few), with an error of some 7 %.
func (o *overflow) sources() int {
	sum, free := 0.0, 0
	for _, r := range o.sketch {
		sum += math.Pow(2, -float64(r))
		if r == 0 {
			free++
		}
	}
	const m = 256.0
	if e := 0.7183 * m * m / sum; e > 2.5*m || free == 0 {
		return int(e)
	}
	return int(m * math.Log(m/float64(free)))
}

// tellOverflow emits what a slice could not hold.
func (f *groups) tellOverflow(s *slice, emit publish.Emit) {
	if s.over.packets == 0 {
		return
	}
	start := time.Unix(s.at*sliceSeconds, 0).UTC()
	r := &f.rec
	*r = cure.Record{Attrs: r.Attrs[:0], Observations: r.Observations[:0], Annotations: r.Annotations[:0]}
	r.ID = cure.NewID(f.source, "overflow", start.Format(time.RFC3339))
	for _, p := range s.over.ports {
		g := group{groupKey: groupKey{port: p.port, proto: p.proto}, packets: p.packets}
		if g.looksFor() {
			r.Observations = append(r.Observations, cure.Observation{
				Observable: cure.Observable{Kind: cure.KindPort, Value: g.portName()}, Role: cure.RoleTarget, First: start, Last: start, Count: g.packets,
			})
		}
	}
	r.Attrs = append(r.Attrs,
		cure.Attr{Name: "kind", Value: "overflow"},
		cure.Attr{Name: "slice", Value: start.Format(time.RFC3339)},
		cure.Attr{Name: "packets", Value: strconv.FormatUint(s.over.packets, 10)},
		cure.Attr{Name: "sources", Value: "about " + strconv.Itoa(s.over.sources())},
		cure.Attr{Name: "why", Value: "more than " + strconv.Itoa(maxGroups) + " groups were open"},
	)
	emit(r)
}
