package observe

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
	"github.com/opencure/cure/internal/publish/packet"
)

// Amppot reads what decoys see that pretend to be servers that answer more
// than they are asked (DNS, NTP …). A flood of requests has a forged sender:
// the address in it is the victim that the answers are to hit, never an
// attacker. Who asks a few times looks for such servers.
//
// Requests with one sender for one service, on all sensors of the source, are
// one attack ([floods]), as Krämer et al. (AmpPot, RAID 2015) do it.
func Amppot() publish.Publisher {
	return publish.Publisher{
		Name:   "amppot",
		Role:   "AmpPot",
		Layer:  publish.Observations,
		Topics: []cure.Topic{cure.TopicIP},
		Formats: []string{
			"OpenCURE reflector log, version 1 (docs/formats/amppot.schema.json), one object a line",
			"DDoSPot logs (chargenpot.log, dnspot.log, ntpot.log, ssdpot.log) and its hpfeeds events; its databases, one a decoy",
			"reflector-honeypot CSV of attacks (sensor-id, service, target-ip, country, as, hostname, start-time, stop-time, duration, packets …), times in JST",
			"pcap and pcapng of the sensors, as darknet reads them: UDP requests",
		},
		Marking: cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPAmber, Licence: cure.LicenceMembers},
		Why:     "names victims, who should learn of it first; sensors are masked, so members may have it",
		Roles: []publish.RoleOf{
			{What: "forged sender of a flood: 100 requests or more with gaps under 60 seconds, or one of a flooded prefix", Role: cure.RoleVictim},
			{What: "prefix of which ten or more addresses are flooded", Role: cure.RoleVictim},
			{What: "who asks ten times or less", Role: cure.RoleScanner},
			{What: "who asks more often than that and less than a flood", Role: cure.RoleUnknown},
			{What: "port of the service", Role: cure.RoleTarget},
		},
		Personal: []publish.PersonalData{
			{Field: "address of the victim", Mask: "none", Purpose: "warn it", Retention: "as the source"},
			{Field: "address and name of the sensor", Mask: "keyed pseudonym", Purpose: "count sensors", Retention: "as the source"},
			{Field: "name asked for (DNS)", Mask: "none", Purpose: "tell attacks apart", Retention: "as the source"},
		},
		Framing: feed.Packets,
		Secret:  []string{""}, // all of it: a packet names the sensor in binary, a row in its first column
		Shapes:  []looks.Shape{looks.JSON, looks.Table, looks.Capture},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &amppot{names: o.Names, zone: o.Zone, obj: newObject(), sensors: map[packet.Addr]string{}}, newFloods(o.Source, o.Flood), nil
		},
	}
}

// reflectors are the services that decoys play, by their port over UDP.
var reflectors = map[uint16]string{
	17: "qotd", 19: "chargen", 53: "dns", 69: "tftp", 111: "portmap", 123: "ntp", 137: "netbios", 161: "snmp", 389: "cldap", 520: "rip",
	1434: "mssql", 1900: "ssdp", 3283: "ard", 3702: "wsd", 5060: "sip", 5353: "mdns", 5683: "coap", 11211: "memcached",
}

// Kinds of events of decoys beside requests.
const (
	kindAttack    = "attack"    // a whole one, as the log has it
	kindGroup     = "group"     // requests that the log has put together, few or many
	kindThreshold = "threshold" // the decoy says that it is a flood
)

// amppot decodes requests and attacks.
type amppot struct {
	names   *publish.Pseudonyms
	zone    *time.Location
	obj     *object
	p       packet.Packet
	ev      publish.Event
	sensors map[packet.Addr]string // pseudonyms
}

var errService = errors.New("service is unknown, and no port says which")

// Decode implements publish.Decoder.
func (d *amppot) Decode(raw []byte, emit func(*publish.Event)) error {
	reset(&d.ev)
	var err error
	object := bytes.IndexByte(raw, '{')
	switch {
	case feed.IsPacket(raw):
		err = d.capture(raw)
	case object >= 0:
		err = d.json(raw[:object], raw[object:])
	default:
		err = d.row(raw)
	}
	if err == nil && !d.ev.Time.IsZero() {
		emit(&d.ev)
	}
	return err
}

