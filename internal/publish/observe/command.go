package observe

import (
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// busybox is how loaders of the Mirai family ask for an applet that does not
// exist: the answer "TOKEN: applet not found" tells them the shell is real.
const busybox = "/bin/busybox "

// mirai holds the words that branches of Mirai are known to ask for, by
// published analyses of their loaders.
var mirai = map[string]bool{
	"MIRAI": true, "ECCHI": true, "MASUTA": true, "SATORI": true, "SORA": true, "OWARI": true, "JOSHO": true,
	"OBJPRN": true, "CORONA": true, "FBOT": true, "HAJIME": false,
}

// command reads a line the attacker typed.
func command(ev *publish.Event, line string) {
	attr(ev, "command", line)
	if token := loaderToken(line); token != "" {
		attr(ev, "token", token)
		observe(ev, cure.KindFingerprint, "loader-token:"+token, cure.RoleTool)
		tag, confidence := "malware:mirai", uint8(20)
		if mirai[token] {
			confidence = 50
		}
		ev.Annotations = append(ev.Annotations, cure.Annotation{
			Tag:        cure.Observable{Kind: cure.KindTag, Value: tag},
			Confidence: confidence,
			Sentence:   line,
		})
	}
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
