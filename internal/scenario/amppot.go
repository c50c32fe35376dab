package scenario

import (
	"time"

	"github.com/opencure/cure"
)

const amppotSource cure.Source = "amppot/hinata"

// amppotRecord is a line of the reflector log, version 1.
type amppotRecord struct {
	Version   int    `json:"amppot"`
	Time      string `json:"time"`
	Sensor    string `json:"sensor"`
	SrcIP     string `json:"src_ip"`
	SrcPort   int    `json:"src_port"`
	DstIP     string `json:"dst_ip"`
	DstPort   int    `json:"dst_port"`
	Packets   int    `json:"packets"`
	Query     string `json:"query,omitempty"`
	Synthetic string `json:"note"` // not part of the format; readers skip it
}

// amppot tells what three decoys saw: the flood that C2-1 ordered, requests
// for DNS and NTP in the name of the victim for 300 seconds, and noise that
// looks for such servers twice an hour.
func amppot(t *teller) {
	log := t.journal(amppotSource)
	request := func(decoy int, src string, port, packets int, query string, when time.Duration) {
		t.saw(log.source, cure.KindIP, src)
		log.add(t.time(when), amppotRecord{
			Version: 1, Time: t.time(when).UTC().Format(time.RFC3339Nano), Sensor: "hinata-reflector-" + string(rune('1'+decoy)),
			SrcIP: src, SrcPort: 1024 + t.rand.IntN(60000), DstIP: sensors[string(amppotSource)], DstPort: port, Packets: packets,
			Query: query, Synthetic: "SYNTHETIC",
		})
	}
	for s := 0; s <= 300; s += 5 {
		for decoy := range 3 {
			when := floodFrom + time.Duration(s)*time.Second
			request(decoy, Victim, 53, 20+t.rand.IntN(20), "any.example", when)
			request(decoy, Victim, 123, 30+t.rand.IntN(20), "", when)
		}
	}
	const block = 15
	ports := []int{19, 53, 123, 389, 1900, 11211}
	for i, when := 0, begin; when < -2*time.Minute; i, when = i+1, when+30*time.Minute {
		request(t.rand.IntN(3), noise(block, i), ports[t.rand.IntN(len(ports))], 1, "", when+t.seconds(600))
	}
	log.file("reflector.json", t.story.Now)
}