// capture reads a packet. What is no request over UDP is counted.
func (d *amppot) capture(raw []byte) error {
	err := d.p.Decode(raw)
	if err != nil && !errors.Is(err, packet.ErrNotIP) {
		return err
	}
	if d.ev.Time = d.p.Time; err != nil || d.p.Proto != packet.UDP || d.p.Fragment || answers(&d.p) {
		d.ev.Kind, d.ev.Unknown = "no request", true
		return nil
	}
	d.ev.Packet = &d.p
	mask, ok := d.sensors[d.p.Dst]
	if !ok {
		mask = d.names.Sensor(d.p.Dst.Netip().String())
		if len(d.sensors) < 1<<12 {
			d.sensors[d.p.Dst] = mask
		}
	}
	d.ev.Sensor = mask
	if d.p.DstPort == 53 {
		attr(&d.ev, "query", queryName(d.p.Payload))
	}
	return nil
}

// json reads a line of the own log or of DDoSPot, which writes words before
// the object; its lines without an object tell of the decoy itself.
func (d *amppot) json(before, object []byte) error {
	f := map[string]string{}
	var domain field
	if err := d.obj.each(bytes.TrimSpace(object), func(m field) {
		if string(m.name) == "domain_id" {
			domain = m
		}
		if len(f) < 64 {
			f[string(m.name)] = d.obj.text(m.value)
		}
	}); err != nil {
		return err
	}
	if s, ok := strings.CutPrefix(f["sqlite"], "ddospot "); ok {
		if domain.value != nil {
			_ = d.obj.each(domain.value, func(m field) { f[string(m.name)] = d.obj.text(m.value) }) // a row without it has none
		}
		return d.pot(s, f)
	}
	d.p = packet.Packet{Proto: packet.UDP, Options: packet.Options{Scale: -1}}
	if err := address(&d.p.Src, []byte(f["src_ip"])); err != nil {
		return err
	}
	when, err := publish.ParseTime([]byte(f["time"]), d.zone)
	if err != nil {
		return err
	}
	port, err := servicePort(f, string(before))
	if err != nil {
		return err
	}
	d.p.Time, d.p.DstPort = when, port
	d.p.Count = uint32(max(1, decimal([]byte(f["packets"]), 32)))
	d.ev.Time, d.ev.Packet = when, &d.p
	if bytes.Contains(before, []byte("threshold reached")) {
		d.ev.Kind = kindThreshold
	}
	for _, s := range []string{f["sensor"], f["dst_ip"]} {
		if s == "" {
			continue
		}
		d.ev.Own = append(d.ev.Own, s)
		if d.ev.Sensor == "" {
			d.ev.Sensor = d.names.Sensor(s)
		}
	}
	for _, name := range []string{"query", "dns_name"} {
		attr(&d.ev, "query", f[name])
	}
	return nil
}

// pot reads a row of the database of a decoy of DDoSPot: requests that it has
// put together. Its addresses are numbers, its times local.
func (d *amppot) pot(service string, f map[string]string) error {
	src := netip.Addr{}
	if n, err := strconv.ParseUint(f["src_id"], 10, 32); err == nil {
		a := packet.V4(uint32(n))
		src = a.Netip()
	} else if src, err = netip.ParseAddr(f["src_id"]); err != nil {
		return errNoAddress
	}
	port := uint16(decimal([]byte(f["dst_port"]), 16))
	if port == 0 {
		var err error
		if port, err = portOf(service); err != nil {
			return err
		}
	}
	start, err := publish.ParseTime([]byte(f["start"]), d.zone)
	if err != nil {
		return err
	}
	end, err := publish.ParseTime([]byte(f["latest"]), d.zone)
	if err != nil || end.Before(start) {
		end = start
	}
	ev, count := &d.ev, uint32(max(1, decimal([]byte(f["count"]), 32)))
	ev.Kind, ev.Time = kindGroup, start
	ev.Actor = cure.Observable{Kind: cure.KindIP, Value: src.Unmap().String()}
	ev.Observations = append(ev.Observations,
		cure.Observation{Observable: ev.Actor, First: start, Last: end, Count: count},
		cure.Observation{Observable: udpPort(port), Role: cure.RoleTarget, First: start, Last: end, Count: count})
	attr(ev, "query", f["domain_name"])
	return nil
}

