package scenario

import (
	"time"

	"github.com/opencure/cure"
)

// siteLook is a line of the site log, version 1.
type siteLook struct {
	Version   int    `json:"malsites"`
	Time      string `json:"time"`
	URL       string `json:"url"`
	IP        string `json:"ip"`
	Status    string `json:"status"`
	SHA256    string `json:"sha256,omitempty"`
	Type      string `json:"type,omitempty"`
	Synthetic string `json:"note"` // not part of the format; readers skip it
}

// sandboxRun is what matters of a report of CAPE.
type sandboxRun struct {
	Info      map[string]any   `json:"info"`
	Target    map[string]any   `json:"target"`
	Network   map[string]any   `json:"network"`
	CAPE      map[string][]any `json:"CAPE"`
	Rules     []map[string]any `json:"signatures"`
	TTPs      []map[string]any `json:"ttps"`
	Synthetic string           `json:"note"`
}

// malsites tells what somebody found who looks at the loader every hour: K1
// and K2 since the evening of the 18th, nothing for three hours of that night,
// K3 in the place of K1 since 08:40; and what a sandbox saw of K3, which names
// the second command server.
func malsites(t *teller) {
	log := t.journal("malsites/chorus")
	files := []struct{ url, first, later string }{
		{LoaderURL, "K1", "K3"}, {"http://" + Loader + "/bins/kage.mpsl", "K2", "K2"},
	}
	for moment := SamplesUp; moment < 0; moment += time.Hour {
		for _, f := range files {
			when := t.time(moment + t.seconds(50))
			look := siteLook{
				Version: 1, Time: when.In(JST).Format(time.RFC3339), URL: f.url, IP: Loader, Status: "online", SHA256: Hash(f.first), Type: "elf",
				Synthetic: "SYNTHETIC",
			}
			switch {
			case moment >= at(19, 3, 0) && moment < at(19, 6, 0):
				look.Status, look.SHA256, look.Type = "offline", "", ""
			case moment >= NewSample:
				look.SHA256 = Hash(f.later)
			}
			log.add(when, look)
		}
	}
	for _, f := range files {
		t.saw(log.source, cure.KindURL, f.url)
		t.saw(log.source, cure.KindHash, Hash(f.first))
		t.saw(log.source, cure.KindHash, Hash(f.later))
	}
	ran := t.time(NewSample + 25*time.Minute)
	log.add(ran, sandboxRun{
		Info:    map[string]any{"id": 1, "started": ran.UTC().Format(time.DateTime), "package": "elf"},
		Target:  map[string]any{"file": map[string]any{"sha256": Hash("K3"), "type": "ELF 32-bit LSB executable, ARM"}},
		Network: map[string]any{"hosts": []any{map[string]any{"ip": C2Second}}, "domains": []any{map[string]any{"domain": C2SecondName}}},
		CAPE:    map[string][]any{"configs": {map[string]any{"UnnamedBot": map[string]any{"C2": []string{C2Second + ":8080"}}}}}, Synthetic: "SYNTHETIC",
		Rules: []map[string]any{
			{"name": "bot_registers", "description": "Sends four bytes to a server and keeps the connection", "severity": 3},
			{"name": "drops_itself", "description": "Fetches a newer copy of itself", "severity": 2},
		},
		TTPs: []map[string]any{{"signature": "drops_itself", "ttps": []string{"T1105"}, "mbcs": []string{}}},
	})
	t.saw(log.source, cure.KindIP, Loader)
	t.saw(log.source, cure.KindIP, C2Second)
	t.saw(log.source, cure.KindDomain, C2SecondName)
	log.file("sites.jsonl", t.story.Now)
}
