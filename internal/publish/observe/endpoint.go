package observe

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/audit"
	"github.com/opencure/cure/internal/publish/looks"
)

// Endpoint reads what agents on own machines say of processes: who started
// whom, from which file, and with whom it talks. A process and its traffic are
// one record. Each start is compared with what the site's programs usually do
// ([baseline]); what is unusual says so and why.
func Endpoint() publish.Publisher {
	return publish.Publisher{
		Name:     "endpoint",
		Role:     "endpoint agent",
		Layer:    publish.Observations,
		Topics:   []cure.Topic{cure.TopicHash, cure.TopicIP, cure.TopicDomain},
		Formats:  activityFormats,
		Marking:  cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPRed, Licence: cure.LicenceInternal, Personal: true},
		Why:      "says what runs on the machines of the house and what its people do there",
		OwnHosts: true,
		Roles: []publish.RoleOf{
			{What: "address and name of the own machine (name: under an own domain)", Role: cure.RoleOwn},
			{What: "hash of a program, other end of its traffic, name it asked for", Role: cure.RoleUnknown},
			{What: "port of the service", Role: cure.RoleTarget},
		},
		Personal: []publish.PersonalData{
			{Field: "name and address of the own machine", Mask: "none", Purpose: "who has to act", Retention: "as the source"},
			{Field: "user names, also in paths", Mask: "keyed hash", Purpose: "tell accounts apart", Retention: "as the source"},
			{Field: "command lines", Mask: "dropped, but for unusual starts: user names masked, 1 KiB", Purpose: "what was done", Retention: "as the source"},
			{Field: "programs without hash, traffic or anything unusual", Mask: "dropped; counted in the baseline", Purpose: "what is usual", Retention: "not kept"},
		},
		Framing: feed.Lines,
		Secret:  []string{"User", "user", "CommandLine", "cmdline", "command_line", "ARGV", "output", "Message", "Payload", "a0=", "AUID=", "auid=", "acct="},
		Shapes:  []looks.Shape{looks.JSON, looks.XML, looks.Text},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &endpoint{names: o.Names, own: o.Own, zone: o.Zone, instance: o.Source.Instance(), scrub: newScrubber(o.Names)}, newBaseline(o.Source), nil
		},
	}
}

var activityFormats = []string{
	"Sysmon 10 to 15, events 1, 3 and 22 (others are passed over), exported: XML of Event Viewer, wevtutil, evtx_dump and PowerShell (ToXml, ConvertTo-Xml); JSON of winlogbeat, NXLog, evtx_dump, Chainsaw, EvtxECmd and PowerShell (ConvertTo-Json)",
	"osquery 4 and 5 results log: processes, process_events, socket_events, process_open_sockets",
	"Falco 0.30 to 0.40 JSON with output_fields",
	"auditd: audit.log as the kernel writes it (enriched or not, behind syslog too), JSON of LAUREL, go-audit, Wazuh (data.audit), and auditbeat and others in the Elastic Common Schema",
}

var errNoHost = errors.New("activity without the machine that it was on")

// maxShownCommand bounds a command line.
const maxShownCommand = 1 << 10

// endpoint decodes activities.
type endpoint struct {
	names *publish.Pseudonyms
	own   *publish.OwnSide
	zone  *time.Location
	// instance is what a machine is called whose records do not name it.
	instance string
	scrub    *scrubber
	ev       publish.Event
}

// Shape implements publish.Shaper.
func (d *endpoint) Shape(f *feed.File) error {
	f.Events()
	f.Chained(
		func(line []byte) bool { return audit.ID(line) != nil },
		func(first, line []byte) bool { return bytes.Equal(audit.ID(first), audit.ID(line)) })
	return nil
}

// Decode implements publish.Decoder.
func (d *endpoint) Decode(raw []byte, emit func(*publish.Event)) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	return eachActivity(raw, func(raw []byte) error { return d.one(raw, emit) })
}

// one decodes one activity.
func (d *endpoint) one(raw []byte, emit func(*publish.Event)) error {
	a, ok, err := readActivity(d.scrub, raw)
	if err != nil || !ok {
		return err
	}
	ev := &d.ev
	reset(ev)
	if ev.Time, err = anyTime(a.time, d.zone); err != nil {
		return err
	}
	if a.what == "login" {
		return nil
	}
	if a.host == "" && a.product == "auditd" { // a log of the machine that the source is called after
		a.host = d.instance
	}
	if a.host == "" {
		return errNoHost
	}
	ev.Kind, ev.Key = a.what, processKey(a.host, a.id, a.image)
	if o, err := ioc.Host(a.host); err == nil && d.own.Has(o) {
		ev.Observations = append(ev.Observations, cure.Observation{Observable: o, Role: cure.RoleOwn})
	}
	tell(ev, &a, d.own)
	clean := func(s string) string { return withoutUser(d.names, s, a.user) }
	attr(ev, "product", a.product)
	attr(ev, "host", a.host)
	attr(ev, "image", clean(a.image))
	attr(ev, "parent", clean(a.parentImage))
	attr(ev, "rule", clean(a.rule))
	if a.user != "" {
		attr(ev, "user", d.names.Secret(strings.ToLower(a.user)))
	}
	if a.what == "process" || a.what == "alert" {
		if a.parent != "" {
			attr(ev, attrParent, processKey(a.host, a.parent, ""))
		}
		attr(ev, attrCommand, strings.ToValidUTF8(clean(a.command[:min(len(a.command), maxShownCommand)]), "\uFFFD"))
	}
	emit(ev)
	return nil
}

// processKey names a process of a machine.
func processKey(host, id, image string) string {
	if id == "" {
		id = image
	}
	return cure.NewID("process", strings.ToLower(host), id).String()
}

// tell observes what an activity names.
func tell(ev *publish.Event, a *activity, own *publish.OwnSide) {
	for _, h := range a.hashes {
		if !strings.EqualFold(h, emptySHA256) && !strings.EqualFold(h, emptyMD5) && !strings.EqualFold(h, emptySHA1) {
			observe(ev, cure.KindHash, h, cure.RoleUnknown)
		}
	}
	for _, ip := range []string{a.src, a.dst} {
		o, err := ioc.Canonical(cure.KindIP, ip)
		if ip == "" || err != nil || ip == "127.0.0.1" || ip == "::1" || ip == "0.0.0.0" {
			continue
		}
		role := cure.RoleUnknown
		if own.Has(o) {
			role = cure.RoleOwn
		}
		ev.Observations = append(ev.Observations, cure.Observation{Observable: o, Role: role})
	}
	if o, err := ioc.Host(a.dstName); a.dstName != "" && err == nil && o.Kind == cure.KindDomain && !own.Has(o) {
		ev.Observations = append(ev.Observations, cure.Observation{Observable: o})
	}
	if n, err := strconv.ParseUint(a.dstPort, 10, 16); err == nil && n > 0 && a.dst != "" {
		proto := strings.ToLower(a.proto)
		if proto != "udp" {
			proto = "tcp"
		}
		observe(ev, cure.KindPort, proto+"/"+strconv.FormatUint(n, 10), cure.RoleTarget)
	}
}
