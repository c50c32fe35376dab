package scenario

import (
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// Alerts is the intrusion detection system of Hinata Electric.
const Alerts cure.Source = "alerts/hinata"

// What the alerts of the campaigns name beside the cast.
const (
	C2SecondName = "c2b.kagerou.example"
	DownloadName = "dl.sazanami.example"
	DownloadIP   = "192.0.2.131"
)

// eveAlert is one line of Suricata's EVE log.
type eveAlert struct {
	Timestamp string       `json:"timestamp"`
	FlowID    int64        `json:"flow_id"`
	EventType string       `json:"event_type"`
	Host      string       `json:"host"`
	SrcIP     string       `json:"src_ip"`
	SrcPort   int          `json:"src_port"`
	DestIP    string       `json:"dest_ip"`
	DestPort  int          `json:"dest_port"`
	Proto     string       `json:"proto"`
	AppProto  string       `json:"app_proto,omitempty"`
	Direction string       `json:"direction"`
	Alert     eveSignature `json:"alert"`
	HTTP      *eveHTTP     `json:"http,omitempty"`
	Files     []eveFile    `json:"files,omitempty"`
	Synthetic string       `json:"note"` // not part of the format; readers skip it
}

type eveSignature struct {
	Action    string `json:"action"`
	GID       int    `json:"gid"`
	ID        int    `json:"signature_id"`
	Rev       int    `json:"rev"`
	Signature string `json:"signature"`
	Category  string `json:"category"`
	Severity  int    `json:"severity"`
}

type eveHTTP struct {
	Hostname string `json:"hostname"`
	URL      string `json:"url"`
	Method   string `json:"http_method"`
	Status   int    `json:"status"`
}

type eveFile struct {
	Filename string `json:"filename"`
	SHA256   string `json:"sha256"`
}

const eveLayout = "2006-01-02T15:04:05.000000-0700"

// The rules that speak.
var (
	ruleC2    = eveSignature{"allowed", 1, 9010001, 1, "ET MALWARE Unknown bot talks to its server", "Malware Command and Control Activity Detected", 1}
	ruleFile  = eveSignature{"allowed", 1, 9010002, 1, "ET EXPLOIT_KIT Document with macro from a new domain", "Exploit Kit Activity Detected", 2}
	ruleScans = []eveSignature{
		{"allowed", 1, 9010010, 3, "ET SCAN Potential SSH Scan", "Attempted Information Leak", 2},
		{"allowed", 1, 9010011, 3, "ET SCAN Suspicious inbound to port 1433", "Potentially Bad Traffic", 2},
		{"blocked", 1, 9010012, 3, "ET EXPLOIT Attempt on a web camera", "Attempted Administrator Privilege Gain", 1},
	}
)

// alerts tells what the own detection system raised: since 10:12 the camera
// talks to C2-2, in seven minutes; three days before, the office PC fetched S1;
// and every twenty minutes noise knocks at own hosts. C2-2 stands in no feed.
func alerts(t *teller) {
	log := t.journal(Alerts)
	for minute := range 7 {
		for n := range 3 + t.rand.IntN(6) {
			when := t.time(cameraTalks).Truncate(time.Minute).Add(time.Duration(minute)*time.Minute + time.Duration(n)*6*time.Second + t.seconds(5))
			a := t.eve(log, Camera, C2Second, 8080, ruleC2)
			a.AppProto = "http"
			a.HTTP = &eveHTTP{Hostname: C2SecondName + ":8080", URL: "/k", Method: "POST", Status: 200}
			log.alert(when, a)
		}
	}
	t.saw(Alerts, cure.KindDomain, C2SecondName)
	t.saw(Alerts, cure.KindURL, "http://"+C2SecondName+":8080/k")
	a := t.eve(log, Office, DownloadIP, 80, ruleFile)
	a.AppProto = "http"
	a.HTTP = &eveHTTP{Hostname: DownloadName, URL: "/seikyu/S1.doc?id=7", Method: "GET", Status: 200}
	a.Files = []eveFile{{"/seikyu/S1.doc", Hash("S1")}}
	log.alert(t.time(documentOpened), a)
	t.saw(Alerts, cure.KindHash, Hash("S1"))
	t.saw(Alerts, cure.KindDomain, DownloadName)
	t.saw(Alerts, cure.KindURL, "http://"+DownloadName+"/seikyu/S1.doc")
	const block = 8
	for i, moment := 0, begin; moment < -2*time.Minute; i, moment = i+1, moment+20*time.Minute {
		src := noise(block, i)
		a := t.eve(log, src, fmt.Sprintf("203.0.113.%d", 1+t.rand.IntN(30)), 22+t.rand.IntN(60000), ruleScans[t.rand.IntN(len(ruleScans))])
		log.alert(t.time(moment+t.seconds(60)), a)
	}
	log.file("eve.json", t.story.Now)
	for _, own := range []string{Camera, Office} {
		t.facts.forbid(Forbidden{
			Observable: cure.Observable{Kind: cure.KindIP, Value: own}, Publisher: "feeds",
			Why: "own hosts stand in no feed",
		})
	}
}

// eve makes an alert and notes who stands in it.
func (t *teller) eve(log *journal, src, dst string, port int, rule eveSignature) eveAlert {
	t.saw(log.source, cure.KindIP, src)
	t.saw(log.source, cure.KindIP, dst)
	return eveAlert{
		FlowID: t.rand.Int64N(1 << 50), EventType: "alert", Host: sensors[string(log.source)],
		SrcIP: src, SrcPort: 32768 + t.rand.IntN(28000), DestIP: dst, DestPort: port, Proto: "TCP", Direction: "to_server",
		Alert: rule, Synthetic: "SYNTHETIC",
	}
}

func (j *journal) alert(at time.Time, a eveAlert) {
	a.Timestamp = at.In(JST).Format(eveLayout)
	j.add(at, a)
}
