package scenario

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// allportRecord is a line of the all-port log, version 1.
type allportRecord struct {
	Version   int    `json:"allport"`
	Time      string `json:"time"`
	Sensor    string `json:"sensor"`
	SrcIP     string `json:"src_ip"`
	SrcPort   int    `json:"src_port"`
	DstIP     string `json:"dst_ip"`
	DstPort   int    `json:"dst_port"`
	Transport string `json:"transport"`
	Payload   string `json:"payload"` // base64
	Synthetic string `json:"note"`    // not part of the format; readers skip it
}

// allport tells what the all-port listener saw: payload P-7 on 48123/tcp from
// 61 bots, the first at 21:10 of the 18th; noise on other ports; three broken
// lines.
func allport(t *teller) {
	log := t.journal("allport/sapporo1")
	for _, bot := range t.story.Cast.botsOf("allport") {
		// P-7 asks the camera for its version; the number differs from bot to bot.
		p7 := fmt.Sprintf("GET /ev200/version?id=%d HTTP/1.1\r\nHost: %s:48123\r\nUser-Agent: kage/1\r\n\r\n",
			t.rand.IntN(1_000_000), sensors[string(log.source)])
		t.connects(log, bot.Addr.String(), 48123, bot.First, p7)
	}
	ports := []int{22, 23, 80, 443, 2323, 5555, 8080, 37215}
	const block = 12
	for i, moment := 0, begin; moment < -2*time.Minute; i, moment = i+1, moment+6*time.Minute {
		t.connects(log, noise(block, i), ports[t.rand.IntN(len(ports))], moment+t.seconds(60), "")
	}
	for i, mistake := range []string{"1970", "cut", "zone"} {
		when := at(20, 5, 12+7*i)
		src := fmt.Sprintf("247.0.5.%d", i+1)
		stamp := t.time(when).UTC().Format(time.RFC3339)
		switch mistake {
		case "1970":
			stamp = "1970-01-01T00:00:03Z"
		case "zone":
			stamp = t.time(when).UTC().Format("2006-01-02T15:04:05") + "+25:00"
		}
		text := fmt.Sprintf(`{"allport":1,"time":%q,"src_ip":%q,"src_port":7,"dst_port":80,"transport":"tcp","note":"SYNTHETIC broken record"}`, stamp, src)
		if mistake == "cut" {
			text = text[:len(text)/2]
		}
		log.broken(t.time(when), []byte(text), mistake)
		t.facts.forbid(Forbidden{
			Observable: cure.Observable{Kind: cure.KindIP, Value: src},
			Why:        "stands in a record that must be refused (" + mistake + ")",
		})
	}
	log.file("allport.json", t.story.Now)
}

// connects writes a connection to a port.
func (t *teller) connects(log *journal, src string, port int, when time.Duration, payload string) {
	t.saw(log.source, cure.KindIP, src)
	log.add(t.time(when), allportRecord{
		Version: 1, Time: t.time(when).UTC().Format(time.RFC3339Nano), Sensor: "hinata-trap-1",
		SrcIP: src, SrcPort: 1024 + t.rand.IntN(60000), DstIP: sensors[string(log.source)], DstPort: port, Transport: "tcp",
		Payload: base64.StdEncoding.EncodeToString([]byte(payload)), Synthetic: "SYNTHETIC",
	})
}
