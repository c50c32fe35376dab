package observe

import (
	"errors"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
)

// Dionaea reads the connections that the honeypot dionaea logs as JSON.
//
// One connection is one record. Who connects is a scanner. Where the honeypot
// connects to (type connect: it follows an exploit and fetches the payload;
// addresses are reversed then) is a loader, except for the mirror service,
// which calls back whoever called. log_json has no hash of a file; of the
// database, all connections with one root are one record.
func Dionaea() publish.Publisher {
	return publish.Publisher{
		Name:   "dionaea",
		Role:   "honeypots",
		Layer:  publish.Observations,
		Topics: []cure.Topic{cure.TopicIP, cure.TopicHash},
		Formats: []string{
			"dionaea log_json 0.8 to 0.11, one object a line or one array; lists nested or flat (flat_data)",
			"log_sqlite: the database",
			"log_incident 0.6 to 0.11, one incident a line",
			"hpfeeds dionaea.connections, dionaea.capture and dionaea.dcerpcrequests, one event a line, with {\"timestamp\", \"payload\"} around it or not",
			"the folder binaries: files named by their MD5 (or SHA-1, SHA-256), of which the hashes alone are taken",
		},
		Marking: cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPAmber, Licence: cure.LicenceMembers},
		Why: "shows where own sensors stand and what they answer once many records are compared; " +
			"sensors and credentials are masked, so members may have it",
		Roles: []publish.RoleOf{
			{What: "who connects (accept, reject)", Role: cure.RoleScanner},
			{What: "port of that connection", Role: cure.RoleTarget},
			{What: "where the honeypot connects to (connect): it fetches the payload of an exploit", Role: cure.RoleLoader},
			{What: "the same by the mirror service (mirrorc), which calls back whoever called", Role: cure.RoleScanner},
			{What: "who makes a remote call (dcerpc) that only an exploit makes", Role: cure.RoleInfected},
			{What: "URL that was offered or fetched", Role: cure.RoleLoader},
			{What: "hash of a file that was caught", Role: cure.RoleTool},
		},
		Personal: []publish.PersonalData{
			{Field: "src_ip, src_hostname, remote_host, saddr", Mask: "none", Purpose: "the observable", Retention: "as the source"},
			{Field: "dst_ip, local_host, daddr", Mask: "keyed pseudonym, in all text", Purpose: "tell own sensors apart", Retention: "as the source"},
			{Field: "credentials, logins, ftp USER and PASS", Mask: "keyed hash unless well known", Purpose: "dictionary of the bot", Retention: "as the source"},
			{Field: "captured files", Mask: "hashes and size; the content is read for them and not kept", Purpose: "which malware came", Retention: "as the source"},
		},
		Framing: feed.Captured,
		Secret:  []string{`"credentials"`, `"ftp"`, `"dst_ip"`, `"local_host"`, `"daddr"`, `"payload"`, `"logins"`, `"data"`},
		Shapes:  []looks.Shape{looks.JSON},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &dionaea{names: o.Names, zone: o.Zone, obj: newObject(), inner: newObject()}, publish.NewSessions(o.Source), nil
		},
	}
}

// dionaea decodes connections. The values are those of the record being read.
type dionaea struct {
	names      *publish.Pseudonyms
	zone       *time.Location
	obj, inner *object

	form                      string // "" is log_json
	protocol, transport, kind string
	dstIP, srcIP, srcHost     string
	dstPort, srcPort, time    string
	credentials, ftp, p0f     field

	cuts []splice
	raw  []byte
	ev   publish.Event
}

var errNoConnection = errors.New("no connection in the record")

// Decode implements publish.Decoder.
func (d *dionaea) Decode(raw []byte, emit func(*publish.Event)) error {
	*d = dionaea{names: d.names, zone: d.zone, obj: d.obj, inner: d.inner, cuts: d.cuts[:0], raw: d.raw[:0], ev: d.ev}
	reset(&d.ev)
	raw = unwrapped(raw)
	err := d.obj.each(raw, d.field)
	switch {
	case err != nil:
	case d.form == "captured":
		err = captured(raw, &d.ev)
	case d.form == "origin":
		err = d.incident(raw)
	case d.form != "":
		err = d.row(raw)
	default:
		err = d.log(raw)
	}
	if err == nil && d.ev.Kind != "" {
		emit(&d.ev)
	}
	return err
}

