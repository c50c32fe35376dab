package observe

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
)

var (
	errCEF    = errors.New("broken CEF header")
	errLEEF   = errors.New("broken LEEF header")
	errSnort  = errors.New("broken Snort alert line")
	errNoYear = errors.New("time without a year: start Snort with -y, or send RFC 5424")
)

// readLine reads what is no JSON: CEF and LEEF, behind a syslog header or
// without one, Snort's fast alerts, and lines of firewalls.
func (d *alerts) readLine(line string) error {
	if i := strings.Index(line, "CEF:"); i >= 0 {
		return d.readCEF(line[:i], line[i+4:])
	}
	if i := strings.Index(line, "LEEF:"); i >= 0 {
		return d.readLEEF(line[:i], line[i+5:])
	}
	if strings.Contains(line, "[**]") {
		return d.readFast(line)
	}
	return d.readWall(line)
}

// syslog reads the header before a message: RFC 5424, or the older form, whose
// time has no year and is of no use.
func syslog(header string) (at, host string) {
	if strings.HasPrefix(header, "<") {
		_, header, _ = strings.Cut(header, ">")
	}
	w := strings.Fields(header)
	if len(w) >= 3 && w[0] == "1" {
		return w[1], w[2]
	}
	if len(w) >= 2 && len(w[0]) > 10 && strings.Contains(w[0], "T") { // ISO time, host
		return w[0], w[1]
	}
	if len(w) >= 4 { // Nov 20 10:12:03 host
		return "", w[3]
	}
	return "", ""
}

// cutEscaped cuts at the first separator without a backslash before it.
func cutEscaped(s string, sep byte) (before, after string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			return cefText(s[:i]), s[i+1:], true
		}
	}
	return cefText(s), "", false
}

