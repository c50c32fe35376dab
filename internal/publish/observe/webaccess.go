package observe

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/block"
	"github.com/opencure/cure/internal/publish/looks"
)

// Webaccess reads logs of what people opened, compares each access with a
// block list on the machine that reads the log, and publishes the matches
// alone. The list comes to the log, never the log to the list: a look-up at
// the hub would tell it where everybody went. Nothing of an access that does
// not match leaves, neither in a record nor in a checkpoint nor in the
// quarantine, which gets reason and place only.
//
// A match is two records: that the own host opened the listed value, and, for
// fewer eyes, the way there: URL, referrer and answer.
func Webaccess() publish.Publisher {
	return publish.Publisher{
		Name:     "webaccess",
		Role:     "WarpDrive",
		Layer:    publish.Observations,
		Topics:   []cure.Topic{cure.TopicDomain, cure.TopicIP},
		Formats:  webFormats,
		Marking:  cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPRed, Licence: cure.LicenceInternal, Personal: true},
		Why:      "says what somebody of the house opened; only that it was a listed place leaves the machine, and the way there is RED",
		OwnHosts: true,
		Roles: []publish.RoleOf{
			{What: "own host that opened it", Role: cure.RoleOwn},
			{What: "listed value, and the name or address by which it was matched: the list says what it is, the access does not", Role: cure.RoleUnknown},
		},
		Personal: []publish.PersonalData{
			{Field: "accesses that match no entry of the block list", Mask: "dropped at the publisher, broken lines too", Purpose: "not kept", Retention: "not kept"},
			{Field: "own address, listed value, time of a match", Mask: "none", Purpose: "who has to act", Retention: "as the source"},
			{Field: "URL and referrer of a match", Mask: "query cut, record RED", Purpose: "how it came about", Retention: "as the source"},
			{Field: "user names", Mask: "keyed hash, in the RED record", Purpose: "tell accounts apart", Retention: "as the source"},
			{Field: "user agents, cookies, titles of pages, answers of DNS, raw lines", Mask: "dropped", Purpose: "not kept", Retention: "not kept"},
		},
		Framing: feed.Packets,
		Secret:  []string{""}, // all of a line: what matched nothing must not leave
		Shapes:  []looks.Shape{looks.JSON, looks.Text},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			if o.Block == nil {
				return nil, nil, errNoBlockList
			}
			d := &webaccess{names: o.Names, own: o.Own, zone: o.Zone, block: o.Block, scrub: newScrubber(o.Names)}
			return d, publish.NewMinutes(o.Source), nil
		},
	}
}

var webFormats = []string{
	"Squid access.log: native, and the combined form",
	"nginx and Apache combined and common access logs, with the site before them (vhost_combined) or without, of a proxy (whole URLs) or a server (then the referrer and the client are compared); JSON with the names of nginx's variables",
	"Zeek 3 to 7 http.log and dns.log: JSON, and tables with their lines #fields and #path",
	"dnstap of resolvers, as Frame Streams in a file: questions of clients (type CLIENT_QUERY; other types are passed over)",
	"histories of browsers: Chrome and its kin (History), Firefox (places.sqlite)",
}

var (
	errNoBlockList = cure.Errorf(cure.Invalid, "webaccess compares with a block list: give one with --blocklist FILE or hub:PUBLISHER, or in the configuration of the source")
	errNoAccess    = errors.New("not an access of a known format")
)

// webMarking is what the way to a match needs beyond the source's marking.
var webMarking = cure.Marking{TLP: cure.TLPRed, PAP: cure.PAPRed, Personal: true}

// visit is what all formats say.
type visit struct {
	time     string
	client   string
	user     string
	method   string
	url      string // with its host, or a path
	host     string
	server   string // address that answered
	referrer string
	status   string
	log      string
}

// webaccess decodes accesses.
type webaccess struct {
	names *publish.Pseudonyms
	own   *publish.OwnSide
	zone  *time.Location
	block *block.List
	scrub *scrubber
	table zeekTable
	ev    publish.Event
}

// Shape implements publish.Shaper.
func (d *webaccess) Shape(f *feed.File) error {
	d.table.shape(f)
	return nil
}

// Decode implements publish.Decoder.
func (d *webaccess) Decode(raw []byte, emit func(*publish.Event)) error {
	if frame, ok := feed.DataFrame(raw); ok {
		v, err := readDnstap(frame)
		if err != nil || v.host == "" {
			return err
		}
		return d.compare(&v, emit)
	}
	raw = bytes.TrimRight(raw, "\r\n")
	if len(bytes.TrimSpace(raw)) == 0 || raw[0] == '#' {
		return nil
	}
	v, err := d.read(raw)
	if err != nil {
		return err
	}
	return d.compare(&v, emit)
}

