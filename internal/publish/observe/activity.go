package observe

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/opencure/cure/internal/publish"
)

// activity is what a process did, as the agents of all products say it. Empty
// fields were not said.
type activity struct {
	product        string
	what           string // process, connection, dns, alert
	time           string
	host, user     string
	id, parent     string // of the process and its parent on the host
	image, command string
	parentImage    string
	hashes         []string
	src, dst       string
	dstPort, proto string
	dstName        string
	rule           string
	closed         bool // it is over
}

var (
	errNoActivity = errors.New("not an activity of a known format")
	errXML        = errors.New("broken XML of an event")
)

// readActivity reads one record. ok is false for kinds that are passed over.
func readActivity(s *scrubber, raw []byte) (a activity, ok bool, err error) {
	raw = withinSyslog(bytes.TrimSpace(raw))
	if e := auditOf(raw); e != nil {
		a, ok = readAudit(e)
		return a, ok, nil
	}
	if counted.Match(raw) {
		return a, false, nil
	}
	if bytes.HasPrefix(raw, []byte("<")) {
		in, err := readXML(raw)
		if err != nil {
			return a, false, err
		}
		a, ok = readSysmon(in)
		return a, ok, nil
	}
	if falcoText.Match(raw) {
		return a, false, errFalcoText
	}
	if len(raw) == 0 || raw[0] != '{' {
		return a, false, errNoActivity
	}
	in, err := s.flatten(raw)
	if err != nil {
		return a, false, err
	}
	in.unfold(raw)
	switch {
	case in.first(sysmonID) != "":
		a, ok = readSysmon(in)
	case in.first("output_fields.proc.name output_fields.proc.exepath output_fields.proc.cmdline") != "":
		a, ok = readFalco(in), true
	case in.first("hostIdentifier") != "":
		a, ok = readOsquery(in)
	case in.first("SYSCALL.exe SYSCALL.comm") != "":
		a, ok = readAuditd(in)
	case in.first("data.audit.exe data.audit.command") != "":
		a, ok = readWazuh(in)
	case in.first("process.executable process.name") != "":
		a, ok = readECS(in), true
	case in.first("auditd.data.syscall event.module auditd.message_type auditd.result") != "" && in.first("@timestamp") != "":
		return a, false, nil // of auditbeat, and not about a process
	default:
		return a, false, errNoActivity
	}
	return a, ok, nil
}

// sysmonID is where the shippers put the number of the event: as Windows has it,
// winlogbeat, and exports of .evtx files.
const sysmonID = "EventID winlog.event_id Event.System.EventID System.EventID Event.System.EventID.#text"

// ofEvent is the paths of a field of the event's data.
func ofEvent(name string) string {
	return name + " winlog.event_data." + name + " Event.EventData." + name + " EventData." + name
}

func readSysmon(in fields) (activity, bool) {
	get := func(name string) string { return in.first(ofEvent(name)) }
	if !ofSysmon(in) {
		return activity{}, false
	}
	a := activity{
		product: "sysmon", host: in.first("Computer Hostname winlog.computer_name Event.System.Computer System.Computer host.name"),
		time: get("UtcTime"), user: get("User"), id: get("ProcessGuid"), image: get("Image"),
	}
	if a.time != "" && !strings.HasSuffix(a.time, "Z") {
		a.time += "Z"
	}
	if a.time == "" {
		a.time = in.first("SystemTime @timestamp Event.System.TimeCreated.#attributes.SystemTime Event.System.TimeCreated_attributes.SystemTime EventTime")
	}
	switch in.first(sysmonID) {
	case "1":
		a.what, a.command = "process", get("CommandLine")
		a.parent, a.parentImage = get("ParentProcessGuid"), get("ParentImage")
		for h := range strings.SplitSeq(get("Hashes"), ",") {
			if name, value, ok := strings.Cut(h, "="); ok && name != "IMPHASH" {
				a.hashes = append(a.hashes, value)
			}
		}
	case "3":
		a.what, a.src, a.dst = "connection", get("SourceIp"), get("DestinationIp")
		a.dstPort, a.proto, a.dstName = get("DestinationPort"), get("Protocol"), get("DestinationHostname")
	case "22":
		a.what, a.dstName = "dns", get("QueryName")
	default:
		return a, false
	}
	return a, true
}

func readFalco(in fields) activity {
	get := func(names string) string {
		return in.first("output_fields." + strings.ReplaceAll(names, " ", " output_fields."))
	}
	a := activity{
		product: "falco", what: "alert", time: in.first("time"), host: in.first("hostname"), rule: in.first("rule"),
		user: get("user.name"), id: get("proc.pid"), parent: get("proc.ppid"), image: get("proc.exepath proc.name"),
		command: get("proc.cmdline"), parentImage: get("proc.pexepath proc.pname"), src: get("fd.cip"), dst: get("fd.rip fd.sip"), dstPort: get("fd.rport fd.sport"), proto: get("fd.l4proto"),
	}
	if h := get("proc.hash.sha256"); h != "" {
		a.hashes = []string{h}
	}
	return a
}

