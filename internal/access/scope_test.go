package access_test

import (
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

func TestWhoSeesWhat(t *testing.T) {
	h := newHouse(t)
	for _, o := range []access.Org{
		{ID: "minato", MaxTLP: cure.TLPAmber},
		{ID: "aoba", Allow: []string{"feeds/*"}, Deny: []string{"feeds/secret"}},
		{ID: "police", MaxTLP: cure.TLPAmberStrict, MaxPAP: cure.PAPRed, Licence: cure.LicenceInternal, Personal: true},
	} {
		if err := h.reg.SetOrg(ctx, h.admin, o); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, source, marking string
		seen                  string // by whom
	}{
		{"clear", "feeds/a", "TLP:CLEAR PAP:CLEAR licence:public", "own minato aoba police"},
		{"source not allowed", "cowrie/a", "TLP:CLEAR PAP:CLEAR licence:public", "own minato police"},
		{"source denied", "feeds/secret", "TLP:CLEAR PAP:CLEAR licence:public", "own minato police"},
		{"green", "feeds/a", "TLP:GREEN PAP:GREEN licence:members", "own minato aoba police"},
		{"amber", "feeds/a", "TLP:AMBER PAP:GREEN licence:members", "own minato police"},
		{"strict", "feeds/a", "TLP:AMBER+STRICT PAP:GREEN licence:members", "own police"},
		{"red", "feeds/a", "TLP:RED PAP:GREEN licence:members", "own"},
		{"actions", "feeds/a", "TLP:CLEAR PAP:RED licence:members", "own police"},
		{"licence", "feeds/a", "TLP:CLEAR PAP:CLEAR licence:internal", "own police"},
		{"personal", "feeds/a", "TLP:CLEAR PAP:CLEAR licence:public personal", "own police"},
		{"released to one", "feeds/a", "TLP:CLEAR PAP:CLEAR licence:public orgs:minato", "own minato"},
		{"released to nobody", "feeds/a", "TLP:CLEAR PAP:CLEAR licence:public orgs:-", "own"},
		{"nothing said", "feeds/a", "", "own police"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := cure.ParseMarking(tt.marking)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, org := range []string{"own", "minato", "aoba", "police"} {
				p := access.Principal{Key: org, Org: org, Role: access.RoleReader, MaxTLP: cure.TLPRed}
				if h.reg.Scope(p, "test").Sees(cure.Source(tt.source), m) {
					got += " " + org
				}
			}
			if got != " "+tt.seen {
				t.Errorf("seen by%s, want %s", got, tt.seen)
			}
		})
	}
}

func TestPublishersWriteAndReadNothing(t *testing.T) {
	h := newHouse(t)
	text, _, err := h.reg.CreateKey(ctx, h.admin, access.KeySpec{Name: "sensor", Role: access.RolePublisher, Sources: []string{"cowrie/*"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := h.reg.Authenticate(text)
	if err != nil {
		t.Fatal(err)
	}
	v := h.reg.View(h.hub, p, "test")
	rec := cure.Record{Observations: []cure.Observation{seen(cure.KindIP, "198.51.100.1")}}
	at, err := v.Push(ctx, "cowrie/a", "", []cure.Record{rec})
	if err == nil {
		err = v.Applied(ctx, at)
	}
	if err != nil {
		t.Fatal(err)
	}
	if a, err := v.Answer(ctx, rec.Observations[0].Observable); err != nil || a.Known {
		t.Errorf("a publisher reads its own %+v, %v", a, err)
	}
	for name, do := range map[string]func() error{
		"push":       func() error { _, err := v.Push(ctx, "feeds/a", "", []cure.Record{rec}); return err },
		"open":       func() error { _, err := v.OpenSource(ctx, "feeds/a"); return err },
		"send":       func() error { _, err := v.Send(ctx, "feeds/a", "x", nil); return err },
		"quarantine": func() error { return v.Quarantine(ctx, "feeds/a", nil) },
		"control":    func() error { _, err := v.Control(ctx, "cowrie/a", cure.Control{Op: cure.OpDelete}); return err },
		"snapshot":   func() error { _, err := v.Snapshot(ctx); return err },
		"status":     func() error { _, err := v.Status(ctx); return err },
		"engine":     func() error { _, err := v.RemoveEngine(ctx, "warninglist"); return err },
		"audit":      func() error { _, err := h.reg.Audit(ctx, p, 0); return err },
	} {
		t.Run(name, func(t *testing.T) { want(t, cure.Denied, do()) })
	}
	rec.Controls = []cure.Control{{Op: cure.OpDelete, Observable: rec.Observations[0].Observable}}
	_, err = v.Push(ctx, "cowrie/a", "", []cure.Record{rec})
	want(t, cure.Invalid, err)
}

func TestAuditTellsOfChangesAndLooksAtRed(t *testing.T) {
	h := newHouse(t)
	h.push("cowrie/a",
		cure.Record{Marking: cure.Marking{TLP: cure.TLPRed}, Observations: []cure.Observation{seen(cure.KindIP, "198.51.100.1")}},
		cure.Record{Observations: []cure.Observation{seen(cure.KindIP, "198.51.100.2")}},
	)
	v := h.view("")
	for _, q := range []string{"198.51.100.2", "198.51.100.1", "198.51.100.1"} {
		if _, err := v.Search(ctx, q, access.Cursor{}); err != nil {
			t.Fatal(err)
		}
	}
	red := cure.Observable{Kind: cure.KindIP, Value: "198.51.100.1"}
	var keys access.Keys
	var hits access.Hits
	keys.Add(red)
	if err := v.Lookup(&keys, &hits); err != nil {
		t.Fatal(err)
	}
	if err := h.control("cowrie/a", cure.Control{Op: cure.OpDelete, Observable: red, Reason: "asked for"}); err != nil {
		t.Fatal(err)
	}
	events, err := h.reg.Audit(ctx, h.admin, 0)
	if err != nil {
		t.Fatal(err)
	}
	count, hashes := map[string]int{}, map[string]bool{}
	for _, e := range events {
		count[e.Action]++
		if e.Action == "read.red" {
			hashes[e.Query] = true
		}
	}
	if count["read.red"] != 3 || count["control.delete"] != 1 || count["key.create"] == 0 {
		t.Errorf("audit counts %v, want 3 looks at RED, 1 deletion and the keys", count)
	}
	if len(hashes) != 2 || hashes[""] || hashes["198.51.100.1"] {
		t.Errorf("queries in the audit: %v, want two keyed hashes", hashes)
	}
}
