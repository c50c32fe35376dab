package observe

import (
	"bytes"
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
	"github.com/opencure/cure/internal/publish/netflow"
	"github.com/opencure/cure/internal/publish/packet"
)

// Livenet reads with whom the own hosts talk, and keeps little of it: own
// host, other end, port, day and class of bytes, with first, last and number.
// No path, no query, no content, no flow of its own leaves the publisher. When
// a value becomes known elsewhere, that is enough to say who of ours talked to
// it.
func Livenet() publish.Publisher {
	return publish.Publisher{
		Name:     "livenet",
		Role:     "live network traffic",
		Layer:    publish.Observations,
		Topics:   []cure.Topic{cure.TopicIP, cure.TopicDomain},
		Formats:  livenetFormats,
		Marking:  cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPRed, Licence: cure.LicenceInternal, Personal: true},
		Why:      "says where everybody in the house goes; it is kept to be asked by the house when something becomes known, and for nothing else",
		OwnHosts: true,
		Roles: []publish.RoleOf{
			{What: "own host (own: in the configuration; private addresses)", Role: cure.RoleOwn},
			{What: "other end, the name it was reached by, the name asked for: nothing is claimed of it", Role: cure.RoleUnknown},
			{What: "port of the service", Role: cure.RoleTarget},
		},
		Personal: []publish.PersonalData{
			{Field: "address of the own host, address and name of the other end", Mask: "none", Purpose: "who of ours talked to it", Retention: "as the source; 90 days are asked for"},
			{Field: "time and bytes of single connections", Mask: "day, class of six", Purpose: "how much, how long", Retention: "as the source"},
			{Field: "paths, queries, user names, user agents, certificates, answers of DNS, raw lines", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
		},
		Framing: feed.Packets,
		Secret:  []string{`"uri"`, `"username"`, `"password"`, `"user_agent"`, `"referrer"`, `"subject"`, "\t"},
		Shapes:  []looks.Shape{looks.JSON, looks.Text, looks.Capture},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			d := &livenet{own: o.Own, zone: o.Zone, scrub: newScrubber(o.Names)}
			return d, &flowDays{Minutes: publish.NewDays(o.Source), flows: &d.flows}, nil
		},
	}
}

var livenetFormats = []string{
	"Zeek 3 to 7 conn.log, dns.log, ssl.log, http.log: JSON, and tables with their lines #fields and #path",
	"Suricata EVE JSON 4 to 8, event_type flow (other types are passed over)",
	"NetFlow 5 and 9 and IPFIX: datagrams of routers taken by --listen netflow://HOST:PORT, or captured as pcap or pcapng",
}

// livenet decodes flows.
type livenet struct {
	own   *publish.OwnSide
	zone  *time.Location
	scrub *scrubber
	table zeekTable
	flows netflow.Reader
	p     packet.Packet
	ev    publish.Event
}

// flow is what all formats say.
type flow struct {
	log        string // conn, dns, ssl, http, flow, netflow, ipfix
	time       time.Time
	src, dst   netip.Addr
	port       uint64 // of dst, 0 where there is none
	proto      string
	name       string // that was asked for or reached
	question   bool   // to a resolver, for the name
	sized      bool   // bytes are known
	bytes      uint64 // in both directions
	unanswered bool   // the other end took no part
}

var (
	errNoFlow    = errors.New("not a flow of a known format")
	errNobodyOwn = errors.New("neither end of the flow is own; own: in the configuration says what is")
	errNoEnds    = errors.New("flow without the addresses of both ends")
	errOtherType = errors.New("an event of another type") // no damage
)

// Shape implements publish.Shaper.
func (d *livenet) Shape(f *feed.File) error {
	d.table.shape(f)
	return nil
}

// Decode implements publish.Decoder.
func (d *livenet) Decode(raw []byte, emit func(*publish.Event)) error {
	if feed.IsPacket(raw) {
		return d.datagram(raw, emit)
	}
	raw = bytes.TrimRight(raw, "\r\n")
	if len(bytes.TrimSpace(raw)) == 0 || raw[0] == '#' {
		return nil
	}
	var in fields
	var err error
	if raw[0] == '{' {
		in, err = d.scrub.flatten(raw)
	} else {
		in, err = d.table.read(raw)
	}
	if err != nil {
		return err
	}
	f, err := readFlow(in, d.zone)
	if errors.Is(err, errOtherType) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.say(&f, emit)
}

