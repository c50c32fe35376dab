package access_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

var ctx = context.Background()

// want fails the test unless err is of the kind.
func want(t testing.TB, kind cure.ErrorKind, err error) {
	t.Helper()
	if err == nil || cure.KindOf(err) != kind {
		t.Errorf("error %v, want one of kind %s", err, kind)
	}
}

// registry opens another registry on the house's log, as another hub does.
func (h *house) registry() *access.Registry {
	r, err := access.Open(ctx, access.Options{Log: h.backend, Now: h.clock})
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func TestFirstKeyIsMadeOnce(t *testing.T) {
	h := newHouse(t)
	text, created, err := h.reg.FirstKey(ctx, nil)
	if err != nil || !created {
		t.Fatalf("first key: created %v, %v", created, err)
	}
	if len(text) != 57 || !strings.HasPrefix(text, "cure_") {
		t.Errorf("key %q is not cure_, 8 characters, _, 43 characters", text)
	}
	other := h.registry()
	if again, created, err := other.FirstKey(ctx, nil); err != nil || created || again != "" {
		t.Errorf("second hub makes %q, created %v, %v", again, created, err)
	}
	for name, r := range map[string]*access.Registry{"the hub that made it": h.reg, "another hub": other} {
		p, err := r.Authenticate(text)
		if err != nil || p.Role != access.RoleAdmin || p.MaxTLP != cure.TLPRed {
			t.Errorf("%s: principal %+v, %v", name, p, err)
		}
	}
}

func TestFirstKeyIsKeptBeforeItOpens(t *testing.T) {
	h := newHouse(t)
	full := errors.New("disk full")
	if _, created, err := h.reg.FirstKey(ctx, func(string) error { return full }); !errors.Is(err, full) || created {
		t.Fatalf("key that could not be kept: created %v, %v", created, err)
	}
	var kept []string
	keep := func(text string) error {
		kept = append(kept, text)
		if _, err := h.reg.Authenticate(text); err == nil {
			t.Error("the key opens before it is kept")
		}
		return nil
	}
	text, created, err := h.reg.FirstKey(ctx, keep)
	if err != nil || !created || len(kept) != 1 || kept[0] != text {
		t.Fatalf("first key: created %v, %d kept, %v", created, len(kept), err)
	}
	if _, err := h.reg.Authenticate(text); err != nil {
		t.Error(err)
	}
	if _, created, err := h.registry().FirstKey(ctx, keep); err != nil || created || len(kept) != 1 {
		t.Errorf("second hub: created %v, %d kept, %v", created, len(kept), err)
	}
}

func TestAuthenticateRefuses(t *testing.T) {
	h := newHouse(t)
	text, k, err := h.reg.CreateKey(ctx, h.admin, access.KeySpec{Name: "soon over", Role: access.RoleReader, Expires: start.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.reg.Authenticate(text); err != nil {
		t.Fatal(err)
	}
	last := "A"
	if strings.HasSuffix(text, "A") {
		last = "E"
	}
	for name, wrong := range map[string]string{
		"nothing":      "",
		"another id":   "cure_aaaaaaaa" + text[13:],
		"last letter":  text[:len(text)-1] + last,
		"cut":          text[:len(text)-1],
		"longer":       text + "A",
		"prefix alone": "cure_" + k.ID + "_",
	} {
		_, err := h.reg.Authenticate(wrong)
		want(t, cure.Denied, err)
		if err != nil && strings.Contains(err.Error(), k.ID) {
			t.Errorf("%s: the error tells of the key: %v", name, err)
		}
	}
	h.advance(time.Hour)
	_, err = h.reg.Authenticate(text)
	want(t, cure.Denied, err)
}

func TestRevokedKeyEndsAtOnce(t *testing.T) {
	h := newHouse(t)
	other := h.registry()
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- other.Run(run) }()
	text, k, err := h.reg.CreateKey(ctx, h.admin, access.KeySpec{Name: "reader", Role: access.RoleReader})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := other.Authenticate(text); err != nil; _, err = other.Authenticate(text) {
		time.Sleep(time.Millisecond)
	}
	p, err := h.reg.Authenticate(text)
	if err != nil {
		t.Fatal(err)
	}
	sub := h.reg.View(h.hub, p, "test").Subscribe(0)
	defer sub.Close()
	if err := h.reg.RevokeKey(ctx, h.admin, k.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.reg.Authenticate(text)
	want(t, cure.Denied, err)
	for _, err := other.Authenticate(text); err == nil; _, err = other.Authenticate(text) {
		time.Sleep(time.Millisecond)
	}
	h.push("cowrie/a", cure.Record{Observations: []cure.Observation{seen(cure.KindIP, "198.51.100.1")}})
	_, err = sub.Next(ctx)
	want(t, cure.Denied, err)
	want(t, cure.NotFound, h.reg.RevokeKey(ctx, h.admin, k.ID))
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestKeysAreForAdmins(t *testing.T) {
	h := newHouse(t)
	if err := h.reg.SetOrg(ctx, h.admin, access.Org{ID: "minato"}); err != nil {
		t.Fatal(err)
	}
	make := func(by access.Principal, s access.KeySpec) (access.Principal, error) {
		text, _, err := h.reg.CreateKey(ctx, by, s)
		if err != nil {
			return access.Principal{}, err
		}
		return h.reg.Authenticate(text)
	}
	analyst, err := make(h.admin, access.KeySpec{Name: "a", Role: access.RoleAnalyst})
	if err != nil {
		t.Fatal(err)
	}
	partner, err := make(h.admin, access.KeySpec{Name: "p", Org: "minato", Role: access.RoleReader, MaxTLP: cure.TLPRed})
	if err != nil || partner.MaxTLP != cure.TLPGreen {
		t.Fatalf("partner's key %+v, %v, want at most its organisation's GREEN", partner, err)
	}
	low, err := make(h.admin, access.KeySpec{Name: "low", Role: access.RoleAdmin, MaxTLP: cure.TLPAmber})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		by   access.Principal
		spec access.KeySpec
		kind cure.ErrorKind
	}{
		{"by an analyst", analyst, access.KeySpec{Name: "x", Role: access.RoleReader}, cure.Denied},
		{"above oneself", low, access.KeySpec{Name: "x", Role: access.RoleReader, MaxTLP: cure.TLPRed}, cure.Denied},
		{"no name", h.admin, access.KeySpec{Role: access.RoleReader}, cure.Invalid},
		{"no role", h.admin, access.KeySpec{Name: "x"}, cure.Invalid},
		{"no organisation", h.admin, access.KeySpec{Name: "x", Org: "none", Role: access.RoleReader}, cure.NotFound},
		{"admin of a partner", h.admin, access.KeySpec{Name: "x", Org: "minato", Role: access.RoleAdmin}, cure.Invalid},
		{"publisher of nothing", h.admin, access.KeySpec{Name: "x", Role: access.RolePublisher}, cure.Invalid},
		{"pattern", h.admin, access.KeySpec{Name: "x", Role: access.RolePublisher, Sources: []string{"*/a"}}, cure.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := make(tt.by, tt.spec)
			want(t, tt.kind, err)
		})
	}
	if n := len(h.reg.Keys(partner)); n != 1 {
		t.Errorf("a partner lists %d keys, want its own", n)
	}
	if n := len(h.reg.Orgs(partner)); n != 1 {
		t.Errorf("a partner lists %d organisations, want its own", n)
	}
	if err := h.reg.RemoveOrg(ctx, h.admin, "minato"); err != nil {
		t.Fatal(err)
	}
	sc := h.reg.Scope(partner, "test")
	if sc.Sees("cowrie/a", cure.Marking{TLP: cure.TLPClear, PAP: cure.PAPClear, Licence: cure.LicencePublic}) {
		t.Error("a removed organisation still sees something")
	}
}

func TestResetEndsOldAdmins(t *testing.T) {
	h := newHouse(t)
	old, _, err := h.reg.FirstKey(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := h.reg.ResetAdmin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.reg.Authenticate(text); err != nil {
		t.Error(err)
	}
	_, err = h.reg.Authenticate(old)
	want(t, cure.Denied, err)
}
