package observe

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/feed"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/looks"
	"github.com/opencure/cure/internal/publish/packet"
	"github.com/opencure/cure/internal/publish/shell"
)

// Decoynet reads what is seen inside a decoy network, where nobody works, so
// that all that is done is done by an intruder or by the machines themselves.
// One decoy and day is one record: what ran, in which steps, mapped to ATT&CK
// techniques, with the servers that may be C2.
func Decoynet() publish.Publisher {
	return publish.Publisher{
		Name:    "decoynet",
		Role:    "STARDUST",
		Layer:   publish.Observations,
		Topics:  []cure.Topic{cure.TopicIP, cure.TopicDomain, cure.TopicHash, cure.TopicTag},
		Formats: decoyFormats,
		Marking: cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPRed, Licence: cure.LicenceInternal},
		Why:     "shows an intruder that is being watched; a word outside, or a look-up that he sees, ends it",
		Roles: []publish.RoleOf{
			{What: "who types in a shell of a decoy", Role: cure.RoleInfected},
			{What: "candidate for C2: what a script host, or a program outside the system's folders, talks to or asks for", Role: cure.RoleC2},
			{What: "what a command fetches from", Role: cure.RoleLoader},
			{What: "program outside the system's folders", Role: cure.RoleTool},
			{What: "other programs and servers, flows by address alone, techniques", Role: cure.RoleUnknown},
			{What: "port of the service", Role: cure.RoleTarget},
		},
		Personal: []publish.PersonalData{
			{Field: "addresses and names of decoys", Mask: "keyed pseudonym, in all text", Purpose: "tell decoys apart", Retention: "as the source"},
			{Field: "command lines", Mask: "names of decoys", Purpose: "what the intruder did", Retention: "as the source"},
			{Field: "user names", Mask: "keyed hash in paths, else dropped", Purpose: "not kept", Retention: "not kept"},
		},
		Framing: feed.Packets,
		Secret: []string{
			"User", "user", "CommandLine", "cmdline", "ARGV", "input", "Computer", "Hostname", "host", "NODE", "computer_name", "SourceIp", "id.orig_h", "local_address", "\t",
			"Script ", "\"version\"", "out_txt", "beside ", "*****", "@", "\x00", "node=", "type=",
		},
		Shapes: []looks.Shape{looks.JSON, looks.XML, looks.Text, looks.Capture},
		New: func(o publish.Options) (publish.Decoder, publish.Fold, error) {
			return &decoynet{names: o.Names, own: o.Own, zone: o.Zone, instance: o.Source.Instance(), scrub: newScrubber(o.Names)}, publish.NewSessions(o.Source), nil
		},
	}
}

var decoyFormats = append([]string{
	"recordings of a terminal: asciinema 2 and 3, script of util-linux and BSD (times beside it, classic and advanced), Start-Transcript of PowerShell, tlog 2.3, ttyrec, the log of User-mode Linux that cowrie writes; up to 32 MiB",
	"histories with times: bash (HISTTIMEFORMAT), zsh (EXTENDED_HISTORY), fish; what was typed, by TTY and USER_TTY records of auditd",
	"OpenCURE transcript of a decoy's shell, version 1: {\"decoynet\": 1, \"time\", \"host\", \"src_ip\", \"input\"}, one command a line",
	"Zeek 3 to 7 conn.log, dns.log, ssl.log, http.log: JSON, and tables with their lines #fields and #path",
	"pcap and pcapng of the decoy segment: who connects, TLS names, questions of DNS, requests of HTTP",
}, activityFormats...)

// techniques are the commands that say what an intruder is after; the first
// two that match count. Names are those of ATT&CK 15 and later.
var techniques = []struct {
	id    string
	match *regexp.Regexp
}{
	{"t1003.001", word(`mimikatz|sekurlsa|lsass|procdump`)},
	{"t1021.002", word(`psexec(64|svc)?(\.exe)?|\\\\[\w.-]+\\(admin|c|ipc)\$`)},
	{"t1047", word(`wmic(\.exe)?.*/node`)},
	{"t1021.001", word(`mstsc(\.exe)?|xfreerdp`)},
	{"t1021.004", word(`ssh(\.exe)? `)},
	{"t1053.005", word(`schtasks(\.exe)?.*/create`)},
	{"t1053.003", word(`crontab`)},
	{"t1547.001", word(`reg(\.exe)? add.*\\run`)},
	{"t1490", word(`vssadmin(\.exe)? delete|bcdedit`)},
	{"t1070.001", word(`wevtutil(\.exe)? cl`)},
	{"t1105", word(`certutil(\.exe)?.*urlcache|bitsadmin|wget|curl|tftp|invoke-webrequest|downloadstring`)},
	{"t1016", word(`ipconfig|ifconfig|route print|ip addr|arp -a`)},
	{"t1018", word(`net1?(\.exe)? view|nltest|nbtstat`)},
	{"t1087", word(`net1?(\.exe)? (user|group|localgroup)|dsquery|getent passwd`)},
	{"t1033", word(`whoami|quser|query user`)},
	{"t1057", word(`tasklist|get-process|ps -?(ef|aux)`)},
	{"t1082", word(`systeminfo|uname|hostname`)},
	{"t1059.001", word(`powershell|pwsh`)},
	{"t1059.005", word(`wscript|cscript|mshta`)},
	{"t1059.003", word(`cmd(\.exe)?`)},
}

