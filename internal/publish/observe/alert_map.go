package observe

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// fields are the texts of a JSON object by path, "source.ip" whether it is
// written nested or with a dot; of a list all.
type fields map[string][]string

// Limits of fields; what is beyond is left out.
const (
	maxFields     = 1024
	maxFieldText  = 4 << 10
	maxFieldDepth = 12
)

// flatten reads an object.
func (s *scrubber) flatten(raw []byte) (fields, error) {
	s.in = *bytes.NewBuffer(raw)
	s.dec.Reset(&s.in, lenient...)
	f, path := fields{}, make([]string, 0, maxFieldDepth)
	for {
		depth := s.dec.StackDepth()
		path = path[:min(len(path), depth)]
		tok, err := s.dec.ReadToken()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return nil, errBroken
		}
		kind, n := s.dec.StackIndex(s.dec.StackDepth())
		isName := tok.Kind() == '"' && kind == '{' && n%2 == 1
		for len(path) < s.dec.StackDepth() {
			path = append(path, "")
		}
		switch {
		case isName:
			path[s.dec.StackDepth()-1] = tok.String()
		case tok.Kind() == '"' || tok.Kind() == '0' || tok.Kind() == 't' || tok.Kind() == 'f':
			if s.dec.StackDepth() > maxFieldDepth || len(f) >= maxFields {
				continue
			}
			v := strings.ToValidUTF8(tok.String(), "\uFFFD")
			key := joined(path)
			if len(v) <= maxFieldText && len(f[key]) < maxSeveral && v != "" {
				f[key] = append(f[key], v)
			}
		}
	}
}

// joined makes the path of names, lists left out.
func joined(path []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(path), func(s string) bool { return s == "" }), ".")
}

