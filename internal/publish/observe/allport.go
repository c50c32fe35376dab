package observe

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
)

// Allport reads what honeypots see that answer on any port, and those of one
// service each whose logs say no more than that: who sent what to which port.
// One table (allport_forms.go) says what each format calls it.
//
// One connection is one record, or one session where the format names it. Who
// connects is a scanner; who logs in, types commands or exploits a known flaw
// is infected. The first bytes give a guess at the protocol, a fingerprint of
// the payload and one of its template, in which what differs from one bot to
// the next is left out.
func Allport() publish.Publisher {
	return publish.Publisher{
		Name:    "allport",
		Role:    "Haguregumo",
		Layer:   publish.Observations,
		Topics:  []cure.Topic{cure.TopicIP},
		Formats: allportFormats,
		Marking: cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPAmber, Licence: cure.LicenceMembers},
		Why:     "shows where own sensors stand once many records are compared; sensors and guessed passwords are masked, so members may have it",
		Roles: []publish.RoleOf{
			{What: "who connects", Role: cure.RoleScanner},
			{What: "who logs in, types commands, or exploits a known flaw", Role: cure.RoleInfected},
			{What: "port of the connection", Role: cure.RoleTarget},
			{What: "what a command fetches from", Role: cure.RoleLoader},
			{What: "payload, its template, JA3 and JA4 of the client", Role: cure.RoleTool},
		},
		Personal: []publish.PersonalData{
			{Field: "address of who connects", Mask: "none", Purpose: "the observable", Retention: "as the source"},
			{Field: "address and name of the sensor, Host: in payloads", Mask: "keyed pseudonym, in all text", Purpose: "tell own sensors apart", Retention: "as the source"},
			{Field: "user names and passwords", Mask: "keyed hash unless well known", Purpose: "dictionary of the bot", Retention: "as the source"},
			{Field: "payload", Mask: "the above; the first 4 KiB, as text", Purpose: "what was sent", Retention: "as the source"},
		},
		Framing: feed.Objects,
		Secret:  append(hours(), "payload", "data", "password", "username", "auth_attempts", "input", "action", `"dst_ip"`, `"local_ip"`, `"destination_ip"`, `"sensor"`),
		Shapes:  []looks.Shape{looks.JSON, looks.Table},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &allport{names: o.Names, zone: o.Zone, obj: newObject(), inner: newObject()}, newPorts(o.Source), nil
		},
	}
}

// connection is what all formats say.
type connection struct {
	form               *portForm
	time, session      string
	src, srcPort       string
	dst, dstPort       string
	transport, service string
	sensor             string
	payload            []byte
	commands, urls     []string
	hashes             []string
	logins             []login
	agent              string
	fingerprints       []string
	details            [][2]string
	event              string
}

type login struct{ user, password string }

// allport decodes connections.
type allport struct {
	names      *publish.Pseudonyms
	zone       *time.Location
	obj, inner *object
	c          connection
	cuts       []splice
	raw        []byte
	ev         publish.Event
}

var (
	errNoForm    = errors.New("not a form of log that is known")
	errNoAddress = errors.New("no address of who connects")
)

// Decode implements publish.Decoder.
func (d *allport) Decode(raw []byte, emit func(*publish.Event)) error {
	if isFrame(raw) {
		return nil
	}
	raw = unwrapped(raw)
	d.c, d.cuts, d.raw = connection{}, d.cuts[:0], d.raw[:0]
	reset(&d.ev)
	if len(raw) > 0 && raw[0] != '{' {
		var err error
		if raw, err = heralding(raw); raw == nil {
			return err
		}
	}
	form, err := d.formOf(raw)
	if err != nil {
		return err
	}
	d.c.form = form
	if err := d.obj.each(raw, d.field); err != nil {
		return err
	}
	ev, c := &d.ev, &d.c
	if ev.Time, err = portTime(c.time, d.zone); err != nil {
		return err
	}
	c.src, c.srcPort = splitPort(c.src, c.srcPort)
	if ev.Actor, err = ioc.Canonical(cure.KindIP, c.src); err != nil {
		return errNoAddress
	}
	ev.Key, ev.Kind, ev.Role = c.session, form.name, cure.RoleScanner
	for _, s := range []string{c.sensor, c.dst, payloadHost(c.payload)} {
		if s == "" || s == "0.0.0.0" {
			continue
		}
		ev.Own = append(ev.Own, s)
		if ev.Sensor == "" {
			ev.Sensor = d.names.Sensor(s)
		}
	}
	d.says()
	d.raw = appendSpliced(d.raw, raw, d.cuts)
	ev.Raw = d.raw
	emit(ev)
	return nil
}