func readOsquery(in fields) (activity, bool) {
	get := func(name string) string { return in.first("columns." + name + " snapshot." + name) }
	a := activity{
		product: "osquery", what: "process", host: in.first("hostIdentifier"), time: in.first("unixTime calendarTime"), user: get("username"),
		id: get("pid"), parent: get("parent"), image: get("path"), command: get("cmdline"), dst: get("remote_address"), dstPort: get("remote_port"),
		src: get("local_address"), closed: in.first("action") == "removed",
	}
	if get("sha256") != "" {
		a.hashes = []string{get("sha256")}
	}
	if a.dst != "" {
		a.what, a.proto = "connection", map[string]string{"6": "tcp", "17": "udp"}[get("protocol")]
	}
	if a.image == "" {
		a.image = get("name")
	}
	return a, a.image != "" && !a.closed && a.dst != "0.0.0.0" && a.dst != "::"
}

// readAuditd reads what LAUREL makes of the kernel's records.
func readAuditd(in fields) (activity, bool) {
	at, _, _ := strings.Cut(in.first("ID"), ":")
	a := activity{
		product: "auditd", what: "process", time: at, host: in.first("NODE"), user: in.first("SYSCALL.AUID SYSCALL.UID SYSCALL.auid"),
		id: in.first("SYSCALL.pid"), parent: in.first("SYSCALL.ppid"), image: in.first("SYSCALL.exe SYSCALL.comm"),
		command: strings.Join(in.all("EXECVE.ARGV EXECVE.ARGV_STR"), " "), parentImage: in.first("PARENT_INFO.exe PARENT_INFO.comm"),
		dst: in.first("SOCKADDR.SADDR.addr SOCKADDR.addr SOCKADDR.SADDR.laddr SOCKADDR.laddr"), dstPort: in.first("SOCKADDR.SADDR.port SOCKADDR.port SOCKADDR.SADDR.lport SOCKADDR.lport"),
	}
	if a.dst != "" {
		a.what, a.proto = "connection", "tcp"
		return a, true
	}
	call := in.first("SYSCALL.SYSCALL SYSCALL.syscall")
	return a, a.command != "" || call == "" || executes[call]
}

// readWazuh reads what Wazuh's decoder makes of records of auditd.
func readWazuh(in fields) (activity, bool) {
	get := func(name string) string { return in.first("data.audit." + name) }
	a := activity{
		product: "wazuh", what: "process", time: in.first("timestamp @timestamp"), host: in.first("agent.name manager.name"), user: get("auid"),
		id: get("pid"), parent: get("ppid"), image: get("exe"),
	}
	if a.image == "" {
		a.image = get("command")
	}
	for i := range maxSeveral {
		arg := get("execve.a" + strconv.Itoa(i))
		if arg == "" {
			break
		}
		a.command = strings.TrimPrefix(a.command+" "+arg, " ")
	}
	call := get("syscall")
	return a, a.command != "" || call == "" || executes[call]
}

// readECS reads auditbeat and the like.
func readECS(in fields) activity {
	a := activity{
		product: "ecs", what: "process", time: in.first("@timestamp"), host: in.first("host.name host.hostname agent.name"), user: in.first("user.name"),
		id: in.first("process.entity_id process.pid"), parent: in.first("process.parent.entity_id process.parent.pid process.ppid"),
		image: in.first("process.executable process.name"), command: in.first("process.command_line"), parentImage: in.first("process.parent.executable process.parent.name"),
		hashes: in.all("process.hash.sha256 process.hash.md5"), src: in.first("source.ip"), dst: in.first("destination.ip"), dstPort: in.first("destination.port"),
		proto: in.first("network.transport"), dstName: in.first("dns.question.name destination.domain"),
	}
	if a.command == "" {
		a.command = strings.Join(in.all("process.args"), " ")
	}
	switch {
	case a.dst != "":
		a.what = "connection"
	case a.dstName != "":
		a.what = "dns"
	}
	return a
}

// homes finds the name of a user in a path.
var homes = regexp.MustCompile(`(?i)([/\\](?:users|home)[/\\])([^/\\\s"']+)`)

// withoutUser replaces names of users in the text of an activity.
func withoutUser(names *publish.Pseudonyms, s, user string) string {
	s = homes.ReplaceAllStringFunc(s, func(m string) string {
		part := homes.FindStringSubmatch(m)
		return part[1] + names.Secret(strings.ToLower(part[2]))
	})
	if i := strings.LastIndexByte(user, '\\'); i >= 0 {
		user = user[i+1:]
	}
	if len(user) >= 4 && !publish.KnownUser(user) {
		s = strings.ReplaceAll(s, user, names.Secret(strings.ToLower(user)))
	}
	return s
}

// program returns the name of a program without its folder, in lower case.
func program(image string) string {
	return strings.ToLower(image[strings.LastIndexAny(image, `/\`)+1:])
}