var unescaper = strings.NewReplacer(`\\`, `\`, `\|`, `|`, `\=`, `=`, `\n`, "\n", `\r`, "")

func cefText(s string) string { return strings.ToValidUTF8(unescaper.Replace(s), "\uFFFD") }

// readCEF reads ArcSight's Common Event Format, versions 0 and 1.
func (d *alerts) readCEF(header, rest string) error {
	var head [7]string
	for i := range head {
		var ok bool
		if head[i], rest, ok = cutEscaped(rest, '|'); !ok {
			return errCEF
		}
	}
	x := cefExtension(rest)
	d.fillLine("cef", header, x, lineKeys{
		time: "rt start end", sensor: "dvchost deviceHostName dvc", src: "src sourceAddress c6a2", srcPort: "spt sourcePort",
		dst: "dst destinationAddress c6a3", dstPort: "dpt destinationPort", proto: "proto transportProtocol", app: "app",
		action: "act deviceAction", category: "cat", url: "request requestUrl", host: "dhost", hash: "fileHash sha256 md5",
		sender: "suser", rcpt: "duser",
	})
	a := &d.a
	a.rule, a.ruleID, a.severity = head[5], head[1]+" "+head[2]+" "+head[4], tenLevel(head[6])
	a.more = append(a.more, cure.Attr{Name: "device", Value: strings.TrimSpace(head[1] + " " + head[2])})
	return nil
}

// cefExtension reads "key=value key=value"; a value goes up to the next key.
func cefExtension(s string) map[string]string {
	x := map[string]string{}
	key, from := "", 0
	for i := 0; i < len(s) && len(x) < maxFields; i++ {
		switch s[i] {
		case '\\':
			i++
		case '=':
			start := strings.LastIndexByte(s[from:i], ' ') + 1 + from
			if key != "" {
				x[key] = cefText(strings.TrimSpace(s[from:max(from, start)]))
			}
			key, from = strings.TrimSpace(s[start:i]), i+1
		}
	}
	if key != "" && from <= len(s) {
		x[key] = cefText(strings.TrimSpace(s[from:]))
	}
	return x
}

// readLEEF reads IBM's Log Event Extended Format, versions 1.0 and 2.0.
func (d *alerts) readLEEF(header, rest string) error {
	var head [5]string
	for i := range head {
		var ok bool
		if head[i], rest, ok = cutEscaped(rest, '|'); !ok {
			return errLEEF
		}
	}
	sep := "\t"
	if strings.HasPrefix(head[0], "2") {
		var delim string
		if delim, rest, _ = strings.Cut(rest, "|"); delim != "" {
			sep = leefDelimiter(delim)
		}
	}
	x := map[string]string{}
	for pair := range strings.SplitSeq(rest, sep) {
		if k, v, ok := strings.Cut(pair, "="); ok && len(x) < maxFields {
			x[strings.TrimSpace(k)] = strings.ToValidUTF8(strings.TrimSpace(v), "\uFFFD")
		}
	}
	d.fillLine("leef", header, x, lineKeys{
		time: "devTime", sensor: "identHostName", src: "src", srcPort: "srcPort", dst: "dst", dstPort: "dstPort", proto: "proto",
		app: "application", action: "action", category: "cat", url: "url", host: "dstHostName", hash: "sha256 md5 fileHash",
	})
	a := &d.a
	a.rule, a.ruleID, a.severity = head[4], head[1]+" "+head[2]+" "+head[4], tenLevel(x["sev"])
	if name := x["policy"]; name != "" {
		a.rule = name
	}
	a.more = append(a.more, cure.Attr{Name: "device", Value: strings.TrimSpace(head[1] + " " + head[2])})
	return nil
}

// leefDelimiter reads a character, or its number as in x09 or 0x09.
func leefDelimiter(s string) string {
	hex, ok := strings.CutPrefix(strings.TrimPrefix(s, "0"), "x")
	if n, err := strconv.ParseUint(hex, 16, 7); ok && err == nil && n > 0 {
		return string(rune(n))
	}
	return s
}

// lineKeys says under which keys a format writes what.
type lineKeys struct {
	time, sensor, src, srcPort, dst, dstPort, proto, app, action, category, url, host, hash, sender, rcpt string
}

func (d *alerts) fillLine(product, header string, x map[string]string, k lineKeys) {
	first := func(keys string) string {
		for key := range strings.FieldsSeq(keys) {
			if v := x[key]; v != "" {
				return v
			}
		}
		return ""
	}
	list := func(keys string) []string {
		if v := first(keys); v != "" {
			return []string{v}
		}
		return nil
	}
	at, host := syslog(header)
	if t := lineTime(first(k.time), d.zone); t != "" {
		at = t
	}
	d.a = alert{
		product: product, time: at, sensor: host, src: first(k.src), srcPort: first(k.srcPort), dst: first(k.dst), dstPort: first(k.dstPort),
		proto: strings.ToLower(first(k.proto)), app: strings.ToLower(first(k.app)), action: first(k.action), category: first(k.category),
		urls: list(k.url), hosts: list(k.host), hashes: list(k.hash), senders: list(k.sender), rcpts: list(k.rcpt),
	}
	if v := first(k.sensor); v != "" {
		d.a.sensor = v
	}
	d.keys = x
}

// lineTime reads the times of CEF and LEEF: milliseconds since 1970, ISO 8601,
// or "Nov 20 2026 10:12:03" with and without fraction and zone.
func lineTime(s string, zone *time.Location) string {
	if s == "" {
		return ""
	}
	if iso := isoTime(s); iso != s {
		return iso
	}
	const layout = "Jan 2 2006 15:04:05.999"
	if t, err := time.Parse(layout, s); err == nil {
		return t.Format(withoutZone)
	}
	if t, err := time.ParseInLocation(layout+" MST", s, orUTC(zone)); err == nil && knownZone(t) {
		return t.UTC().Format(time.RFC3339Nano)
	}
	if len(s) > 18 && s[4] == '-' {
		return s
	}
	return ""
}

// readFast reads a line of Snort's alert_fast:
//
//	26/11/20-10:12:03.221126 [**] [1:2000:3] Message [**] [Classification: C] [Priority: 1] {TCP} a:1 -> b:2
func (d *alerts) readFast(line string) error {
	stamp, rest, _ := strings.Cut(line, "[**]")
	id, rest, ok := strings.Cut(strings.TrimSpace(rest), "]")
	message, rest, ok2 := strings.Cut(rest, "[**]")
	proto, ends, ok3 := strings.Cut(rest[strings.IndexByte(rest, '{')+1:], "}")
	from, to, ok4 := strings.Cut(ends, "->")
	if !ok || !ok2 || !ok3 || !ok4 {
		return errSnort
	}
	fast := strings.Fields(stamp)
	if len(fast) == 0 {
		return errSnort
	}
	at, err := fastTime(fast[len(fast)-1])
	if err != nil {
		return errNoYear
	}
	rule := strings.Split(strings.Trim(id, "[ "), ":")
	if len(rule) < 2 {
		return errSnort
	}
	a := &d.a
	*a = alert{
		product: "snort", time: at.Format(withoutZone), rule: strings.ToValidUTF8(strings.Trim(strings.TrimSpace(message), `"`), "\uFFFD"),
		ruleID: strings.ToValidUTF8(rule[0]+":"+rule[1], "\uFFFD"), proto: strings.ToLower(strings.ToValidUTF8(proto, "")),
	}
	ports := a.proto == "tcp" || a.proto == "udp"
	a.src, a.srcPort = endOf(from, ports)
	a.dst, a.dstPort = endOf(to, ports)
	for part := range strings.SplitSeq(rest, "[") {
		part, _, _ = strings.Cut(part, "]")
		if c, ok := strings.CutPrefix(part, "Classification: "); ok {
			a.category = strings.ToValidUTF8(c, "\uFFFD")
		}
		if p, ok := strings.CutPrefix(part, "Priority: "); ok {
			a.severity = priority(p)
		}
	}
	return nil
}

// fastTime reads a time of alert_fast: Snort 2 writes month, day, year, Snort 3
// year, month, day. No year since 2013 can be a month, so that is no guess.
func fastTime(s string) (time.Time, error) {
	if t, err := time.Parse("01/02/06-15:04:05.999999", s); err == nil {
		return t, nil
	}
	return time.Parse("06/01/02-15:04:05.999999", s)
}

// withoutZone is how a time is written whose zone is that of the source.
const withoutZone = "2006-01-02T15:04:05.999999999"

// knownZone reports whether the abbreviation of a time says how far from UTC it
// is: package time takes one that the zone of the source does not use for UTC.
func knownZone(t time.Time) bool {
	name, east := t.Zone()
	return east != 0 || name == "UTC" || name == "GMT" || name == "Z"
}

func orUTC(l *time.Location) *time.Location {
	if l == nil {
		return time.UTC
	}
	return l
}

// endOf splits "198.51.100.7:80" and "2001:db8::7:80"; where the protocol has
// no ports it is an address.
func endOf(s string, ports bool) (ip, port string) {
	s = strings.TrimSpace(s)
	if !ports {
		return s, ""
	}
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		return strings.Trim(s[:i], "[]"), s[i+1:]
	}
	return s, ""
}
