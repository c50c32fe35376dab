package api_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/api"
)

// TestExport holds that a bundle has what the key may see and nothing of the
// rest, and that what is asked for has to be one thing.
func TestExport(t *testing.T) {
	h := open(t, func(o *api.Options) { o.SIEM = "https://siem.example/?q={value}" })
	if err := h.admin.SetOrg(t.Context(), client.Org{ID: "guest", Name: "Guest"}); err != nil {
		t.Fatal(err)
	}
	_, guest := h.newKey(client.KeySpec{Name: "guest", Org: "guest", Role: client.RoleReader})
	get := func(of client.ExportOf) string {
		t.Helper()
		var b bytes.Buffer
		if err := guest.ExportSTIX(t.Context(), of, &b); err != nil {
			t.Fatal(err)
		}
		var kept []string
		for line := range strings.Lines(b.String()) { // but the times of the export
			if !strings.Contains(line, `"created"`) && !strings.Contains(line, `"modified"`) && !strings.Contains(line, `"bundle--`) {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "")
	}
	h.push("1", saw("cowrie/clear", 1, ip("198.51.100.7")))
	one, all := client.ExportOf{Observable: ip("198.51.100.7")}, client.ExportOf{Query: "198.51.100.0/24"}
	before := []string{get(one), get(all)}
	if !strings.Contains(before[0], `"number_observed": 1,`) || !strings.Contains(before[1], "198.51.100.7") || !strings.Contains(before[0], `"Own"`) {
		t.Errorf("bundle %s", before[0])
	}
	line := saw("cowrie/red", 2, ip("198.51.100.7"), ip("198.51.100.8"))
	line.Annotations = []cure.Annotation{{Subject: ip("198.51.100.7"), Tag: cure.Observable{Kind: cure.KindTag, Value: "malware:hidden"}, Time: line.Observations[0].First}}
	h.push("2", line)
	if d := cmp.Diff(before, []string{get(one), get(all)}); d != "" {
		t.Errorf("a RED record shows:\n%s", d)
	}
	for _, of := range []client.ExportOf{{}, {Query: "a", Case: "b"}, {Campaign: "none"}} {
		if err := guest.ExportSTIX(t.Context(), of, &bytes.Buffer{}); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%+v: %v", of, err)
		}
	}
	if me, err := h.admin.Me(t.Context()); err != nil || me.SIEM != "https://siem.example/?q={value}" {
		t.Errorf("me %+v, %v", me, err)
	}
}