func word(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|[\s\\/"'&|;(])(` + pattern + `)`)
}

// systemFolders hold programs that are there before an intruder is.
var systemFolders = regexp.MustCompile(`(?i)^([a-z]:\\(windows|program files)|/(usr|bin|sbin|lib|opt)/|[^\\/]+$)`)

var (
	errNoDecoy     = errors.New("not a record of a decoy of a known format")
	errNoDecoyLine = errors.New("not a record of a decoy of a known format; the history of a shell needs its times: " +
		"HISTTIMEFORMAT of bash, EXTENDED_HISTORY of zsh")
)

// decoynet decodes what happens in a decoy segment.
type decoynet struct {
	names *publish.Pseudonyms
	own   *publish.OwnSide
	zone  *time.Location
	// instance is what a decoy is called whose records do not name it.
	instance string
	scrub    *scrubber
	table    zeekTable
	p        packet.Packet
	ev       publish.Event
}

// Decode implements publish.Decoder.
func (d *decoynet) Decode(raw []byte, emit func(*publish.Event)) error {
	var a activity
	var ok bool
	var err error
	if feed.IsPacket(raw) {
		a, ok, err = d.packet(raw)
	} else {
		times, rest := feed.Beside(raw)
		if form := shell.Of(rest); form != shell.None {
			return d.recording(form, rest, times, emit)
		}
		if raw = bytes.TrimRight(raw, "\r\n"); len(bytes.TrimSpace(raw)) == 0 || raw[0] == '#' {
			return nil
		}
		if e := auditOf(raw); e != nil && (e.Has("TTY") || e.Has("USER_TTY")) {
			return d.typed(e, emit)
		}
		return eachActivity(raw, func(raw []byte) error {
			a, ok, err := d.read(raw)
			if err != nil || !ok {
				return err
			}
			return d.event(&a, emit)
		})
	}
	if err != nil || !ok {
		return err
	}
	return d.event(&a, emit)
}

// event says an activity.
func (d *decoynet) event(a *activity, emit func(*publish.Event)) error {
	ev := &d.ev
	reset(ev)
	var err error
	if ev.Time, err = anyTime(a.time, d.zone); err != nil {
		return err
	}
	if a.host == "" && a.product != "recording" && a.product != "auditd" {
		return errNoHost
	}
	if a.host == "" { // a history or a log of the decoy that the source is called after
		ev.Sensor = d.names.Sensor(d.instance)
	} else {
		ev.Sensor = d.names.Sensor(a.host)
		ev.Own = append(ev.Own, a.host)
		if short, _, ok := strings.Cut(a.host, "."); ok && !strings.Contains(a.host, ":") && strings.Trim(a.host, "0123456789.") != "" {
			ev.Own = append(ev.Own, short)
		}
	}
	ev.Kind = a.what
	ev.Key = "decoy " + ev.Sensor + ev.Time.UTC().Format(" 2006-01-02")
	d.says(a)
	emit(ev)
	return nil
}

// read understands a transcript, a flow or an activity.
func (d *decoynet) read(raw []byte) (activity, bool, error) {
	if falcoText.Match(raw) {
		return activity{}, false, errFalcoText
	}
	if raw[0] == '<' || counted.Match(raw) || len(withinSyslog(raw)) < len(raw) || auditOf(raw) != nil {
		return readActivity(d.scrub, raw)
	}
	var in fields
	var err error
	if raw[0] == '{' {
		in, err = d.scrub.flatten(raw)
	} else {
		if len(d.table.columns) == 0 && bytes.IndexByte(raw, '\t') < 0 {
			return activity{}, false, errNoDecoyLine
		}
		in, err = d.table.read(raw)
	}
	if err != nil {
		return activity{}, false, err
	}
	if in.first("decoynet") == "1" {
		return activity{
			product: "shell", what: "shell", time: in.first("time"), host: in.first("host"), src: in.first("src_ip"), command: in.first("input"),
		}, true, nil
	}
	f, err := readFlow(in, d.zone)
	if err == nil {
		a := f.activity(d.own)
		return a, a.dstName != "" || a.dst != "", nil
	}
	if !errors.Is(err, errNoFlow) && !errors.Is(err, errOtherType) {
		return activity{}, false, err
	}
	a, ok, err := readActivity(d.scrub, raw)
	if err == errNoActivity {
		err = errNoDecoy
	}
	return a, ok, err
}

// activity is a flow as something that a decoy did, or that was done to it when
// only the other end is own.
func (f *flow) activity(own *publish.OwnSide) activity {
	a := activity{
		product: f.log, what: "flow", time: f.time.Format(time.RFC3339Nano), proto: f.proto, dstName: f.name,
		host: f.src.String(), src: f.src.String(),
	}
	if !f.question {
		a.dst, a.dstPort = f.dst.String(), strconv.FormatUint(f.port, 10)
	}
	if own.Address(f.dst) && !own.Address(f.src) {
		a.what, a.host, a.src, a.dst, a.dstName = "visit", a.dst, "", a.src, ""
	}
	return a
}

// says turns an activity into observations, techniques and a step of the
// timeline.
func (d *decoynet) says(a *activity) {
	ev := &d.ev
	foreign := a.image != "" && !systemFolders.MatchString(a.image)
	suspect := foreign || scriptHosts[program(a.image)]
	if a.what == "shell" || a.what == "login" {
		if o, err := ioc.Canonical(cure.KindIP, a.src); err == nil {
			ev.Actor, ev.Role = o, cure.RoleInfected
		}
	} else {
		if a.src != "" {
			ev.Own = append(ev.Own, a.src)
		}
		tell(ev, &activity{hashes: a.hashes, dst: a.dst, dstName: a.dstName, dstPort: a.dstPort, proto: a.proto}, d.own)
	}
	kept := ev.Observations[:0]
	for _, o := range ev.Observations {
		switch {
		case o.Role == cure.RoleOwn: // another decoy: a lateral step
			ev.Own = append(ev.Own, o.Observable.Value)
			continue
		case o.Observable.Kind == cure.KindHash && foreign:
			o.Role = cure.RoleTool
		case (o.Observable.Kind == cure.KindIP || o.Observable.Kind == cure.KindDomain) && suspect:
			o.Role = cure.RoleC2
		}
		kept = append(kept, o)
	}
	ev.Observations = kept
	text := withoutUser(d.names, a.command[:min(len(a.command), maxShownCommand)], a.user)
	subject := ev.Actor
	if subject.IsZero() && len(ev.Observations) > 0 && suspect {
		subject = ev.Observations[0].Observable
	}
	ids := techniquesOf(a)
	for _, id := range ids {
		tag := cure.Observable{Kind: cure.KindTag, Value: "attack:" + id}
		ev.Observations = append(ev.Observations, cure.Observation{Observable: tag})
		if !subject.IsZero() {
			ev.Annotations = append(ev.Annotations, cure.Annotation{Subject: subject, Tag: tag, Confidence: 60, Sentence: strings.ToValidUTF8(text, "\uFFFD")})
		}
	}
	if a.what == "shell" {
		command(ev, text)
		backTo(ev, text)
	}
	d.step(a, text, ids)
}

// step adds a line of the timeline.
func (d *decoynet) step(a *activity, text string, ids []string) {
	what := []string{d.ev.Time.UTC().Format("15:04:05"), a.what, program(withoutUser(d.names, a.image, a.user)), text}
	if a.parentImage != "" {
		what = append(what, "from "+program(a.parentImage))
	}
	for _, s := range []string{a.dstName, a.dst, strings.Join(ids, " ")} {
		if s != "" {
			what = append(what, s)
		}
	}
	attr(&d.ev, "step", strings.ToValidUTF8(strings.Join(strings.Fields(strings.Join(what, " ")), " "), "\uFFFD"))
}

// techniquesOf maps an activity to techniques, two at most.
func techniquesOf(a *activity) (ids []string) {
	if a.what == "process" && readers[program(a.parentImage)] && scriptHosts[program(a.image)] {
		ids = append(ids, "t1204.002")
	}
	text := a.command
	if text == "" && a.what == "process" {
		text = program(a.image)
	}
	for i := range techniques {
		if len(ids) < 2 && text != "" && techniques[i].match.MatchString(text) {
			ids = append(ids, techniques[i].id)
		}
	}
	return ids
}
