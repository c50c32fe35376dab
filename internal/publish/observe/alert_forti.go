package observe

import (
	"cmp"
	"strings"
	"time"
)

// fortiTypes are the logs of security of FortiGate that are alerts whatever was
// done; of others only what was blocked is one.
var fortiTypes = map[string]bool{"ips": true, "virus": true, "anomaly": true, "waf": true}

// readFortiGate reads key=value lines of FortiOS 5.6 to 7.6: what a policy
// denied, and what the security profiles found.
func (d *alerts) readFortiGate(line string) error {
	x := logfmt(line)
	d.keys = x
	d.a = alert{product: "fortigate", sensor: x["devname"], client: source}
	a := &d.a
	a.action = x["action"]
	stopped := a.action == "deny" || strings.HasPrefix(a.action, "block") || strings.HasPrefix(a.action, "drop") || strings.HasPrefix(a.action, "reset")
	switch {
	case x["type"] == "traffic" && stopped:
		a.rule, a.ruleID, a.category = "policy "+x["policyid"], "policy "+x["policyid"], blocked
	case (x["type"] == "utm" || x["type"] == "anomaly") && (fortiTypes[x["subtype"]] || stopped):
		a.rule, a.ruleID = cmp.Or(x["attack"], x["virus"], x["catdesc"], x["msg"], x["subtype"]), cmp.Or(x["attackid"], x["virusid"], x["cat"], x["logid"])
		a.category = fortiCategory(x["subtype"])
	default:
		return errPassed
	}
	a.time = fortiTime(x)
	a.severity = severityNamed(cmp.Or(x["severity"], x["crlevel"], x["level"]))
	a.src, a.dst, a.srcPort, a.dstPort = x["srcip"], x["dstip"], x["srcport"], x["dstport"]
	a.proto = fortiProto[x["proto"]]
	a.app = strings.ToLower(x["service"])
	if u := x["url"]; u != "" {
		a.urls = []string{u}
	}
	for _, name := range []string{x["hostname"], x["qname"]} {
		if name != "" {
			a.hosts = append(a.hosts, name)
		}
	}
	if h := x["analyticscksum"]; h != "" {
		a.hashes = []string{h}
	}
	if c := x["cve"]; c != "" {
		a.cves = []string{c}
	}
	x["suser"], x["duser"] = cmp.Or(x["user"], x["unauthuser"]), x["dstuser"]
	if a.src == "" && a.dst == "" {
		return errWall
	}
	return nil
}

var fortiProto = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmp6"}

func fortiCategory(subtype string) string {
	switch subtype {
	case "ips", "waf":
		return "intrusion"
	case "virus":
		return "virus"
	case "anomaly":
		return "denial of service"
	}
	return subtype
}

// fortiTime returns the time of an event: with the zone where the line has one.
func fortiTime(x map[string]string) string {
	if x["date"] != "" && x["time"] != "" {
		return x["date"] + "T" + x["time"] + x["tz"]
	}
	if n := x["eventtime"]; len(n) >= 10 { // seconds, or since 6.2 nanoseconds
		if t, err := anyTime(n[:10], nil); err == nil {
			return t.Format(time.RFC3339)
		}
	}
	return ""
}

// logfmt reads key=value and key="value" between blanks.
func logfmt(s string) map[string]string {
	x := map[string]string{}
	for s != "" && len(x) < maxFields {
		i := strings.IndexByte(s, '=')
		if i < 0 {
			break
		}
		key := s[strings.LastIndexAny(s[:i], " \t")+1 : i]
		s = s[i+1:]
		var v string
		if rest, ok := strings.CutPrefix(s, `"`); ok {
			end := 0
			for end < len(rest) && rest[end] != '"' {
				if rest[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end, len(rest))
			v, s = unescaper.Replace(rest[:end]), rest[min(end+1, len(rest)):]
		} else if v, s, ok = strings.Cut(s, " "); !ok {
			s = ""
		}
		if x[key] == "" {
			x[key] = strings.ToValidUTF8(v, "\uFFFD")
		}
	}
	return x
}
