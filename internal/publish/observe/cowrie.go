package observe

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
)

// Cowrie reads the JSON log of the SSH and telnet honeypot cowrie, and tables
// of its sessions.
//
// The source address is a scanner until it logs in, runs a command or brings a
// file; then it is infected: cowrie lets bots in, and people do not come by
// dictionary. What is fetched from (the URL, its host, addresses in a command
// that fetches) is a loader; files and client fingerprints are tools; the port
// is the target.
func Cowrie() publish.Publisher {
	return publish.Publisher{
		Name:   "cowrie",
		Role:   "honeypots",
		Layer:  publish.Observations,
		Topics: []cure.Topic{cure.TopicIP, cure.TopicHash, cure.TopicDomain, cure.TopicTag},
		Formats: []string{
			"cowrie JSON log (output_jsonlog), versions 1.5 to 2.6, one event a line, also as T-Pot writes it",
			"CSV of sessions: session_id, start_time, end_time, duration, src_ip, src_port, dst_port, protocol, total_connexion, login_success, login_failed and three more; or the table sessions of cowrie's databases (id, starttime, endtime, sensor, ip, termsize, client)",
		},
		Marking: cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPAmber, Licence: cure.LicenceMembers},
		Why: "shows where own sensors stand and what they answer once many records are compared; " +
			"sensors and credentials are masked, so members may have it",
		Roles: []publish.RoleOf{
			{What: "source address", Role: cure.RoleScanner},
			{What: "the same once it logs in, runs a command, brings or fetches a file", Role: cure.RoleInfected},
			{What: "port; 2222 and 2223 stand for 22 and 23", Role: cure.RoleTarget},
			{What: "URL of a download and its host", Role: cure.RoleLoader},
			{What: "URLs, addresses and domains in a command that fetches (wget, curl, tftp …)", Role: cure.RoleLoader},
			{What: "addresses and domains in other commands", Role: cure.RoleUnknown},
			{What: "SHA-256 of a file, HASSH, SSH key, JA4, loader token", Role: cure.RoleTool},
			{What: "where a forwarded connection is to go", Role: cure.RoleTarget},
		},
		Personal: []publish.PersonalData{
			{Field: "src_ip", Mask: "none", Purpose: "the observable", Retention: "as the source"},
			{Field: "dst_ip, sensor, new_ip", Mask: "keyed pseudonym, in all text", Purpose: "tell own sensors apart", Retention: "as the source"},
			{Field: "username", Mask: "keyed hash unless a well-known account", Purpose: "dictionary of the bot", Retention: "as the source"},
			{Field: "password", Mask: "keyed hash unless a well-known default", Purpose: "dictionary of the bot", Retention: "as the source"},
			{Field: "input", Mask: "sensor side only", Purpose: "what the attacker did; written by the attacker", Retention: "as the source"},
			{Field: "url", Mask: "sensor side only", Purpose: "where the malware is; written by the attacker", Retention: "as the source"},
		},
		Framing: feed.Lines,
		Secret:  []string{`"username"`, `"password"`, `"message"`, `"sensor"`, `"dst_ip"`, `"new_ip"`},
		Shapes:  []looks.Shape{looks.JSON, looks.Table},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return newCowrie(o), publish.NewSessions(o.Source), nil
		},
	}
}

// cowrie decodes events. All fields are those of the record being read.
type cowrie struct {
	names  *publish.Pseudonyms
	zone   *time.Location
	obj    *object
	values [cowrieFieldEnd]jsontext.Value
	where  [cowrieFieldEnd]int // start of the value in the record
	key    []byte
	cuts   []splice
	raw    []byte
	ev     publish.Event
}

var errNoEvent = errors.New("no eventid")

func newCowrie(o publish.Options) *cowrie {
	return &cowrie{names: o.Names, zone: o.Zone, obj: newObject()}
}

// Decode implements publish.Decoder.
func (c *cowrie) Decode(raw []byte, emit func(*publish.Event)) error {
	if isRow(raw) {
		return c.row(raw, emit)
	}
	raw = unwrapped(raw)
	c.values = [cowrieFieldEnd]jsontext.Value{}
	c.cuts = c.cuts[:0]
	err := c.obj.each(raw, func(f field) {
		if i, ok := cowrieFields[string(f.name)]; ok && (string(f.name) != tpotTime || c.values[i] == nil) {
			c.values[i], c.where[i] = f.value, f.start
		}
	})
	if err != nil {
		return err
	}
	reset(&c.ev)
	if c.ev.Time, err = publish.ParseTime(c.bytes(cowrieTimestamp), c.zone); err != nil {
		return err
	}
	kind := c.bytes(cowrieEventID)
	if len(kind) == 0 {
		return errNoEvent
	}
	e, known := cowrieEvents[string(kind)]
	if c.ev.Kind = e.name; !known {
		c.ev.Kind = c.text(cowrieEventID)
	}
	c.shared(c.ev.Kind)
	if known {
		c.ev.Role, c.ev.Ends = e.role, e.ends
		for _, i := range e.attrs {
			attr(&c.ev, cowrieNames[i], c.text(i))
		}
		if e.read != nil {
			e.read(c)
		}
	} else {
		c.ev.Unknown = true
		c.ev.Role = cure.RoleScanner
		attr(&c.ev, "event", c.ev.Kind)
	}
	c.raw = appendSpliced(c.raw[:0], raw, c.cuts)
	c.ev.Raw = c.raw
	emit(&c.ev)
	return nil
}

