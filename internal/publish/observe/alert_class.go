package observe

import (
	"strings"

	"github.com/opencure/cure"
)

// severity is how bad a product thinks an alert is, made comparable: of the
// scales of the products the ends meet, and what has no scale is unsaid.
type severity uint8

const (
	severityUnsaid severity = iota
	severityInfo
	severityLow
	severityMedium
	severityHigh
	severityCritical
)

var severityNames = []string{"", "info", "low", "medium", "high", "critical"}

// String returns the name, "" for unsaid.
func (s severity) String() string { return severityNames[s] }

// severityNamed reads the words that products use.
func severityNamed(word string) severity {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "critical", "fatal", "emergency", "very-high", "severe":
		return severityCritical
	case "high", "major", "error", "alert":
		return severityHigh
	case "medium", "moderate", "minor", "warning", "warn":
		return severityMedium
	case "low", "notice":
		return severityLow
	case "info", "informational", "information", "audit", "none", "debug", "unknown":
		return severityInfo
	}
	return severityUnsaid
}

// severityPriority reads the priorities of Suricata and Snort: 1 is the worst.
func severityPriority(n int) severity {
	switch n {
	case 1:
		return severityHigh
	case 2:
		return severityMedium
	case 3:
		return severityLow
	}
	return severityInfo
}

// class is the sort of a rule: all that the role of the remote side needs.
type class uint8

const (
	classOther class = iota
	classScan
	classListed // the remote is on a list
	classAttack
	classFlood
	classBlocked // a firewall did not let it through
	classMalware // traffic of malware with its servers
	classDownload
)

// contacting is the role of a remote that comes to an own host.
func (c class) contacting() cure.Role {
	switch c {
	case classScan, classListed, classBlocked, classMalware: // someone looks for an infected host
		return cure.RoleScanner
	case classAttack, classFlood:
		return cure.RoleInfected
	}
	return cure.RoleUnknown
}

// contacted is the role of a remote that an own host goes to.
func (c class) contacted() cure.Role {
	switch c {
	case classScan:
		return cure.RoleTarget
	case classAttack, classFlood:
		return cure.RoleVictim
	case classMalware:
		return cure.RoleC2
	case classDownload:
		return cure.RoleLoader
	}
	return cure.RoleUnknown
}

// ruleGroups are the groups that names of rules begin with ("ET SCAN …"),
// after the set they are of. They say more than the category.
var ruleGroups = map[string]class{
	"SCAN": classScan,
	"DROP": classListed, "CINS": classListed, "COMPROMISED": classListed, "DSHIELD": classListed, "TOR": classListed,
	"EXPLOIT": classAttack, "WEB_SERVER": classAttack, "WEB_SPECIFIC_APPS": classAttack, "SHELLCODE": classAttack,
	"SQL": classAttack, "VOIP": classAttack, "SCADA": classAttack, "WORM": classAttack,
	"DOS":    classFlood,
	"TROJAN": classMalware, "MALWARE": classMalware, "CNC": classMalware, "BOTCC": classMalware,
	"MOBILE_MALWARE": classMalware, "COINMINER": classMalware, "RETIRED": classOther,
	"EXPLOIT_KIT": classDownload, "CURRENT_EVENTS": classDownload, "PHISHING": classDownload,
	"POLICY": classOther, "INFO": classOther, "CHAT": classOther, "GAMES": classOther, "P2P": classOther,
	"HUNTING": classOther, "USER_AGENTS": classOther, "ICMP_INFO": classOther, "DNS": classOther, "NETBIOS": classOther,
}

// ruleSets are the sets of rules that name their groups.
var ruleSets = map[string]bool{"ET": true, "ETPRO": true, "GPL": true}

// categories are the classes of Suricata's and Snort's classification.config,
// by description and by short name, in lower case.
var categories = map[string]class{
	"detection of a network scan": classScan, "network-scan": classScan,
	"attempted information leak": classScan, "attempted-recon": classScan,
	"information leak": classAttack, "successful-recon-limited": classAttack,
	"large scale information leak": classAttack, "successful-recon-largescale": classAttack,
	"attempted user privilege gain": classAttack, "attempted-user": classAttack,
	"unsuccessful user privilege gain": classAttack, "unsuccessful-user": classAttack,
	"successful user privilege gain": classAttack, "successful-user": classAttack,
	"attempted administrator privilege gain": classAttack, "attempted-admin": classAttack,
	"successful administrator privilege gain": classAttack, "successful-admin": classAttack,
	"web application attack": classAttack, "web-application-attack": classAttack,
	"executable code was detected": classAttack, "shellcode-detect": classAttack,
	"attempt to login by a default username and password": classAttack, "default-login-attempt": classAttack,
	"attempted denial of service": classFlood, "attempted-dos": classFlood,
	"denial of service": classFlood, "successful-dos": classFlood,
	"detection of a denial of service attack": classFlood, "denial-of-service": classFlood,
	blocked: classBlocked, "intrusion": classAttack, "virus": classDownload,
	"a network trojan was detected": classMalware, "trojan-activity": classMalware,
	"malware command and control activity detected": classMalware, "command-and-control": classMalware,
	"domain observed used for c2 detected": classMalware, "domain-c2": classMalware,
	"targeted malicious activity was detected": classMalware, "targeted-activity": classMalware,
	"crypto currency mining activity detected": classMalware, "coin-mining": classMalware,
	"exploit kit activity detected": classDownload, "exploit-kit": classDownload,
	"possible social engineering attempted": classDownload, "social-engineering": classDownload,
	"successful credential theft detected": classDownload, "credential-theft": classDownload,
}

// classOf sorts a rule by its name, else by its category.
func classOf(rule, category string) class {
	set, rest, _ := strings.Cut(rule, " ")
	if group, _, _ := strings.Cut(rest, " "); ruleSets[set] {
		if c, ok := ruleGroups[group]; ok {
			return c
		}
	}
	if c, ok := categories[strings.ToLower(category)]; ok {
		return c
	}
	text := strings.ToLower(rule + " " + category)
	for _, k := range keywords {
		if strings.Contains(text, k.word) {
			return k.class
		}
	}
	return classOther
}

// keywords sort the rules of products that have neither, the first that fits.
var keywords = []struct {
	word string
	class
}{
	{"exploit kit", classDownload},
	{"drive-by", classDownload},
	{"phishing", classDownload},
	{"malicious url", classDownload},
	{"command and control", classMalware},
	{"command-and-control", classMalware},
	{"botnet", classMalware},
	{"cnc", classMalware},
	{"beacon", classMalware},
	{"trojan", classMalware},
	{"backdoor", classMalware},
	{"port scan", classScan},
	{"portscan", classScan},
	{"port sweep", classScan},
	{"reconnaissance", classScan},
	{"host sweep", classScan},
	{"denial of service", classFlood},
	{"ddos", classFlood},
	{"flood", classFlood},
	{"brute force", classAttack},
	{"bruteforce", classAttack},
	{"injection", classAttack},
	{"overflow", classAttack},
	{"exploit", classAttack},
	{"shellcode", classAttack},
	{"traversal", classAttack},
	{"code execution", classAttack},
	{"worm", classAttack},
}