// compare publishes an access if it matches.
func (d *webaccess) compare(v *visit, emit func(*publish.Event)) error {
	t, err := anyTime(v.time, d.zone)
	if err != nil {
		return err
	}
	if listed, by, ok := d.match(v); ok {
		d.hit(v, t, listed, by, emit)
	}
	return nil
}

// read understands a line.
func (d *webaccess) read(raw []byte) (visit, error) {
	if raw[0] != '{' && len(d.table.columns) == 0 {
		return readAccess(strings.ToValidUTF8(string(raw), "\uFFFD"))
	}
	var in fields
	var err error
	if raw[0] == '{' {
		in, err = d.scrub.flatten(raw)
	} else {
		in, err = d.table.read(raw)
	}
	if err != nil {
		return visit{}, err
	}
	if in.first("sqlite") != "" {
		return readHistory(in)
	}
	if in.first("ts") == "" {
		if v, ok := readJSONAccess(in); ok {
			return v, nil
		}
	}
	v := visit{time: in.first("ts"), client: in.first("id.orig_h"), server: in.first("id.resp_h")}
	switch {
	case in.first("method host uri") != "":
		v.log, v.host, v.url, v.method = "http", in.first("host"), in.first("uri"), in.first("method")
		v.referrer, v.status, v.user = in.first("referrer"), in.first("status_code"), in.first("username")
	case in.first("query") != "":
		v.log, v.host, v.server = "dns", in.first("query"), ""
	default:
		return visit{}, errNoAccess
	}
	return v, nil
}

// match compares what was opened, then who answered, then where it came from.
func (d *webaccess) match(v *visit) (listed cure.Observable, by string, ok bool) {
	if u := v.whole(); u != "" {
		for _, text := range []string{u, cutQuery(u)} {
			if o, err := ioc.Canonical(cure.KindURL, text); err == nil {
				if listed, ok = d.block.Match(o); ok {
					return listed, "url", true
				}
			}
		}
	}
	for _, x := range []struct{ text, by string }{{v.host, "host"}, {v.server, "server"}, {hostPart(v.referrer), "referrer"}, {v.client, "client"}} {
		if o, err := ioc.Host(x.text); x.text != "" && err == nil {
			if listed, ok = d.block.Match(o); ok {
				return listed, x.by, true
			}
		}
	}
	return cure.Observable{}, "", false
}

// whole returns the URL with its host, "" where nobody knows it.
func (v *visit) whole() string {
	if strings.Contains(v.url, "://") {
		return v.url
	}
	if v.host != "" && strings.HasPrefix(v.url, "/") {
		return "http://" + v.host + v.url
	}
	return ""
}

// hostPart returns the host of a URL or of "host:port".
func hostPart(u string) string {
	if _, rest, ok := strings.Cut(u, "://"); ok {
		u = rest
	}
	if i := strings.IndexAny(u, "/?#"); i >= 0 {
		u = u[:i]
	}
	if i := strings.LastIndexByte(u, ':'); i > 0 && strings.Count(u, ":") == 1 {
		u = u[:i]
	}
	return strings.Trim(u, "[]")
}

// hit publishes a match and the way there.
func (d *webaccess) hit(v *visit, t time.Time, listed cure.Observable, by string, emit func(*publish.Event)) {
	ev := &d.ev
	reset(ev)
	ev.Time, ev.Kind = t, v.log
	client := ""
	if o, err := ioc.Canonical(cure.KindIP, v.client); err == nil {
		if client = o.Value; d.own.Has(o) {
			observe(ev, cure.KindIP, client, cure.RoleOwn)
		} else {
			observe(ev, cure.KindIP, client, cure.RoleUnknown)
		}
	}
	if listed.Value != client {
		ev.Observations = append(ev.Observations, cure.Observation{Observable: listed})
	}
	attr(ev, "log", v.log)
	attr(ev, "matched", by)
	attr(ev, "listed", listed.Value)
	ev.Key = client + " opened " + listed.Value
	emit(ev)

	host, _ := ioc.Host(firstOf(v.host, hostPart(v.url))) // none where there is none
	url := cutQuery(firstOf(v.whole(), v.url))
	if url == "" && v.referrer == "" {
		return // the question of a resolver: there is no way there
	}
	reset(ev)
	ev.Time, ev.Kind, ev.Marking = t, v.log, webMarking
	ev.Observations = append(ev.Observations, cure.Observation{Observable: listed})
	if !host.IsZero() && host != listed && !d.own.Has(host) {
		ev.Observations = append(ev.Observations, cure.Observation{Observable: host})
	}
	attr(ev, "client", client)
	attr(ev, "url", url)
	attr(ev, "referrer", cutQuery(v.referrer))
	attr(ev, "method", v.method)
	attr(ev, "status", v.status)
	if v.user != "" {
		attr(ev, "user", d.names.Secret(v.user))
	}
	ev.Key = client + " way " + url + " " + cutQuery(v.referrer)
	emit(ev)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
