package observe

import (
	"bytes"
	"errors"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
	"github.com/opencure/cure/internal/publish/packet"
)

// Darknet reads what arrives at addresses that nobody uses: captures, and logs
// that have a line for each packet or flow. Whoever sends there looks for
// something, or answers somebody who forged an address of the dark range.
//
// Packets of one source to one port within ten minutes of event time are one
// record ([groups]). Answers (backscatter) are kept apart: who sends them is
// the victim of an attack with forged senders. Addresses of the dark range
// never leave; how many of them were hit does.
func Darknet() publish.Publisher {
	return publish.Publisher{
		Name:   "darknet",
		Role:   "NICTER",
		Layer:  publish.Observations,
		Topics: []cure.Topic{cure.TopicIP},
		Formats: []string{
			"pcap (micro- and nanoseconds, both byte orders) and pcapng 1.0: Ethernet with VLAN tags, Linux cooked 1 and 2, raw IP, loopback; plain, gzip or zstd",
			"NICT darknet data set CSV: timestamp, hash of the source /16, hash of the source, low 16 bits of the destination, port",
			"flow rows, comma or |: time, src_ip, dst_ip, src_port, dst_port, protocol, ttl, tcp_flags, packets",
			"honeypot CSV: datetime, host, source as a number, protocol, ICMP type, source port, port; or ts, sensor, src_ip, src_port, proto, dst_port",
			"list of scanners, before the captures: source, group, address or prefix",
		},
		Marking: cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPAmber, Licence: cure.LicenceMembers},
		Why:     "addresses of the dark range are left out, but many records together could show where it is; members may have it",
		Roles: []publish.RoleOf{
			{What: "who sends to a port, or a ping", Role: cure.RoleScanner},
			{What: "who sends SYN packets with the mark of Mirai (sequence number = destination), unless a listed scanner", Role: cure.RoleInfected},
			{What: "who answers what it was never asked, or for whom an ICMP error was meant (backscatter)", Role: cure.RoleVictim},
			{What: "who sends what fits none of these", Role: cure.RoleUnknown},
			{What: "port that was looked for", Role: cure.RoleTarget},
			{What: "fingerprint of tool, TCP options or payload", Role: cure.RoleTool},
		},
		Personal: []publish.PersonalData{
			{Field: "address of the source", Mask: "none", Purpose: "the observable", Retention: "as the source"},
			{Field: "destination address", Mask: "left out; counted", Purpose: "how wide a scan is", Retention: "not kept"},
			{Field: "name of a sensor in a log", Mask: "keyed pseudonym", Purpose: "tell own sensors apart", Retention: "as the source"},
			{Field: "payload", Mask: "SHA-256 of the first one of a group", Purpose: "tell tools apart", Retention: "as the source"},
		},
		Framing: feed.Packets,
		Secret:  []string{""}, // all of it: a packet names the dark address in binary
		Shapes:  []looks.Shape{looks.JSON, looks.Table, looks.Capture},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &darknet{names: o.Names, zone: o.Zone}, newGroups(o.Source), nil
		},
	}
}

// darknet decodes packets and rows.
type darknet struct {
	names  *publish.Pseudonyms
	zone   *time.Location
	p      packet.Packet
	ev     publish.Event
	fields [maxColumns][]byte
}

// Kinds of events that are no packets.
const (
	kindNotIP   = "not IP"
	kindScanner = "scanner"
)

var errRow = errors.New("not a row of a log that is known")

// Decode implements publish.Decoder.
func (d *darknet) Decode(raw []byte, emit func(*publish.Event)) error {
	reset(&d.ev)
	if feed.IsPacket(raw) {
		switch err := d.p.Decode(raw); {
		case errors.Is(err, packet.ErrNotIP):
			d.ev.Kind, d.ev.Unknown = kindNotIP, true
		case err != nil:
			return err
		}
		d.ev.Time = d.p.Time
		if !d.ev.Unknown {
			d.ev.Packet = &d.p
		}
		emit(&d.ev)
		return nil
	}
	if len(raw) == 0 || raw[0] == '#' {
		return nil
	}
	err := d.row(raw)
	if err == nil && !d.ev.Time.IsZero() { // not a line of headings
		emit(&d.ev)
	}
	return err
}

// sign says what a packet is a sign of.
type sign uint8

const (
	signScan        sign = iota // somebody looks for something
	signBackscatter             // a victim answers
	signOther
)

var signNames = [...]string{"scan", "backscatter", "other"}

// classify returns what a packet is a sign of, of whom, and of which port.
// Cf. the classes of Corsaro (CAIDA): a TCP packet with SYN alone asks, one
// with SYN and ACK, or RST, answers; ICMP errors tell of the victim in what
// they quote.
func classify(p *packet.Packet) (s sign, who packet.Addr, proto uint8, port uint16) {
	who, proto, port = p.Src, p.Proto, p.DstPort
	switch {
	case p.Fragment:
		return signOther, who, proto, 0
	case p.Proto == packet.TCP && p.Flags&(packet.SYN|packet.ACK|packet.RST|packet.FIN) == packet.SYN:
		return signScan, who, proto, port
	case p.Proto == packet.TCP && (p.Flags&packet.RST != 0 || p.Flags&(packet.SYN|packet.ACK) == packet.SYN|packet.ACK):
		return signBackscatter, who, proto, p.SrcPort
	case p.Proto == packet.UDP && answers(p):
		return signBackscatter, who, proto, p.SrcPort
	case p.Proto == packet.UDP, p.Proto == packet.SCTP:
		return signScan, who, proto, port
	case p.Error() && p.Quoted.Proto != 0:
		return signBackscatter, p.Quoted.Dst, p.Quoted.Proto, p.Quoted.DstPort
	case p.Proto == packet.ICMP && p.Type == 8, p.Proto == packet.ICMPv6 && p.Type == 128:
		return signScan, who, proto, 0
	case p.Error(), p.Proto == packet.ICMP && (p.Type == 0 || p.Type == 14 || p.Type == 18), p.Proto == packet.ICMPv6 && p.Type == 129:
		return signBackscatter, who, proto, 0
	}
	return signOther, who, proto, port
}

// answers reports whether a datagram is the answer of a server: DNS with its
// QR bit, NTP in a mode of servers, SSDP with a status line.
func answers(p *packet.Packet) bool {
	b := p.Payload
	switch p.SrcPort {
	case 53:
		return len(b) > 2 && b[2]&0x80 != 0
	case 123:
		return len(b) > 0 && (b[0]&7 == 4 || b[0]&7 == 6 && len(b) > 1 && b[1]&0x80 != 0 || b[0]&7 == 7 && b[0]&0x80 != 0)
	case 1900:
		return bytes.HasPrefix(b, []byte("HTTP/1."))
	}
	return false
}
