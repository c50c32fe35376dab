package observe

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// blocked is the category of what a firewall did not let through.
const blocked = "blocked connection"

var (
	errWall     = errors.New("line of a firewall without its two ends")
	errWallTime = errors.New("time without a year, and nobody knows when the log was written; send RFC 5424, or write ISO 8601 times")
	// errPassed says that a line is no alert and no mistake: the firewall let it
	// through, or says something about itself.
	errPassed = errors.New("passed over")
)

// readWall reads a line of a firewall: netfilter's log of the kernel, filterlog
// of pfSense and OPNsense, Cisco ASA and FTD, FortiGate. What was let through is
// passed over.
func (d *alerts) readWall(line string) error {
	switch {
	case strings.Contains(line, " SRC=") && strings.Contains(line, "IN="):
		return d.readNetfilter(line)
	case strings.Contains(line, "filterlog"):
		return d.readFilterlog(line)
	case strings.Contains(line, "%ASA-"), strings.Contains(line, "%FTD-"), strings.Contains(line, "%PIX-"):
		return d.readASA(line)
	case strings.Contains(line, "logid=") && strings.Contains(line, "type="):
		return d.readFortiGate(line)
	}
	return errNoAlert
}

// wall begins the alert of a firewall, by the header of its line.
func (d *alerts) wall(product, header string) error {
	at, host, err := d.header(header)
	d.a = alert{product: product, time: at, sensor: host, category: blocked, client: source}
	d.keys = map[string]string{}
	return err
}

var (
	isoStamp = regexp.MustCompile(`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*)\s*(\S*)`)
	bsdStamp = regexp.MustCompile(`([A-Z][a-z]{2}) +(\d{1,2}) (?:(\d{4}) )?(\d\d:\d\d:\d\d)(?:\.\d+)?(?: ([A-Z]{3,5}))?:? *(\S*)`)
)

// header reads time and host before a message. Without a year it is of the one
// in which the file was written, or of the one before.
func (d *alerts) header(s string) (at, host string, err error) {
	if m := isoStamp.FindStringSubmatch(s); m != nil {
		return strings.TrimSuffix(m[1], ":"), hostOf(m[2]), nil
	}
	m := bsdStamp.FindStringSubmatch(s)
	if m == nil {
		return "", "", errWallTime
	}
	host = hostOf(m[6])
	year := m[3]
	if year == "" {
		if d.written.IsZero() {
			return "", "", errWallTime
		}
		year = strconv.Itoa(d.written.In(orUTC(d.zone)).Year())
	}
	t, err := time.Parse("Jan 2 2006 15:04:05", m[1]+" "+m[2]+" "+year+" "+m[4])
	if err != nil {
		return "", "", errWallTime
	}
	if m[3] == "" && t.After(d.written.Add(24*time.Hour)) {
		t = t.AddDate(-1, 0, 0)
	}
	at = t.Format(withoutZone)
	if m[5] == "UTC" || m[5] == "GMT" {
		at += "Z"
	}
	return at, host, nil
}

// hostOf returns a host of a header, which stands before the program.
func hostOf(s string) string {
	if s == "" || s == ":" || strings.ContainsAny(s, "%[=,") || strings.HasPrefix(s, "filterlog") || strings.HasPrefix(s, "kernel") {
		return ""
	}
	return strings.Trim(s, ":")
}

// passing are words in the prefix of a rule that logs what it lets through.
var passing = regexp.MustCompile(`(?i)\b(?:accept|accepted|allow|allowed|pass|permit|audit|new)\b`)

// readNetfilter reads what the target LOG of iptables and nftables writes: the
// rule's prefix, then IN= OUT= SRC= DST= PROTO= SPT= DPT= and flags.
func (d *alerts) readNetfilter(line string) error {
	i := strings.Index(line, "IN=")
	header, body := line[:i], line[i:]
	if j := strings.Index(header, "kernel:"); j >= 0 {
		header, line = header[:j], header[j+len("kernel:"):]
	} else {
		header, line = "", header
	}
	if _, after, ok := strings.Cut(line, "] "); ok && strings.HasPrefix(strings.TrimSpace(line), "[") && !strings.ContainsAny(strings.Trim(strings.TrimSpace(line[:len(line)-len(after)]), "[] "), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		line = after // seconds since the machine began
	}
	if header == "" { // of a log that has the time elsewhere
		header = line
	}
	if err := d.wall("netfilter", header); err != nil {
		return err
	}
	prefix := strings.Trim(strings.TrimSpace(line), "[]:- ")
	if passing.MatchString(prefix) {
		return errPassed
	}
	flags := map[string]bool{}
	for w := range strings.FieldsSeq(body) {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			flags[w] = true
			continue
		}
		if d.keys[k] == "" && len(d.keys) < maxFields { // an ICMP error quotes a packet behind its own
			d.keys[k] = strings.ToValidUTF8(v, "\uFFFD")
		}
	}
	a := &d.a
	a.rule, a.ruleID, a.action = prefix, prefix, "blocked"
	a.src, a.dst, a.srcPort, a.dstPort, a.proto = d.keys["SRC"], d.keys["DST"], d.keys["SPT"], d.keys["DPT"], strings.ToLower(d.keys["PROTO"])
	if a.proto == "tcp" && (!flags["SYN"] || flags["ACK"]) {
		a.category, a.client = "", unsaid
	}
	return d.walled()
}

