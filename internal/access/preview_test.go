package access_test

import (
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

func TestPreviewSeesWhatTheOrganisationSees(t *testing.T) {
	h := newHouse(t)
	org := access.Org{ID: "aoba", Name: "Aoba City", MaxTLP: cure.TLPGreen}
	if err := h.reg.SetOrg(t.Context(), h.admin, org); err != nil {
		t.Fatal(err)
	}
	p, err := h.reg.Preview(h.admin, "aoba")
	if err != nil {
		t.Fatal(err)
	}
	if p.Role != access.RoleReader || p.Org != "aoba" || p.MaxTLP != cure.TLPGreen {
		t.Errorf("principal %+v, want a reader of aoba up to GREEN", p)
	}
	if err := h.reg.View(h.hub, p, "test").Check(); err != nil {
		t.Errorf("a stream of the preview ends at once: %v", err)
	}
	text, _, err := h.reg.CreateKey(t.Context(), h.admin, access.KeySpec{Name: "x", Org: "aoba", Role: access.RoleReader})
	if err != nil {
		t.Fatal(err)
	}
	real, err := h.reg.Authenticate(text)
	if err != nil {
		t.Fatal(err)
	}
	a, b := h.reg.Scope(p, "test"), h.reg.Scope(real, "test")
	for _, tlp := range []cure.TLP{cure.TLPClear, cure.TLPGreen, cure.TLPAmber, cure.TLPRed} {
		for _, personal := range []bool{false, true} {
			m := cure.Marking{TLP: tlp, PAP: cure.PAPClear, Licence: cure.LicencePublic, Personal: personal}
			if a.Sees("cowrie/tokyo1", m) != b.Sees("cowrie/tokyo1", m) {
				t.Errorf("preview and a key of the organisation differ at %s", m)
			}
		}
	}
}

func TestPreviewIsForOwnAdministrators(t *testing.T) {
	h := newHouse(t)
	if err := h.reg.SetOrg(t.Context(), h.admin, access.Org{ID: "aoba"}); err != nil {
		t.Fatal(err)
	}
	partner := access.Principal{Key: "p", Org: "aoba", Role: access.RoleAdmin, MaxTLP: cure.TLPRed}
	analyst := h.admin
	analyst.Role = access.RoleAnalyst
	for _, tt := range []struct {
		name string
		by   access.Principal
		org  string
		want cure.ErrorKind
	}{
		{"analyst", analyst, "aoba", cure.Denied},
		{"administrator of a partner", partner, "aoba", cure.Denied},
		{"nobody's organisation", h.admin, "nowhere", cure.NotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := h.reg.Preview(tt.by, tt.org); cure.KindOf(err) != tt.want {
				t.Errorf("error %v, want kind %v", err, tt.want)
			}
		})
	}
}
