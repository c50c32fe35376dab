package observe

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
)

// Glastopf reads the requests that web honeypots log: Glastopf's events, from
// hpfeeds or its database, and the reports of its successor SNARE with TANNER.
//
// One request is one record; requests of one TANNER session are tied. Who asks
// is a scanner; who asks for something that exploits a known flaw, or that the
// honeypot knows as an attack, is infected, since people do not.
func Glastopf() publish.Publisher {
	return publish.Publisher{
		Name:   "glastopf",
		Role:   "honeypots",
		Layer:  publish.Observations,
		Topics: []cure.Topic{cure.TopicIP, cure.TopicHash},
		Formats: []string{
			"Glastopf 3 events: hpfeeds JSON (source a list), rows of the database as JSON (source \"address:port\")",
			"TANNER 0.4 to 0.6 tanner_report.json, one object a line",
		},
		Marking: cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPAmber, Licence: cure.LicenceMembers},
		Why:     "shows where own sensors stand once many records are compared; sensors and guessed passwords are masked, so members may have it",
		Roles: []publish.RoleOf{
			{What: "who makes a request", Role: cure.RoleScanner},
			{What: "who makes one that exploits a known flaw, or that the honeypot calls an attack", Role: cure.RoleInfected},
			{What: "where the request makes the victim fetch from (remote file inclusion, wget and the like)", Role: cure.RoleLoader},
			{What: "port of the service", Role: cure.RoleTarget},
		},
		Personal: []publish.PersonalData{
			{Field: "source, peer.ip", Mask: "none", Purpose: "the observable", Retention: "as the source"},
			{Field: "sensorid, uuid, sensor_ip, http_host, Host", Mask: "keyed pseudonym, in all text", Purpose: "tell own sensors apart", Retention: "as the source"},
			{Field: "Authorization; parameters named like a password", Mask: "keyed hash unless well known", Purpose: "dictionary of the bot", Retention: "as the source"},
		},
		Framing: feed.Objects,
		Secret:  []string{"uthorization", "pass", "pwd", `"sensorid"`, `"uuid"`, `"http_host"`, `"sensor_ip"`},
		Shapes:  []looks.Shape{looks.JSON},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &glastopf{names: o.Names, zone: o.Zone, obj: newObject(), inner: newObject()}, publish.NewSessions(o.Source), nil
		},
	}
}

// glastopf decodes requests. The values are those of the record being read.
type glastopf struct {
	names      *publish.Pseudonyms
	zone       *time.Location
	obj, inner *object

	time, src, srcPort, pattern  string
	sensor, sensorIP, sensorPort string
	method, path, host, session  string
	request, agent, body         string
	file, md5                    string

	cuts []splice
	raw  []byte
	ev   publish.Event
}

var (
	errNoRequest = errors.New("no request in the record")
	errNoSource  = errors.New("no address of who asks")
)

// quiet are the patterns that say no more than that something was asked for.
var quiet = map[string]bool{"": true, "unknown": true, "index": true, "head": true, "style_css": true, "robots": true, "favicon_ico": true, "wordpress": true}

// Decode implements publish.Decoder.
func (d *glastopf) Decode(raw []byte, emit func(*publish.Event)) error {
	*d = glastopf{names: d.names, zone: d.zone, obj: d.obj, inner: d.inner, cuts: d.cuts[:0], raw: d.raw[:0], ev: d.ev}
	reset(&d.ev)
	if err := d.obj.each(raw, d.field); err != nil {
		return err
	}
	if d.request != "" {
		d.readRequest()
	}
	if d.path == "" {
		return errNoRequest
	}
	t, err := publish.ParseTime([]byte(d.time), d.zone)
	if err != nil {
		return err
	}
	ev := &d.ev
	ev.Time, ev.Kind, ev.Key = t, "request", d.session
	if ev.Actor, err = ioc.Canonical(cure.KindIP, d.src); err != nil {
		return errNoSource
	}
	d.ownSide()
	d.says()
	d.raw = appendSpliced(d.raw, raw, d.cuts)
	ev.Raw = d.raw
	emit(ev)
	return nil
}

// ownSide names what belongs to the sensor.
func (d *glastopf) ownSide() {
	ev := &d.ev
	if s := d.sensor; s != "" {
		ev.Sensor = d.names.Sensor(s)
		ev.Own = append(ev.Own, s)
	}
	if s := d.sensorIP; s != "" {
		ev.Own = append(ev.Own, s)
		if ev.Sensor == "" {
			ev.Sensor = d.names.Sensor(s)
		}
	}
	if h := hostName(d.host); h != "" {
		ev.Own = append(ev.Own, h)
		if ev.Sensor == "" {
			ev.Sensor = d.names.Sensor(h)
		}
	}
}

// says reads what the request does.
func (d *glastopf) says() {
	ev := &d.ev
	ev.Role = cure.RoleScanner
	attr(ev, "method", d.method)
	attr(ev, "path", d.path)
	attr(ev, "pattern", d.pattern)
	attr(ev, "user_agent", d.agent)
	attr(ev, "src_port", d.srcPort)
	if !quiet[d.pattern] {
		ev.Role = cure.RoleInfected
	}
	if n, err := strconv.ParseUint(d.sensorPort, 10, 16); err == nil && n > 0 {
		observe(ev, cure.KindPort, "tcp/"+strconv.FormatUint(n, 10), cure.RoleTarget)
	}
	if d.file != "" && d.file != emptySHA256 {
		observe(ev, cure.KindHash, d.file, cure.RoleTool)
	}
	observe(ev, cure.KindHash, d.md5, cure.RoleTool) // Glastopf names files by their MD5
	text := unescape(d.path)
	if d.body != "" {
		text += " " + unescape(d.body)
	}
	if exploits(ev, text, d.agent) {
		ev.Role = cure.RoleInfected
	}
	d.fetches(text)
}

// fetches notes where the request makes the victim fetch from.
func (d *glastopf) fetches(text string) {
	role := cure.RoleUnknown
	if d.pattern == "rfi" || fetches(text) || fetches(d.agent) {
		role = cure.RoleLoader
	}
	found := 0
	for i, s := range []string{text, d.agent} {
		if fetches(s) {
			s = apart(s)
		}
		for m := range ioc.Find(s[:min(len(s), maxCommand)]) {
			named := m.Kind == cure.KindURL || m.Kind == cure.KindIP && role == cure.RoleLoader
			if i == 1 && role != cure.RoleLoader { // honest crawlers name their home page
				named = false
			}
			if named && found < maxFound {
				d.ev.Observations = append(d.ev.Observations, cure.Observation{Observable: m.Observable, Role: role})
				found++
			}
		}
	}
}

// unescape decodes %XX and '+' as far as they can be decoded.
func unescape(s string) string {
	if t, err := url.QueryUnescape(s); err == nil {
		return t
	}
	return s
}

// hostName is the host of "host:port", of a URL, or of itself.
func hostName(s string) string {
	if u, err := url.Parse("//" + s); err == nil {
		return u.Hostname()
	}
	return strings.TrimSpace(s)
}