// readFilterlog reads the lines of pf on pfSense and OPNsense: comma-separated,
// with what depends on the version of IP and the protocol behind.
func (d *alerts) readFilterlog(line string) error {
	i := strings.Index(line, "filterlog")
	header, rest := line[:i], line[i:]
	if j := strings.LastIndex(rest[:min(len(rest), 64)], ": "); j >= 0 {
		rest = rest[j+2:]
	} else if _, after, ok := strings.Cut(rest, " - "); ok { // RFC 5424: filterlog 123 - - 5,,,
		rest = strings.TrimLeft(after, "- ")
	}
	if err := d.wall("pf", header); err != nil {
		return err
	}
	c := strings.Split(strings.ToValidUTF8(strings.TrimSpace(rest), "\uFFFD"), ",")
	at, proto := 18, 16 // of the addresses, and of the protocol
	if len(c) > 8 && c[8] == "6" {
		at, proto = 15, 12
	}
	if len(c) < at+2 {
		return errWall
	}
	if c[6] != "block" && c[6] != "reject" {
		return errPassed
	}
	a := &d.a
	a.rule, a.ruleID, a.action = "rule "+c[0]+" on "+c[4], c[3], c[6]
	if a.ruleID == "" {
		a.ruleID = c[0]
	}
	a.proto, a.src, a.dst = strings.ToLower(c[proto]), c[at], c[at+1]
	if ports := a.proto == "tcp" || a.proto == "udp"; ports && len(c) >= at+4 {
		a.srcPort, a.dstPort = c[at+2], c[at+3]
	}
	if a.proto == "tcp" && len(c) > at+5 && c[at+5] != "S" && c[at+5] != "SEW" && c[at+5] != "SEC" {
		a.category, a.client = "", unsaid
	}
	return d.walled()
}

var (
	asaNumber = regexp.MustCompile(`%(?:ASA|FTD|PIX)-(?:[a-z]+-)?(\d)-(\d{6}): ?(.*)$`)
	asaEnd    = `(?:[A-Za-z][\w.-]*[:/])?([0-9A-Fa-f.:]*[0-9A-Fa-f])(?:[/(](\d+)\)?)?`
	asaEnds   = regexp.MustCompile(`\b(?:from|src|denied \S+|est-allowed \S+) ` + asaEnd + `(?: ?\([^)]*\))? (?:to|dst|->) ` + asaEnd)
	asaProto  = regexp.MustCompile(`(?i)\b(tcp|udp|icmp6?|gre|esp)\b`)
	asaDenied = regexp.MustCompile(`(?i)\b(?:deny|denied|dropp?ed|discarded|IPS:\d+)\b`)
	asaList   = regexp.MustCompile(`(?:access-group "?|access-list )([^"\s]+)`)
	asaFlags  = regexp.MustCompile(`\bflags ([A-Z ]+?)(?: on|$)`)
)

// readASA reads messages of Cisco ASA and FTD by their words, which are the same
// in all that deny something.
func (d *alerts) readASA(line string) error {
	i := strings.IndexByte(line, '%')
	m := asaNumber.FindStringSubmatch(strings.ToValidUTF8(line[i:], "\uFFFD"))
	if m == nil {
		return errWall
	}
	text := m[3]
	if !asaDenied.MatchString(text) {
		return errPassed
	}
	ends := asaEnds.FindStringSubmatch(text)
	if ends == nil {
		return errPassed // about the machine itself, or of one end
	}
	if err := d.wall("asa", line[:i]); err != nil {
		return err
	}
	a := &d.a
	a.rule, a.ruleID, a.action = "ASA "+m[2], m[2], "denied"
	if l := asaList.FindStringSubmatch(text); l != nil {
		a.rule += " " + l[1]
		a.ruleID += " " + l[1]
	}
	n, _ := strconv.Atoi(m[1]) // a digit
	a.severity = syslogLevel(n)
	a.src, a.srcPort, a.dst, a.dstPort = ends[1], ends[2], ends[3], ends[4]
	if p := asaProto.FindStringSubmatch(text); p != nil {
		a.proto = strings.ToLower(p[1])
	}
	if strings.HasPrefix(a.proto, "icmp") {
		a.srcPort, a.dstPort = "", ""
	}
	if f := asaFlags.FindStringSubmatch(text); f != nil && strings.TrimSpace(f[1]) != "SYN" {
		a.category, a.client = "", unsaid
	}
	return d.walled()
}

// syslogLevel reads the severity of syslog: 0 is the worst. Firewalls log every
// packet at 4 or 6.
func syslogLevel(n int) severity {
	switch {
	case n <= 1:
		return severityCritical
	case n == 2:
		return severityHigh
	case n == 3:
		return severityMedium
	case n <= 5:
		return severityLow
	}
	return severityInfo
}

// walled checks that both ends are there.
func (d *alerts) walled() error {
	if d.a.src == "" || d.a.dst == "" {
		return errWall
	}
	if d.a.rule == "" {
		d.a.rule, d.a.ruleID = "packet filter", "packet filter"
	}
	return nil
}