// readFlow takes a flow out of the fields of a record.
func readFlow(in fields, zone *time.Location) (flow, error) {
	if kind := in.first("event_type"); kind != "" {
		if kind != "flow" {
			return flow{}, errOtherType
		}
		got := byteCount(in.first("flow.bytes_toclient"))
		f := flow{
			log: "flow", proto: strings.ToLower(in.first("proto")), sized: true,
			bytes: byteCount(in.first("flow.bytes_toserver")) + got, unanswered: got == 0,
		}
		return f, f.ends(in, "flow.start timestamp", "src_ip", "dest_ip", "dest_port", zone)
	}
	f := flow{proto: in.first("proto")}
	switch {
	case in.first("conn_state") != "":
		f.log, f.sized = "conn", true
		f.bytes = byteCount(in.first("orig_ip_bytes orig_bytes")) + byteCount(in.first("resp_ip_bytes resp_bytes"))
		switch in.first("conn_state") {
		case "S0", "REJ", "SH", "OTH", "RSTOS0":
			f.unanswered = true
		}
	case in.first("_path") == "dns" || in.first("query") != "" && in.first("trans_id qtype_name qclass_name rcode_name") != "":
		f.log, f.name, f.question = "dns", in.first("query"), true
	case in.first("_path") == "ssl" || in.first("server_name version cipher") != "":
		f.log, f.name = "ssl", in.first("server_name")
	case in.first("_path") == "http" || in.first("method uri host") != "":
		f.log, f.name = "http", in.first("host")
	default:
		return flow{}, errNoFlow
	}
	if f.proto == "" {
		f.proto = "tcp"
	}
	if in.first("id.orig_h") == "" {
		return flow{}, errNoFlow
	}
	return f, f.ends(in, "ts", "id.orig_h", "id.resp_h", "id.resp_p", zone)
}

// ends reads time, addresses and port by the names of their fields.
func (f *flow) ends(in fields, at, src, dst, port string, zone *time.Location) (err error) {
	if f.time, err = anyTime(in.first(at), zone); err != nil {
		return err
	}
	var err1, err2 error
	f.src, err1 = netip.ParseAddr(in.first(src))
	f.dst, err2 = netip.ParseAddr(in.first(dst))
	if err1 != nil || err2 != nil {
		return errNoEnds
	}
	if n, err := strconv.ParseUint(in.first(port), 10, 16); err == nil {
		f.port = n
	}
	return nil
}

func byteCount(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64) // 0 where nothing is said
	return n
}

// say says who talked to whom. What stays inside, goes to a group, or came
// from outside and got no answer is passed over.
func (d *livenet) say(f *flow, emit func(*publish.Event)) error {
	src, dst := f.src.Unmap().WithZone(""), f.dst.Unmap().WithZone("")
	srcOwn, dstOwn := d.own.Address(src), d.own.Address(dst)
	ours, remote, way := src, dst, "outbound"
	switch {
	case !srcOwn && !dstOwn:
		return errNobodyOwn
	case dst.IsMulticast() || dst == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return nil
	case f.question && srcOwn: // whoever answers: the name is what counts
	case srcOwn && dstOwn, !srcOwn && (f.unanswered || f.question):
		return nil
	case !srcOwn:
		ours, remote, way = dst, src, "inbound"
	}
	ev := &d.ev
	reset(ev)
	ev.Time, ev.Kind = f.time, f.log
	class := ""
	if f.sized {
		class = bytesClass(f.bytes)
	}
	observe(ev, cure.KindIP, ours.String(), cure.RoleOwn)
	key := ours.String() + " " + remote.String() + " " + way + " " + f.log + " " + class
	if f.question {
		key = ours.String() + " dns"
	} else {
		observe(ev, cure.KindIP, remote.String(), cure.RoleUnknown)
	}
	key += d.named(f, way)
	if f.port > 0 && !f.question && (f.proto == "tcp" || f.proto == "udp") {
		port := f.proto + "/" + strconv.FormatUint(f.port, 10)
		observe(ev, cure.KindPort, port, cure.RoleTarget)
		key += " " + port
	}
	if f.question && len(ev.Observations) < 2 {
		return nil // a question for nothing that is a domain: a reverse look-up, a service of the link
	}
	attr(ev, "direction", way)
	attr(ev, "log", f.log)
	attr(ev, "bytes", class)
	ev.Key = key
	emit(ev)
	return nil
}

// named observes the name that a remote was reached by; the own name that a
// stranger asked for says nothing of the stranger.
func (d *livenet) named(f *flow, way string) string {
	if f.name == "" || way == "inbound" {
		return ""
	}
	o, err := ioc.Host(f.name)
	if err != nil || o.Kind != cure.KindDomain || d.own.Has(o) || strings.HasSuffix(o.Value, ".arpa") {
		return ""
	}
	d.ev.Observations = append(d.ev.Observations, cure.Observation{Observable: o, Role: cure.RoleUnknown})
	return " " + o.Value
}

// bytesClass tells how much was moved in both directions, coarsely.
func bytesClass(n uint64) string {
	for _, c := range []struct {
		below uint64
		name  string
	}{{1, "none"}, {1 << 10, "under 1 KiB"}, {64 << 10, "under 64 KiB"}, {1 << 20, "under 1 MiB"}, {100 << 20, "under 100 MiB"}} {
		if n < c.below {
			return c.name
		}
	}
	return "100 MiB and more"
}
