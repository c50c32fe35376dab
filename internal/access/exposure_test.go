package access_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/analyse/exposure"
	"github.com/opencure/cure/internal/analyse/vuln"
	"github.com/opencure/cure/internal/publish/mean"
)

func tagOf(v string) cure.Observable { return cure.Observable{Kind: cure.KindTag, Value: v} }
func cveOf(v string) cure.Observable { return cure.Observable{Kind: cure.KindCVE, Value: v} }

// installed is a line of an inventory of the asset shop.
func installed(made time.Time, pkg, versions string) cure.Record {
	listed := func(v string) cure.Observation {
		return cure.Observation{Observable: tagOf(v), Role: cure.RoleOwn, State: cure.StateListed, First: made, Last: made}
	}
	return cure.Record{
		Marking:      mean.Assets().Marking,
		Observations: []cure.Observation{listed("asset:shop"), listed("inventory:spdx/shop")},
		Annotations:  []cure.Annotation{{Subject: tagOf("package:" + pkg), Tag: tagOf("asset:shop"), Time: made, Sentence: "spdx: " + versions}},
	}
}

// flawed is a record of a CVE in a package.
func flawed(cve, pkg, versions string) cure.Record {
	r := described(cve, "SQL injection in the search form allows remote attackers to read the database.", cure.TLPClear)
	r.Annotations = []cure.Annotation{{Subject: cveOf(cve), Tag: tagOf("package:" + pkg), Time: start, Sentence: versions}}
	return r
}

// TestExposure: what affects an own asset is known to the own organisation
// alone, follows the newest inventory, and is told once.
func TestExposure(t *testing.T) {
	h := newHouse(t)
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.hub.RunEngine(run, access.System("engine:exposure"), exposure.Engine()) }()
	admin := h.view("")
	if err := h.reg.SetOrg(ctx, h.admin, access.Org{ID: "minato", Name: "Minato", MaxTLP: cure.TLPRed, MaxPAP: cure.PAPRed, Licence: cure.LicenceMembers, Personal: true}); err != nil {
		t.Fatal(err)
	}
	partner := h.view("minato")

	h.push("assets/own", installed(start, "npm/left", "1.0.0, 1.1.0"))
	h.push("vuln/a", flawed("CVE-2024-90401", "npm/left", ">=1.1.0 <1.2.0"), flawed("CVE-2024-90402", "npm/left", "<1.0.0"),
		flawed("CVE-2024-90403", "npm/left", ""))
	told := h.found(admin, 1)
	if !strings.Contains(told[0].Title, "CVE-2024-90401 affects own asset shop: npm/left 1.1.0") || told[0].Marking.Orgs != cure.NoOrg {
		t.Errorf("told %+v", told[0])
	}
	all, err := exposure.Everything(ctx, admin)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range all.Affected {
		got = append(got, strings.Join([]string{a.CVE.Value, a.Asset, a.Version, string(a.How), a.Fixed}, " "))
	}
	want := []string{"CVE-2024-90403 shop 1.0.0 unsure ", "CVE-2024-90403 shop 1.1.0 unsure ", "CVE-2024-90401 shop 1.1.0 version 1.2.0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("affected (-want +got):\n%s", diff)
	}

	other, err := exposure.Everything(ctx, partner)
	if err != nil || len(other.Assets)+len(other.Affected) > 0 {
		t.Errorf("a partner sees %+v, %v", other, err)
	}
	found, err := partner.Detections(ctx, access.FindingFilter{}, access.Cursor{})
	if err != nil || len(found) > 0 {
		t.Errorf("a partner is told %+v, %v", found, err)
	}
	a, err := partner.Answer(ctx, cveOf("CVE-2024-90401"))
	if err != nil || len(a.Notes) > 0 || !a.Known {
		t.Errorf("a partner sees notes %+v, %v", a.Notes, err)
	}

	// The next inventory holds the fixed version: nothing is affected any more.
	h.push("assets/own", installed(start.Add(time.Hour), "npm/left", "1.2.0"))
	h.found(admin, 0)
	if of, err := exposure.OfCVE(ctx, admin, cveOf("CVE-2024-90401")); err != nil || len(of) > 0 {
		t.Errorf("still affected: %+v, %v", of, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// found waits until a viewer has n detections.
func (h *house) found(v access.View, n int) []client.Finding {
	h.t.Helper()
	var all []client.Finding
	for range 5000 {
		var err error
		if all, err = v.Detections(ctx, access.FindingFilter{}, access.Cursor{}); err != nil {
			h.t.Fatal(err)
		}
		if len(all) == n {
			return all
		}
		time.Sleep(time.Millisecond)
	}
	h.t.Fatalf("%d detections %+v, want %d", len(all), all, n)
	return nil
}

// TestVulnOfASentence: what another tie of the same record says is not about
// the flaw; a sentence that names the CVE is.
func TestVulnOfASentence(t *testing.T) {
	h := newHouse(t)
	m, err := vuln.Default()
	if err != nil {
		t.Fatal(err)
	}
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.hub.RunEngine(run, access.System("engine:vuln"), m.Engine()) }()
	const cve = "CVE-2024-90601"
	r := cure.Record{Observations: []cure.Observation{{Observable: cveOf(cve), First: start}}}
	for _, s := range []string{
		"The scanning host, which was seen on many days in all of our sensors and of which nobody knows the owner, was 198.51.100.99.",
		"They use " + cve + ", a SQL injection in the search form that lets remote attackers execute SQL commands.",
	} {
		r.Annotations = append(r.Annotations, cure.Annotation{Subject: cure.Observable{Kind: cure.KindIP, Value: "198.51.100.99"}, Tag: cveOf(cve), Time: start, Sentence: s})
	}
	h.push("reports/a", r)
	if got := h.estimates(h.view(""), cve, 1); !strings.HasPrefix(got[0], "CWE-89 ") {
		t.Errorf("estimated %q", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestVulnChanged: a changed text is estimated again and the old estimate is
// gone; a record that is withdrawn leaves none.
func TestVulnChanged(t *testing.T) {
	h := newHouse(t)
	m, err := vuln.Default()
	if err != nil {
		t.Fatal(err)
	}
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- h.hub.RunEngine(run, access.System("engine:vuln"), m.Engine()) }()
	admin := h.view("")
	const injection = "SQL injection in the search form of Sample Shop allows remote attackers to read the database via the q parameter."
	const scripting = "Cross-site scripting (XSS) in Sample Wiki allows remote attackers to inject arbitrary web script or HTML via the name parameter."
	h.push("vuln/a", described("CVE-2024-90501", injection, cure.TLPClear))
	if got := h.estimates(admin, "CVE-2024-90501", 1); !strings.HasPrefix(got[0], "CWE-89 ") {
		t.Fatalf("first text: %q", got)
	}
	h.push("vuln/a", described("CVE-2024-90501", scripting, cure.TLPClear))
	var got []string
	for range 5000 {
		if got = h.estimates(admin, "CVE-2024-90501", 1); strings.HasPrefix(got[0], "CWE-79 ") {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if !strings.HasPrefix(got[0], "CWE-79 ") {
		t.Errorf("changed text: %q", got)
	}
	gone := described("CVE-2024-90501", "** REJECT ** a duplicate", cure.TLPClear)
	gone.Attrs = append(gone.Attrs, cure.Attr{Name: "state", Value: "rejected"})
	h.push("vuln/a", gone)
	h.estimates(admin, "CVE-2024-90501", 0)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