// log decodes a connection of log_json.
func (d *dionaea) log(raw []byte) (err error) {
	if d.kind == "" {
		return errNoConnection
	}
	ev := &d.ev
	ev.Kind = d.kind
	if ev.Time, err = publish.ParseTime([]byte(d.time), publish.UTCUnless(d.zone)); err != nil {
		return err
	}
	d.sensor()
	d.connection()
	attr(ev, "protocol", d.protocol)
	attr(ev, "src_hostname", d.srcHost)
	if d.credentials.value != nil {
		d.readCredentials()
	}
	if d.ftp.value != nil {
		d.readFTP()
	}
	if d.p0f.value != nil {
		d.readP0f()
	}
	d.raw = appendSpliced(d.raw, raw, d.cuts)
	ev.Raw = d.raw
	return nil
}

// sensor names the honeypot.
func (d *dionaea) sensor() {
	if d.dstIP != "" {
		d.ev.Sensor = d.names.Sensor(d.dstIP)
		d.ev.Own = append(d.ev.Own, d.dstIP)
	}
}

func (d *dionaea) field(f field) {
	switch name := string(f.name); name {
	case "sqlite", "payload", "captured", "origin":
		d.form = name
	case "connection_type", "saddr":
		if d.form == "" {
			d.form = "hpfeeds"
		}
	case "connection":
		_ = d.inner.each(f.value, d.connectionField) // an error leaves type empty
	case "dst_ip":
		d.dstIP = d.obj.text(f.value)
	case "dst_port":
		d.dstPort = d.obj.text(f.value)
	case "src_ip":
		d.srcIP = d.obj.text(f.value)
	case "src_port":
		d.srcPort = d.obj.text(f.value)
	case "src_hostname":
		d.srcHost = d.obj.text(f.value)
	case "timestamp":
		d.time = d.obj.text(f.value)
	case "credentials":
		d.credentials = f
	case "ftp":
		d.ftp = f
	case "p0f":
		d.p0f = f
	}
}

func (d *dionaea) connectionField(f field) {
	switch string(f.name) {
	case "protocol":
		d.protocol = d.inner.text(f.value)
	case "transport":
		d.transport = d.inner.text(f.value)
	case "type":
		d.kind = d.inner.text(f.value)
	}
}

// connection reads who did what to whom.
func (d *dionaea) connection() {
	ev := &d.ev
	attr(ev, "type", d.kind)
	ev.Actor, _ = ioc.Canonical(cure.KindIP, d.srcIP) // none where nobody has connected
	ev.Role = cure.RoleScanner
	switch d.kind {
	case "accept", "reject":
		attr(ev, "src_port", d.srcPort)
		if d.transport == "tcp" || d.transport == "udp" {
			d.port(d.dstPort)
		} else if d.transport == "tls" {
			d.transport = "tcp"
			d.port(d.dstPort)
		}
	case "connect":
		attr(ev, "server_port", d.srcPort)
		if d.protocol != "mirrorc" {
			ev.Role = cure.RoleLoader
		}
	case "listen":
		attr(ev, "listens_on", d.dstPort)
	default:
		ev.Unknown = true
	}
}

func (d *dionaea) port(s string) {
	if n, err := strconv.ParseUint(s, 10, 16); err == nil {
		observe(&d.ev, cure.KindPort, d.transport+"/"+strconv.FormatUint(n, 10), cure.RoleTarget)
	}
}

// readP0f keeps what the passive fingerprint says of the source's system.
func (d *dionaea) readP0f() {
	_ = d.inner.each(d.p0f.value, func(f field) { // a broken one says nothing
		switch name := string(f.name); name {
		case "genre", "detail", "link", "dist", "uptime":
			attr(&d.ev, "p0f_"+name, d.inner.text(f.value))
		}
	})
}

// replace masks a value that is a list or object.
func (d *dionaea) replace(f field, masked jsontext.Value) {
	at := len(d.cuts)
	for at > 0 && d.cuts[at-1].start > f.start {
		at--
	}
	d.cuts = append(d.cuts, splice{})
	copy(d.cuts[at+1:], d.cuts[at:])
	d.cuts[at] = splice{start: f.start, end: f.end, value: masked}
}
