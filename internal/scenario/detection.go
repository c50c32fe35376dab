package scenario

import (
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Said is what the story publishes as records because no publisher reads it:
// findings of engines. Each is marked "engine: scenario", so that an engine that
// finds the same by itself can be told from it.
type Said struct {
	Source  cure.Source
	Arrives time.Time
	Records []cure.Record
}

// The engine of the story and the port of its detection.
const (
	EngineSource = cure.Source("engine/scenario")
	EngineName   = "engine: scenario"
	Port         = "tcp/48123"
)

// DetectionID stands in the story for the detection that the darknet engine
// makes of its packets; whoever publishes what is said puts the real one in its
// place ([Said.About]).
var DetectionID = cure.NewID(EngineName, "48123/tcp, Kagerou")

var (
	detectedFrom = at(20, 10, 0)
	detectedAt   = at(20, 10, 20)
)

// About returns what is said with the detection that it is about.
func (s Said) About(detection cure.ID) []cure.Record {
	all := slices.Clone(s.Records)
	for i := range all {
		all[i].Cases = slices.Clone(all[i].Cases)
		for j := range all[i].Cases {
			all[i].Cases[j].Detection = detection
		}
	}
	return all
}

func ipOf(v string) cure.Observable { return cure.Observable{Kind: cure.KindIP, Value: v} }
func hashOf(name string) cure.Observable {
	return cure.Observable{Kind: cure.KindHash, Value: Hash(name)}
}

// What engines say takes the strictest marking of what it rests on.
var (
	memberMarking = cure.Marking{TLP: cure.TLPAmber, PAP: cure.PAPAmber, Licence: cure.LicenceMembers}
	ownMarking    = cure.Marking{TLP: cure.TLPAmberStrict, PAP: cure.PAPAmber, Licence: cure.LicenceInternal, Personal: true}
)

// engineParts are the blocks of the case that need engines, by the marking of
// what they rest on. Exact joins fill the others.
func engineParts(s *Story) []cure.Record {
	var similar []cure.Observable
	for _, b := range s.Cast.Bots[botsEarly : botsEarly+14] {
		similar = append(similar, ipOf(b.Addr.String()))
	}
	to := memberMarking
	to.Orgs = "minato"
	return []cure.Record{
		caseRecord(s, "members", memberMarking,
			cure.CasePart{Name: "C2", Score: 0.9, Reason: "the bots left C2-1 for C2-2 at 09:40; the order to scan came at 10:00", Observables: []cure.Observable{ipOf(C2First), ipOf(C2Second)}},
			cure.CasePart{Name: "malware", Score: 0.8, Reason: "K3 is in the cluster of K1 and K2; new in it: a proxy, self-update, C2-2", Observables: []cure.Observable{hashOf("K3")}},
			cure.CasePart{Name: "vulnerability", Score: 0.7, Reason: "estimated CWE-78 and critical", Observables: []cure.Observable{{Kind: cure.KindCVE, Value: "CVE-1337-20261"}}},
			cure.CasePart{Name: "similar", Score: 0.6, Reason: "never in a honeypot, and behave like the bots", Observables: similar},
		),
		caseRecord(s, "own", ownMarking,
			cure.CasePart{Name: "ours", Score: 0.9, Reason: "talks to C2-2 since 10:12, hits the darknet since 10:14: seven alert groups", Observables: []cure.Observable{ipOf("203.0.113.20")}},
		),
		caseRecord(s, "minato", to,
			cure.CasePart{Name: "partner", Score: 0.8, Reason: "hits the darknet on the same port", Observables: []cure.Observable{ipOf("203.0.113.70")}},
		),
	}
}

func caseRecord(s *Story, name string, m cure.Marking, parts ...cure.CasePart) cure.Record {
	return cure.Record{ID: cure.NewID(EngineName, "case", name), Marking: m, Cases: []cure.Case{{
		ID: cure.NewID(EngineName, "case"), Detection: DetectionID, Title: "48123/tcp, Kagerou, since 10:00",
		Opened: s.Now.Add(detectedAt), Parts: parts,
	}}}
}

// CaseFact says what the darknet engine must find by itself, and what the case
// of its detection must hold.
type CaseFact struct {
	Port     cure.Observable   `json:"port"`
	From     time.Time         `json:"from"` // it begins in these ten minutes
	Sources  []cure.Observable `json:"sources"`
	SetAside string            `json:"set_aside"` // scanner that is named
	Never    []cure.Observable `json:"never"`     // that are no sources of it
	Blocks   []BlockFact       `json:"blocks"`
}

// BlockFact says what a block of a case must hold, and what it must not. A
// block without Holds must say what would fill it.
type BlockFact struct {
	Name   string            `json:"name"`
	Holds  []cure.Observable `json:"holds,omitempty"`
	From   []cure.Source     `json:"from,omitempty"`   // sources that its parts must name
	Engine bool              `json:"engine,omitempty"` // filled by the story's engine
}

// caseFact draws the truth about the case from what was told.
func caseFact(s *Story, f *facts) CaseFact {
	c := CaseFact{
		Port: cure.Observable{Kind: cure.KindPort, Value: Port}, From: s.Now.Add(detectedFrom), SetAside: strings.ToLower(ScannerName),
		Sources: []cure.Observable{ipOf(Camera), ipOf(Partner)}, Never: []cure.Observable{ipOf(Scanner), ipOf(Victim)},
	}
	for _, b := range s.Cast.Bots {
		c.Sources = append(c.Sources, ipOf(b.Addr.String()))
	}
	pots, flaw := BlockFact{Name: "honeypots"}, BlockFact{Name: "vulnerability", Engine: true}
	for src := range f.sources {
		if slices.Contains([]string{"cowrie", "dionaea", "glastopf", "allport"}, src.Publisher()) && f.meetsBot(s, src) {
			pots.From = append(pots.From, src)
		}
		if src.Publisher() == "glastopf" { // names the flaw that it is asked for
			flaw.From = append(flaw.From, src)
			flaw.Holds = []cure.Observable{{Kind: cure.KindCVE, Value: "CVE-1337-20261"}}
		}
	}
	slices.Sort(pots.From)
	c.Blocks = []BlockFact{
		{Name: "why", From: []cure.Source{"enrich/darknet"}},
		pots,
		{Name: "C2", Engine: true, Holds: []cure.Observable{ipOf(Loader), {Kind: cure.KindURL, Value: LoaderURL}}},
		{Name: "malware", Engine: true, Holds: []cure.Observable{hashOf("K1")}},
		flaw,
		{Name: "intelligence", From: []cure.Source{"feeds/demo-attack"}},
		{Name: "similar", Engine: true},
		{Name: "ours", Engine: true},
		{Name: "partner", Engine: true},
		{Name: "not found"},
	}
	return c
}

// CampaignFact says which values are one campaign, and that those of two facts
// are not.
type CampaignFact struct {
	Name    string            `json:"name"`
	Members []cure.Observable `json:"members"`
}

// campaignFacts are the campaigns of the story, as far as it is told.
func campaignFacts() []CampaignFact {
	return []CampaignFact{
		{"Kagerou", []cure.Observable{ipOf(Loader), hashOf("K1"), {Kind: cure.KindURL, Value: LoaderURL}}},
	}
}

// meetsBot reports whether a source saw a bot.
func (f *facts) meetsBot(s *Story, src cure.Source) bool {
	for _, b := range s.Cast.Bots {
		if f.seen[ipOf(b.Addr.String())][src] {
			return true
		}
	}
	return false
}
