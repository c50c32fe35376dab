package observe

import (
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/ioc"
	"github.com/opencure/cure/internal/publish"
)

// busybox is how loaders of the Mirai family ask for an applet that does not
// exist: the answer "TOKEN: applet not found" tells them the shell is real.
const busybox = "/bin/busybox "

// mirai holds the words that branches of Mirai are known to ask for, by
// published analyses of their loaders.
var mirai = map[string]bool{
	"MIRAI": true, "ECCHI": true, "MASUTA": true, "SATORI": true, "SORA": true, "OWARI": true, "JOSHO": true,
}

// fetchers are the programs by which a command fetches a file.
var fetchers = map[string]bool{
	"wget": true, "curl": true, "tftp": true, "ftpget": true, "ftp": true, "scp": true, "sftp": true, "nc": true,
	"ncat": true, "lwp-download": true, "fetch": true, "aria2c": true,
	"invoke-webrequest": true, "iwr": true, "start-bitstransfer": true, "bitsadmin": true, "certutil": true,
	"downloadfile": true, "downloadstring": true,
}

const (
	maxCommand = 8 << 10 // bytes in which a command is searched for addresses
	maxFound   = 64      // observables of one command
)

// command reads a line the attacker typed. What is named in a command that
// fetches is a loader; an address in another one can be anything.
func command(ev *publish.Event, line string) {
	if line == "" {
		return
	}
	attr(ev, "command", line)
	line = line[:min(len(line), maxCommand)]
	if token := loaderToken(line); token != "" {
		loader(ev, token, line)
	}
	if strings.IndexByte(line, '.') < 0 && strings.IndexByte(line, ':') < 0 {
		return // no address without one
	}
	role := cure.RoleUnknown
	if fetches(line) {
		role = cure.RoleLoader
		line = apart(line)
	}
	found := 0
	for m := range ioc.Find(line) {
		switch m.Kind {
		case cure.KindIP, cure.KindDomain, cure.KindURL:
			ev.Observations = append(ev.Observations, cure.Observation{Observable: m.Observable, Role: role})
			found++
		case cure.KindHash, cure.KindEmail, cure.KindCVE:
			ev.Observations = append(ev.Observations, cure.Observation{Observable: m.Observable})
			found++
		}
		if found == maxFound {
			return
		}
	}
}

// apart puts spaces where a shell ends a word: "wget http://a/x;sh x" names
// http://a/x.
func apart(line string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(";|`()<>", r) {
			return ' '
		}
		return r
	}, line)
}

// fetches reports whether a word of the line is a program that fetches.
func fetches(line string) bool {
	word := func(r rune) bool {
		return strings.ContainsRune(" \t\r\n;|&`()$'\"<>=/", r)
	}
	for w := range strings.FieldsFuncSeq(line, word) {
		if w = strings.TrimSuffix(strings.ToLower(strings.TrimLeft(w, ".")), ".exe"); fetchers[w] {
			return true
		}
	}
	return strings.Contains(line, "/dev/tcp/")
}

// loader notes the made-up applet by which a branch of Mirai is told from
// another. A word of that form alone is weak evidence.
func loader(ev *publish.Event, token, line string) {
	observe(ev, cure.KindFingerprint, "loader-token:"+token, cure.RoleTool)
	confidence := uint8(20)
	if mirai[token] {
		confidence = 50
	}
	ev.Annotations = append(ev.Annotations, cure.Annotation{
		Tag:        cure.Observable{Kind: cure.KindTag, Value: "malware:mirai"},
		Confidence: confidence,
		Sentence:   line,
	})
}

// loaderToken returns the made-up applet of a busybox call: one word of
// capitals, which no real applet is.
func loaderToken(line string) string {
	for rest := line; ; {
		i := strings.Index(rest, busybox)
		if i < 0 {
			return ""
		}
		rest = rest[i+len(busybox):]
		end := 0
		for end < len(rest) && (rest[end] >= 'A' && rest[end] <= 'Z' || end > 0 && rest[end] >= '0' && rest[end] <= '9') {
			end++
		}
		if end >= 3 && end <= 16 && (end == len(rest) || strings.IndexByte(" ;\n\r|&'\"", rest[end]) >= 0) {
			return rest[:end]
		}
	}
}
