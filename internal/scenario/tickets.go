package scenario

import (
	"time"

	"github.com/opencure/cure"
)

// Tickets are the notes of two analysts.
const Tickets cure.Source = "tickets/demo"

// Disputed is an address of which one analyst says that it scans, and another
// that it attacks.
const Disputed = "192.0.2.193"

type ticketRecord struct {
	ID        string       `json:"id"`
	Title     string       `json:"title"`
	Text      string       `json:"text"`
	Status    string       `json:"status"`
	Created   string       `json:"created"`
	Tagged    []ticketNote `json:"observables"`
	Synthetic string       `json:"note"` // not part of the format; readers skip it
}

type ticketNote struct {
	Observable string `json:"observable"`
	Tag        string `json:"tag"`
	Author     string `json:"author"`
	Reason     string `json:"reason,omitempty"`
}

// tickets tells what analysts wrote down: the loader and K1, the attachment of
// the mails, and an address about which they do not agree. None is on K3.
func tickets(t *teller) {
	log := t.journal(Tickets)
	add := func(when time.Duration, id, title, text string, notes ...ticketNote) {
		log.add(t.time(when), ticketRecord{
			id, title, text, "open", t.time(when).UTC().Format(time.RFC3339), notes, "SYNTHETIC",
		})
	}
	add(at(17, 16, 0), "TT-15", "Invoice that opens a script", "", ticketNote{Hash("S1"), "suspicious attachment", "bob", ""})
	add(at(19, 10, 0), "TT-12", "Loader of camera malware", "",
		ticketNote{Loader, "loader", "alice", "hands out K1"}, ticketNote{Hash("K1"), "loader", "alice", "was fetched from " + Loader})
	add(at(20, 9, 20), "TT-17", "Who is "+Disputed+"?", "",
		ticketNote{Disputed, "scanner", "alice", "research network"}, ticketNote{Disputed, "attacker", "bob", "tried passwords"})
	log.file("tickets.json", t.time(at(20, 9, 30)))
	for _, ip := range []string{Loader, Disputed} {
		t.saw(Tickets, cure.KindIP, ip)
	}
	t.saw(Tickets, cure.KindHash, Hash("K1"))
	t.saw(Tickets, cure.KindHash, Hash("S1"))
	t.facts.forbid(Forbidden{
		Observable: cure.Observable{Kind: cure.KindHash, Value: Hash("K3")}, Publisher: "tickets", Why: "there is no ticket on K3",
	})
}
