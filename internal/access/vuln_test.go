package access_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/analyse/vuln"
)

// described is a record of a CVE with a text.
func described(cve, text string, tlp cure.TLP) cure.Record {
	return cure.Record{
		Marking:      cure.Marking{TLP: tlp},
		Observations: []cure.Observation{{Observable: cure.Observable{Kind: cure.KindCVE, Value: cve}, First: start, State: cure.StateListed}},
		Attrs:        []cure.Attr{{Name: "description", Value: text}},
	}
}

// estimates waits until a viewer has n estimates of weaknesses of a CVE.
func (h *house) estimates(v access.View, cve string, n int) []string {
	h.t.Helper()
	var got []string
	for range 5000 {
		a, err := v.Answer(ctx, cure.Observable{Kind: cure.KindCVE, Value: cve})
		if err != nil {
			h.t.Fatal(err)
		}
		got = nil
		for _, note := range a.Notes {
			if note.Name == vuln.NoteWeakness {
				got = append(got, note.Value)
			}
		}
		if len(got) == n {
			return got
		}
		time.Sleep(time.Millisecond)
	}
	h.t.Fatalf("%s has estimates %q, want %d", cve, got, n)
	return nil
}

// TestVulnEngine: CVEs that are there and new ones are estimated, under the
// marking of the text that the estimate is from.
func TestVulnEngine(t *testing.T) {
	h := newHouse(t)
	const injection = "SQL injection in the search form of Sample Shop allows remote attackers to read the database via the q parameter."
	const scripting = "Cross-site scripting (XSS) in Sample Wiki allows remote attackers to inject arbitrary web script or HTML via the name parameter."
	h.push("vuln/a", described("CVE-2024-90001", injection, cure.TLPClear))
	m, err := vuln.Default()
	if err != nil {
		t.Fatal(err)
	}
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.hub.RunEngine(run, access.System("engine:vuln"), m.Engine()) }()
	admin := h.view("")
	if got := h.estimates(admin, "CVE-2024-90001", 1); !strings.HasPrefix(got[0], "CWE-89 ") {
		t.Errorf("there before: %q", got)
	}
	h.push("vuln/a", described("CVE-2024-90002", scripting, cure.TLPRed),
		described("CVE-2024-90003", "見本サーバには、クロスサイトスクリプティングの脆弱性が存在します。", cure.TLPClear),
		described("CVE-2024-90004", scripting, cure.TLPClear))
	if got := h.estimates(admin, "CVE-2024-90002", 1); !strings.HasPrefix(got[0], "CWE-79 ") {
		t.Errorf("new: %q", got)
	}
	h.estimates(admin, "CVE-2024-90004", 1)
	h.estimates(admin, "CVE-2024-90003", 0)
	a, err := admin.Answer(ctx, cure.Observable{Kind: cure.KindCVE, Value: "CVE-2024-90002"})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range a.Notes {
		if n.Marking.TLP != cure.TLPRed || n.Source != "enrich/vuln" || !strings.Contains(n.Why, m.Version) {
			t.Errorf("estimate of a RED text: %+v", n)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
