package scenario

import (
	"fmt"
	"time"

	"github.com/opencure/cure"
)

// The agent on the machines of Hinata Electric, and a decoy network with one
// machine that looks like one of them.
const (
	Endpoint cure.Source = "endpoint/hinata"
	Decoynet cure.Source = "decoynet/lab1"
)

// sysmon is one event of Sysmon as NXLog ships it.
type sysmon struct {
	EventID         int    `json:"EventID"`
	Hostname        string `json:"Hostname"`
	UtcTime         string `json:"UtcTime"`
	ProcessGUID     string `json:"ProcessGuid"`
	Image           string `json:"Image"`
	CommandLine     string `json:"CommandLine,omitempty"`
	Hashes          string `json:"Hashes,omitempty"`
	ParentGUID      string `json:"ParentProcessGuid,omitempty"`
	ParentImage     string `json:"ParentImage,omitempty"`
	Protocol        string `json:"Protocol,omitempty"`
	SourceIP        string `json:"SourceIp,omitempty"`
	DestinationIP   string `json:"DestinationIp,omitempty"`
	DestinationPort int    `json:"DestinationPort,omitempty"`
	QueryName       string `json:"QueryName,omitempty"`
	Synthetic       string `json:"note"` // not part of the format; readers skip it
}

// Programs of the story.
const (
	word   = `C:\Program Files\Office\WINWORD.EXE`
	script = `C:\Windows\System32\wscript.exe`
	shell  = `C:\Windows\System32\cmd.exe`
	tool   = `C:\Users\taro\AppData\Local\s2.exe`
)

// endpoint tells what ran on the office PC: the document starts a script, the
// script S2, and S2 talks to the server of the news; and what usually runs.
func endpoint(t *teller) {
	log := t.journal(Endpoint)
	const host = "pc31.hinata.example"
	for i := range 200 {
		when := begin + time.Duration(i)*11*time.Minute
		name := fmt.Sprintf("program%d", i%12)
		log.event(t.time(when), sysmon{
			EventID: 1, Hostname: fmt.Sprintf("pc%d.hinata.example", 1+i%30), ProcessGUID: fmt.Sprint("{usual-", i, "}"),
			Image: `C:\Program Files\` + name + ".exe", Hashes: "SHA256=" + Hash(name), ParentImage: `C:\Windows\explorer.exe`,
		})
		t.saw(Endpoint, cure.KindHash, Hash(name))
	}
	for i := range 30 {
		t.saw(Endpoint, cure.KindDomain, fmt.Sprintf("pc%d.hinata.example", 1+i))
	}
	at := func(n int) time.Time { return t.time(documentOpened + time.Duration(n)*time.Second) }
	log.event(at(30), sysmon{EventID: 1, Hostname: host, ProcessGUID: "{b-1}", Image: word, CommandLine: "WINWORD.EXE S1.doc", ParentImage: `C:\Windows\explorer.exe`})
	log.event(at(41), sysmon{EventID: 1, Hostname: host, ProcessGUID: "{b-2}", Image: script, CommandLine: "wscript.exe s1.js", ParentGUID: "{b-1}", ParentImage: word})
	log.event(at(55), sysmon{EventID: 1, Hostname: host, ProcessGUID: "{b-3}", Image: tool, Hashes: "SHA256=" + Hash("S2"), ParentGUID: "{b-2}", ParentImage: script})
	log.event(at(360), sysmon{EventID: 3, Hostname: host, ProcessGUID: "{b-3}", Image: tool, Protocol: "tcp", SourceIP: Office, DestinationIP: NewsC2IP, DestinationPort: 443})
	for _, o := range []cure.Observable{
		{Kind: cure.KindHash, Value: Hash("S2")}, {Kind: cure.KindIP, Value: Office}, {Kind: cure.KindIP, Value: NewsC2IP}, {Kind: cure.KindDomain, Value: host},
	} {
		t.saw(Endpoint, o.Kind, o.Value)
	}
	log.file("sysmon.json", t.story.Now)
}

// decoynet tells how S1, opened on purpose, went on: discovery, a lateral step,
// S2, and its server.
func decoynet(t *teller) {
	log := t.journal(Decoynet)
	host := sensors[string(Decoynet)]
	at := func(n int) time.Time { return t.time(documentOpened + 3*time.Hour + time.Duration(n)*time.Minute) }
	log.event(at(0), sysmon{EventID: 1, Hostname: host, ProcessGUID: "{d-1}", Image: `C:\Users\taro\S1.scr`, CommandLine: "S1.scr", Hashes: "SHA256=" + Hash("S1"), ParentImage: word})
	log.event(at(2), sysmon{EventID: 1, Hostname: host, ProcessGUID: "{d-2}", Image: shell, CommandLine: "cmd.exe /c whoami", ParentGUID: "{d-1}"})
	log.event(at(3), sysmon{EventID: 1, Hostname: host, ProcessGUID: "{d-3}", Image: shell, CommandLine: "cmd.exe /c net view", ParentGUID: "{d-1}"})
	log.event(at(9), sysmon{EventID: 1, Hostname: host, ProcessGUID: "{d-4}", Image: shell, CommandLine: `psexec \\files cmd`, ParentGUID: "{d-1}"})
	log.event(at(12), sysmon{EventID: 1, Hostname: host, ProcessGUID: "{d-5}", Image: tool, CommandLine: "s2.exe", Hashes: "SHA256=" + Hash("S2"), ParentGUID: "{d-4}"})
	log.event(at(13), sysmon{EventID: 22, Hostname: host, ProcessGUID: "{d-5}", Image: tool, QueryName: NewsC2})
	log.event(at(13), sysmon{EventID: 3, Hostname: host, ProcessGUID: "{d-5}", Image: tool, Protocol: "tcp", DestinationIP: NewsC2IP, DestinationPort: 443})
	for _, o := range []cure.Observable{
		{Kind: cure.KindHash, Value: Hash("S1")}, {Kind: cure.KindHash, Value: Hash("S2")}, {Kind: cure.KindDomain, Value: NewsC2}, {Kind: cure.KindIP, Value: NewsC2IP},
	} {
		t.saw(Decoynet, o.Kind, o.Value)
	}
	log.file("decoy.json", t.story.Now)
}

func (j *journal) event(at time.Time, e sysmon) {
	e.UtcTime, e.Synthetic = at.UTC().Format("2006-01-02 15:04:05.000"), "SYNTHETIC"
	j.add(at, e)
}