// servicePort finds the service by port, by name, or by what DDoSPot's log
// says of it.
func servicePort(f map[string]string, before string) (uint16, error) {
	if n := decimal([]byte(f["dst_port"]), 16); n > 0 {
		return uint16(n), nil
	}
	name := strings.ToLower(f["service"])
	words := strings.ToLower(before)
	_, dns := f["dns_name"]
	_, ntp := f["mode"]
	_, ssdp := f["st"]
	switch {
	case name != "":
	case dns || strings.Contains(words, "dns"):
		name = "dns"
	case ntp || strings.Contains(words, "ntp"):
		name = "ntp"
	case ssdp || strings.Contains(words, "ssdp"):
		name = "ssdp"
	case strings.Contains(words, "chargen"):
		name = "chargen"
	}
	return portOf(name)
}

func portOf(service string) (uint16, error) {
	for port, name := range reflectors {
		if name == service {
			return port, nil
		}
	}
	return 0, errService
}

// jst is the zone of the CSV of attacks.
var jst = time.FixedZone("JST", 9*60*60)

// row reads a row of the CSV of attacks.
func (d *amppot) row(raw []byte) error {
	r := csv.NewReader(bytes.NewReader(raw))
	r.LazyQuotes, r.TrimLeadingSpace = true, true
	f, err := r.Read()
	if err != nil || len(f) < 10 {
		if bytes.Contains(raw, []byte(" - ")) { // a line of DDoSPot about itself
			return nil
		}
		return errRow
	}
	if strings.TrimSpace(f[0]) == "sensor-id" {
		return nil
	}
	victim, err := ioc.Canonical(cure.KindIP, f[2])
	if err != nil {
		return errNoAddress
	}
	port, err := portOf(strings.ToLower(strings.TrimSpace(f[1])))
	if err != nil {
		return err
	}
	start, err := publish.ParseTime([]byte(f[6]), jst)
	if err != nil {
		return err
	}
	end, err := publish.ParseTime([]byte(f[7]), jst)
	if err != nil || end.Before(start) {
		return errRow
	}
	ev := &d.ev
	ev.Kind, ev.Time, ev.Own, ev.Sensor = kindAttack, start, append(ev.Own, f[0]), d.names.Sensor(f[0])
	ev.Actor = victim // so that one of the own side stays
	count := uint32(max(1, decimal([]byte(f[9]), 32)))
	ev.Observations = append(ev.Observations,
		cure.Observation{Observable: victim, Role: cure.RoleVictim, First: start, Last: end, Count: count},
		cure.Observation{Observable: udpPort(port), Role: cure.RoleTarget, First: start, Last: end, Count: count})
	if len(f) > 14 {
		name, _, _ := strings.Cut(strings.Trim(f[14], "[]'\" "), ",")
		attr(ev, "query", strings.Trim(name, "[]'\" "))
	}
	return nil
}

func udpPort(n uint16) cure.Observable {
	return cure.Observable{Kind: cure.KindPort, Value: "udp/" + strconv.Itoa(int(n))}
}

// queryName reads the first question of a DNS message, "" where there is none.
// Names in questions are not compressed.
func queryName(b []byte) string {
	if len(b) < 17 || b[4] == 0 && b[5] == 0 {
		return ""
	}
	name := make([]byte, 0, 64)
	for b = b[12:]; len(b) > 0 && b[0] > 0 && b[0] < 64 && int(b[0]) < len(b) && len(name) < 255; b = b[1+b[0]:] {
		for _, c := range b[1 : 1+b[0]] {
			if c <= ' ' || c >= 0x7f {
				return ""
			}
			name = append(name, c)
		}
		name = append(name, '.')
	}
	return strings.TrimSuffix(strings.ToLower(string(name)), ".")
}