// says turns the connection into observables and attributes.
func (d *allport) says() {
	ev, c := &d.ev, &d.c
	transport := c.transport
	if transport != "udp" {
		transport = "tcp"
	}
	port := c.dstPort
	if port == "" {
		port = c.form.port
	}
	if n, err := strconv.ParseUint(port, 10, 16); err == nil && n > 0 {
		observe(ev, cure.KindPort, transport+"/"+strconv.FormatUint(n, 10), cure.RoleTarget)
	}
	attr(ev, "event", c.event)
	attr(ev, "src_port", c.srcPort)
	attr(ev, "service", c.service)
	for _, l := range c.logins[:min(len(c.logins), maxShown)] {
		attr(ev, "login", l.user+"/"+l.password)
		ev.Role = cure.RoleInfected
	}
	for _, p := range c.fingerprints {
		observe(ev, cure.KindFingerprint, p, cure.RoleTool)
	}
	for _, h := range c.hashes {
		if h != emptySHA256 {
			observe(ev, cure.KindHash, h, cure.RoleTool)
		}
	}
	for _, u := range c.urls {
		observe(ev, cure.KindURL, u, cure.RoleLoader)
	}
	for _, x := range c.details {
		attr(ev, x[0], x[1])
	}
	attr(ev, "user_agent", c.agent)
	d.payload()
	for _, line := range c.commands[:min(len(c.commands), maxShown)] {
		command(ev, line)
		ev.Role = cure.RoleInfected
	}
}

// payload reads the first bytes that were sent.
func (d *allport) payload() {
	ev, p := &d.ev, d.c.payload
	if len(p) == 0 {
		return
	}
	shown := printable(p[:min(len(p), maxPayload)])
	attr(ev, "payload", shown)
	attr(ev, "protocol", guess(p))
	fp, template := payloadPrints(p)
	observe(ev, cure.KindFingerprint, fp, cure.RoleTool)
	observe(ev, cure.KindFingerprint, template, cure.RoleTool)
	text := unescape(shown)
	if exploits(ev, text) {
		ev.Role = cure.RoleInfected
	}
	if fetches(text) {
		found := 0
		for m := range ioc.Find(apart(text[:min(len(text), maxCommand)])) {
			if m.Kind == cure.KindURL || m.Kind == cure.KindIP && m.Value != ev.Actor.Value {
				ev.Observations = append(ev.Observations, cure.Observation{Observable: m.Observable, Role: cure.RoleLoader})
				if found++; found == maxFound {
					break
				}
			}
		}
		ev.Role = cure.RoleInfected
	}
}

// splitPort takes "address:port" apart.
func splitPort(addr, port string) (string, string) {
	if i := strings.LastIndexByte(addr, ':'); i > 0 && (strings.Count(addr, ":") == 1 || addr[i-1] == ']') {
		if port == "" {
			port = addr[i+1:]
		}
		addr = addr[:i]
	}
	return strings.Trim(addr, "[]"), port
}

// portTime reads a time; the log of the Docker honeypot gives hours.
func portTime(s string, zone *time.Location) (time.Time, error) {
	if len(s) == len("2006-01-02T15") {
		s += ":00:00"
	}
	return publish.ParseTime([]byte(s), zone)
}

// isFrame reports whether the record is the line with which honeytrap's file
// begins or ends.
func isFrame(raw []byte) bool {
	switch strings.Join(strings.Fields(string(raw[:min(len(raw), 32)])), "") {
	case `{"attacks":[`, "}", "]}":
		return true
	}
	return false
}