// first returns the first text of the first path that has one.
func (f fields) first(paths string) string {
	for p := range strings.FieldsSeq(paths) {
		if v := f[p]; len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// all returns the texts of all paths.
func (f fields) all(paths string) (list []string) {
	for p := range strings.FieldsSeq(paths) {
		list = append(list, f[p]...)
	}
	return list
}

// mapping says where a product writes what: paths between blanks, the first
// that is there counts. A new product is a row of [mappings].
type mapping struct {
	product string
	marks   string // paths that must all be there

	time, sensor, host                             string
	rule, ruleID, category, severity, action       string
	src, srcPort, dst, dstPort, proto, app         string
	urls, names, hashes, senders, rcpts, cve, tech string

	level func(string) severity
	fix   func(f fields, a *alert) // what a path cannot say
}

// mappings are tried in order; the last takes any alert with usual names.
var mappings = []mapping{
	{
		product: "zeek", marks: "note ts",
		time: "ts", sensor: "peer_descr", rule: "note", ruleID: "note", severity: "",
		src: "id.orig_h src", srcPort: "id.orig_p", dst: "id.resp_h dst", dstPort: "id.resp_p p", proto: "proto",
		fix: fixZeek,
	},
	{
		product: "snort", marks: "msg rule seconds",
		time: "seconds", rule: "msg", ruleID: "rule", category: "class", severity: "priority", action: "action",
		src: "src_addr", srcPort: "src_port", dst: "dst_addr", dstPort: "dst_port", proto: "proto", app: "service",
		level: priority, fix: fixSnort,
	},
	{
		product: "wazuh", marks: "rule.id rule.level agent.id",
		time: "timestamp", sensor: "manager.name", host: "agent.ip agent.name",
		rule: "rule.description", ruleID: "rule.id", category: "rule.groups", severity: "rule.level", action: "data.action",
		src: "data.srcip data.src_ip data.win.eventdata.ipAddress", srcPort: "data.srcport data.src_port",
		dst: "data.dstip data.dest_ip", dstPort: "data.dstport data.dest_port", proto: "data.protocol data.proto",
		urls: "data.url", names: "data.hostname", tech: "rule.mitre.id", cve: "data.vulnerability.cve",
		hashes: "syscheck.sha256_after syscheck.sha1_after syscheck.md5_after",
		level:  wazuhLevel, fix: fixWazuh,
	},
	{
		product: "elastic", marks: "@timestamp event.kind",
		time: "@timestamp", sensor: "observer.name observer.hostname", host: "host.name host.hostname",
		rule: "kibana.alert.rule.name rule.name signal.rule.name event.action message", ruleID: "kibana.alert.rule.uuid rule.id signal.rule.id event.code",
		category: "rule.category event.category", severity: "kibana.alert.severity log.level event.severity", action: "event.action",
		src: "source.ip client.ip", srcPort: "source.port client.port", dst: "destination.ip server.ip", dstPort: "destination.port server.port",
		proto: "network.transport", app: "network.protocol",
		urls: "url.full url.original", names: "destination.domain url.domain dns.question.name tls.client.server_name",
		hashes:  "file.hash.sha256 file.hash.sha1 file.hash.md5 process.hash.sha256 process.hash.md5",
		senders: "email.from.address", rcpts: "email.to.address", tech: "threat.technique.subtechnique.id threat.technique.id", cve: "vulnerability.id",
		level: elasticLevel, fix: fixElastic,
	},
	{
		product: "json",
		time:    "timestamp @timestamp time eventTime event_time date ts", sensor: "sensor device device_name dvchost observer",
		rule: "signature rule rule_name alert_name event_name alert title msg message", ruleID: "signature_id rule_id sid event_id alert_id",
		category: "category classification class type", severity: "severity priority level risk", action: "action act",
		src: "src_ip srcip source_ip sourceAddress src saddr client_ip attacker_ip", srcPort: "src_port srcport source_port spt sport",
		dst: "dest_ip dst_ip dstip destination_ip destinationAddress dst daddr server_ip target_ip", dstPort: "dest_port dst_port dstport destination_port dpt dport",
		proto: "proto protocol transport", app: "app_proto service app",
		urls: "url request_url", names: "hostname domain host_header sni dns_query", hashes: "sha256 sha1 md5 file_hash hash",
		cve: "cve", tech: "mitre_technique_id technique_id technique",
		level: anyLevel,
	},
}

// readMapped reads JSON of the other products; false when it is no alert.
func (d *alerts) readMapped(raw []byte) (bool, error) {
	f, err := d.scrub.flatten(raw)
	if err != nil {
		return false, err
	}
	for i := range mappings {
		m := &mappings[i]
		marked := true
		for p := range strings.FieldsSeq(m.marks) {
			marked = marked && len(f[p]) > 0
		}
		if !marked {
			continue
		}
		if m.product == "elastic" && f.first("event.kind") != "alert" && f.first("event.kind") != "signal" {
			return false, nil // an event of another kind
		}
		m.fill(f, &d.a)
		if d.a.rule == "" && d.a.ruleID == "" {
			return false, errNoRule
		}
		if m.marks == "" && d.a.src == "" && d.a.dst == "" {
			return false, errNoAlert
		}
		return true, nil
	}
	return false, errNoAlert
}

func (m *mapping) fill(f fields, a *alert) {
	*a = alert{
		product: m.product, time: isoTime(f.first(m.time)), sensor: f.first(m.sensor), hostName: f.first(m.host),
		rule: f.first(m.rule), ruleID: f.first(m.ruleID), category: strings.Join(f.all(m.category), ", "),
		action: f.first(m.action), proto: strings.ToLower(f.first(m.proto)), app: strings.ToLower(f.first(m.app)),
		src: f.first(m.src), srcPort: f.first(m.srcPort), dst: f.first(m.dst), dstPort: f.first(m.dstPort),
		urls: f.all(m.urls), hosts: f.all(m.names), hashes: f.all(m.hashes), senders: f.all(m.senders), rcpts: f.all(m.rcpts), cves: f.all(m.cve),
	}
	if a.ruleID == "" {
		a.ruleID = a.rule
	}
	if m.level != nil {
		a.severity = m.level(f.first(m.severity))
	}
	for _, t := range f.all(m.tech) {
		a.tags = append(a.tags, "attack:"+t)
	}
	if m.fix != nil {
		m.fix(f, a)
	}
}

// isoTime turns seconds or milliseconds since 1970 into ISO 8601.
func isoTime(s string) string {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n <= 0 || n > 1e14 {
		return s
	}
	if n > 1e11 {
		n /= 1000
	}
	return time.UnixMicro(int64(n * 1e6)).UTC().Format(time.RFC3339Nano)
}

func priority(s string) severity { return severityPriority(number(loose(s))) }

// scale reads a number on a scale on which each bound begins a severity.
func scale(s string, low, medium, high, critical float64) severity {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	switch {
	case err != nil:
		return severityNamed(s)
	case n >= critical:
		return severityCritical
	case n >= high:
		return severityHigh
	case n >= medium:
		return severityMedium
	case n >= low:
		return severityLow
	}
	return severityInfo
}

func wazuhLevel(s string) severity   { return scale(s, 4, 7, 12, 15) }
func elasticLevel(s string) severity { return scale(s, 1, 25, 50, 75) } // as risk scores; words else
func tenLevel(s string) severity     { return scale(s, 1, 4, 7, 9) }
func anyLevel(s string) severity     { return severityNamed(s) } // whether 1 is much or little nobody knows

// zeekClasses sorts notices by module and name.
var zeekClasses = []struct{ prefix, category string }{
	{"Scan::", "network-scan"},
	{"SSH::Password_Guessing", "attempted-user"},
	{"FTP::Bruteforcing", "attempted-user"},
	{"HTTP::SQL_Injection", "web-application-attack"},
	{"Heartbleed::", "attempted-admin"},
	{"TeamCymruMalwareHashRegistry::", "exploit-kit"},
	{"Traceroute::", "attempted-recon"},
	{"Signatures::", "attempted-user"},
}

func fixZeek(f fields, a *alert) {
	for _, c := range zeekClasses {
		if strings.HasPrefix(a.rule, c.prefix) {
			a.category = c.category
		}
	}
	a.client = source // orig began it
	for _, name := range []string{"msg", "sub"} {
		if v := f.first(name); v != "" {
			a.more = append(a.more, cure.Attr{Name: name, Value: v})
		}
	}
}

func fixSnort(f fields, a *alert) {
	if id := strings.Split(a.ruleID, ":"); len(id) == 3 { // the revision changes nothing
		a.ruleID = id[0] + ":" + id[1]
	}
	if f.first("dir") == "S2C" {
		a.client = destination
	}
}

func fixWazuh(f fields, a *alert) {
	groups := f.all("rule.groups")
	for group, category := range map[string]string{
		"recon": "network-scan", "authentication_failures": "attempted-user", "authentication_failed": "attempted-user",
		"web_scan": "network-scan", "exploit_attempt": "attempted-admin", "sql_injection": "web-application-attack", "attack": "attempted-user",
	} {
		if slices.Contains(groups, group) && (categories[a.category] == classOther || categories[category] == classAttack) {
			a.category = category
		}
	}
	// What the agent sees comes to its host.
	if ip := f.first("agent.ip"); a.dst == "" && ip != "" && ip != "any" {
		a.dst = ip
	}
	a.hostName = f.first("agent.name")
	a.client = source
}

func fixElastic(f fields, a *alert) {
	if ips := f["host.ip"]; len(ips) > 0 && a.src == "" && a.dst == "" {
		a.src = ips[0]
	}
	switch f.first("network.direction") {
	case "inbound", "ingress", "outbound", "egress":
		a.client = source // source is who began it
	}
}
