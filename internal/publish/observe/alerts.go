package observe

import (
	"bytes"
	"errors"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
)

// Alerts reads what detection systems raise about the own hosts. All formats
// become one [alert]; who is own comes from the configuration; what the remote
// side is depends on the kind of rule and on who began the connection. Alerts
// that are alike are one record a minute, tied into incidents.
func Alerts() publish.Publisher {
	return publish.Publisher{
		Name:     "alerts",
		Role:     "NIRVANA-Kai",
		Layer:    publish.Observations,
		Topics:   []cure.Topic{cure.TopicIP, cure.TopicDomain, cure.TopicHash, cure.TopicTag},
		Formats:  alertFormats,
		Marking:  cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPAmber, Licence: cure.LicenceInternal, Personal: true},
		Why:      "says which own host is in trouble and what its user did; nobody outside needs that, and a look-up elsewhere would tell the attacker",
		OwnHosts: true,
		Roles: []publish.RoleOf{
			{What: "host, name or mail address of the own side (own: in the configuration; private addresses)", Role: cure.RoleOwn},
			{What: "who scans an own host, or is on a list that the rule knows", Role: cure.RoleScanner},
			{What: "who attacks an own host, but for floods over UDP", Role: cure.RoleInfected},
			{What: "source of a flood over UDP: forged, it is who is flooded", Role: cure.RoleVictim},
			{What: "whom an own host attacks", Role: cure.RoleVictim},
			{What: "whom an own host scans; port of the service", Role: cure.RoleTarget},
			{What: "server that an own host talks to, by a rule on malware traffic, with its names and URLs", Role: cure.RoleC2},
			{What: "server that an own host fetches from, by a rule on exploit kits and downloads, with its names and URLs", Role: cure.RoleLoader},
			{What: "file, or client of the remote side, of a rule on attacks or malware", Role: cure.RoleTool},
			{What: "other end of any other alert", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "own addresses, host names, mail addresses", Mask: "none", Purpose: "who has to act", Retention: "as the source"},
			{Field: "host, probe, observer, manager: names of sensors", Mask: "keyed pseudonym, in all text", Purpose: "tell sensors apart", Retention: "as the source"},
			{Field: "URLs that an own host opens, or nobody knows who", Mask: "query cut", Purpose: "where it was led", Retention: "as the source"},
			{Field: "URLs that are sent to an own host", Mask: "none", Purpose: "the attack; written by the attacker", Retention: "as the source"},
			{Field: "user names, passwords, mail subjects", Mask: "keyed hash", Purpose: "tell accounts apart", Retention: "as the source"},
			{Field: "payloads, packets, bodies", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
		},
		Framing: feed.Lines,
		Secret:  alertSecrets,
		Shapes:  []looks.Shape{looks.JSON, looks.Text},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			d := &alerts{names: o.Names, own: o.Own, zone: o.Zone, scrub: newScrubber(o.Names)}
			if o.Paths != nil {
				var err error
				if d.mapped, err = ownMapping(o.Paths); err != nil {
					return nil, nil, err
				}
			}
			return d, publish.NewMinutes(o.Source), nil
		},
	}
}

// alertFormats are what is read, in the order in which it is tried.
var alertFormats = []string{
	"Suricata EVE JSON 4 to 8 (event_type alert and drop; other types are passed over), also wrapped as {…, \"eve\": {…}}",
	"a JSON product of one's own, whose fields the configuration names (sources.alerts/NAME.fields)",
	"Zeek notice.log: JSON, and tables with their lines #fields and #path",
	"Snort 3 alert_json with seconds, msg and rule; Snort 2 and 3 alert_fast with the year (-y)",
	"Wazuh alerts.json",
	"Elastic Common Schema JSON of kind alert or signal, fields nested or with dots",
	"CEF 0 and 1, LEEF 1.0 and 2.0, behind a syslog header (RFC 5424, RFC 3164) or without",
	"firewalls, what they blocked: netfilter's log (iptables, nftables, UFW), filterlog of pfSense and OPNsense, Cisco ASA and FTD, FortiGate 5.6 to 7.6 (key=value; with IPS, antivirus and web filter)",
	"any JSON object with usual names for time, rule and addresses",
}

// alertSecrets end the raw text of a record in the quarantine.
var alertSecrets = []string{`"host"`, `"payload`, `"packet"`, `"password"`, `"username"`, `"subject"`, `"http"`, "\t", " user=", "unauthuser="}

// alerts decodes alerts of all formats.
type alerts struct {
	names *publish.Pseudonyms
	own   *publish.OwnSide
	zone  *time.Location
	scrub *scrubber

	mapped *mapping // of a product that the configuration describes; nil: none
	// written is when the input was: the year of lines without one.
	written time.Time
	table   zeekTable
	a       alert
	keys    map[string]string // of a line that is no JSON
	ev      publish.Event
}

// Shape implements publish.Shaper.
func (d *alerts) Shape(f *feed.File) error {
	d.table.shape(f)
	d.written = f.Time()
	return nil
}

var (
	errNoAlert = errors.New("not an alert of a known format")
	errNoRule  = errors.New("alert without the rule that raised it")
)

// Decode implements publish.Decoder.
func (d *alerts) Decode(raw []byte, emit func(*publish.Event)) error {
	raw = unwrapped(bytes.TrimSpace(raw))
	if len(raw) == 0 {
		return nil
	}
	d.a, d.keys = alert{}, nil
	if len(d.table.columns) > 0 && raw[0] != '{' {
		if raw[0] == '#' {
			return nil
		}
		row, err := d.table.object(raw)
		if err != nil {
			return err
		}
		raw = row
	}
	if raw[0] != '{' {
		if err := d.readLine(string(raw)); err == errPassed {
			return nil
		} else if err != nil {
			return err
		}
		return d.emit(raw, emit)
	}
	is, err := d.readOwn(raw)
	if err == nil && !is {
		is, err = d.readEVE(raw)
	}
	if err == errNoAlert {
		is, err = d.readMapped(raw)
	}
	if err != nil || !is {
		return err
	}
	return d.emit(raw, emit)
}

// emit makes an event of the alert that was read.
func (d *alerts) emit(raw []byte, emit func(*publish.Event)) error {
	reset(&d.ev)
	t, err := publish.ParseTime([]byte(d.a.time), d.zone)
	if err != nil {
		return err
	}
	d.ev.Time, d.ev.Kind = t, d.a.product
	if d.a.sensor != "" {
		d.ev.Sensor = d.names.Sensor(d.a.sensor)
		d.ev.Own = append(d.ev.Own, d.a.sensor)
	}
	w := witness{alert: &d.a, ev: &d.ev, own: d.own}
	w.say()
	if d.ev.Raw, err = d.kept(raw, w.private()); err != nil {
		return err
	}
	emit(&d.ev)
	return nil
}

// kept is the raw text without what is not kept.
func (d *alerts) kept(raw []byte, private bool) ([]byte, error) {
	if raw[0] == '{' {
		return d.scrub.text(raw, private)
	}
	return d.scrub.line(raw, d.keys, private), nil
}