// shared reads the fields that all events have.
func (c *cowrie) shared(kind string) {
	ev := &c.ev
	if b := c.bytes(cowrieSensor); len(b) > 0 {
		name, mask := c.names.SensorBytes(b)
		ev.Sensor = mask
		ev.Own = append(ev.Own, name)
	}
	if b := c.bytes(cowrieSession); len(b) > 0 {
		c.key = append(append(append(c.key[:0], ev.Sensor...), '/'), b...)
		ev.Key = strings.ToValidUTF8(string(c.key), "\uFFFD")
	}
	if s := c.text(cowrieSrcIP); s != "" {
		if o, err := ioc.Canonical(cure.KindIP, s); err == nil {
			ev.Actor = o
		} else {
			attr(ev, "src_ip", s)
		}
	}
	// In requests to forward a connection dst_ip is where the attacker wants
	// to go, and new_ip where the operator sent it instead.
	own := cowrieDstIP
	if strings.HasPrefix(kind, "cowrie.direct-tcpip.") {
		own = cowrieNewIP
	}
	for _, i := range []cowrieField{own, cowrieTpotHost, cowrieTpotInner, cowrieTpotOuter} {
		if s := c.text(i); s != "" {
			ev.Own = append(ev.Own, s)
		}
	}
}

func (c *cowrie) bytes(i cowrieField) []byte { return c.obj.bytes(c.values[i]) }

func (c *cowrie) text(i cowrieField) string {
	if c.values[i] == nil {
		return ""
	}
	return c.obj.text(c.values[i])
}

// replace masks the value of a field in the raw record.
func (c *cowrie) replace(i cowrieField, text string) {
	s := splice{start: c.where[i], end: c.where[i] + len(c.values[i]), text: text}
	at := len(c.cuts)
	for at > 0 && c.cuts[at-1].start > s.start {
		at--
	}
	c.cuts = append(c.cuts, splice{})
	copy(c.cuts[at+1:], c.cuts[at:])
	c.cuts[at] = s
}

// connect reads the port that was aimed at. Cowrie listens on 2222 and 2223
// behind a redirection from 22 and 23.
func (c *cowrie) connect() {
	port, err := strconv.ParseUint(c.text(cowrieDstPort), 10, 16)
	if err != nil {
		return
	}
	attackedPort(&c.ev, c.text(cowrieProtocol), port)
}

// attackedPort observes the port that was aimed at, if any.
func attackedPort(ev *publish.Event, protocol string, port uint64) {
	switch {
	case port == 0:
		return
	case protocol == "ssh" && port == 2222:
		port = 22
	case protocol == "telnet" && port == 2223:
		port = 23
	}
	observe(ev, cure.KindPort, "tcp/"+strconv.FormatUint(port, 10), cure.RoleTarget)
}

// closed reads how long it took: "duration_ms", or "duration" in seconds as a
// number or a string.
func (c *cowrie) closed() {
	if ms := c.text(cowrieDurationMS); ms != "" {
		attr(&c.ev, "duration_ms", ms)
		return
	}
	if s, err := strconv.ParseFloat(c.text(cowrieDuration), 64); err == nil && s >= 0 && s < 1e9 {
		attr(&c.ev, "duration_ms", strconv.FormatInt(int64(s*1000), 10))
	}
}

// version reads SSH-2.0-… out of 'SSH-2.0-…' and b'SSH-2.0-…', which versions
// wrote that printed Python values.
func (c *cowrie) version() {
	v := c.text(cowrieVersion)
	for _, quote := range []string{"'", `"`} {
		if s, ok := strings.CutSuffix(strings.TrimPrefix(v, "b"), quote); ok && strings.HasPrefix(s, quote) {
			v = s[1:]
			break
		}
	}
	attr(&c.ev, "client", v)
}

func (c *cowrie) kex() { c.fingerprint("hassh:", cowrieHassh) }

func (c *cowrie) sshKey() { c.fingerprint("ssh-key:", cowrieFingerprint) }

func (c *cowrie) ja4() { c.fingerprint("ja4:", cowrieJA4) }

func (c *cowrie) ja4h() { c.fingerprint("ja4h:", cowrieJA4H) }

func (c *cowrie) fingerprint(scheme string, i cowrieField) {
	if v := c.text(i); v != "" {
		observe(&c.ev, cure.KindFingerprint, scheme+v, cure.RoleTool)
	}
}
