package access_test

import (
	"context"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

func addr(v string) cure.Observable { return cure.Observable{Kind: cure.KindIP, Value: v} }

// analyst returns the view of a new analyst who sees up to a label.
func (h *house) analyst(label cure.TLP) access.View {
	text, _, err := h.reg.CreateKey(context.Background(), h.admin, access.KeySpec{Name: "alice", Role: access.RoleAnalyst, MaxTLP: label})
	if err != nil {
		h.t.Fatal(err)
	}
	p, err := h.reg.Authenticate(text)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.reg.View(h.hub, p, "test")
}

func (h *house) ask(v access.View, o cure.Observable) access.Answer {
	a, err := v.Answer(context.Background(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

// TestAnalystBeatsWarningList: a label that says harmless does not hold against
// an analyst, for those who may know what the analyst said, until it expires.
func TestAnalystBeatsWarningList(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	stop := h.label(warnings(t))
	defer stop()
	o := addr("198.51.100.1")
	h.push("feeds/a", cure.Record{Observations: []cure.Observation{seen(o.Kind, o.Value)}})
	h.settle()
	if a := h.ask(h.view(""), o); len(a.Notes) != 1 || a.Notes[0].Overruled != nil {
		t.Fatalf("notes %+v", a.Notes)
	}
	_, err := h.analyst(cure.TLPRed).SetOverride(context.Background(), cure.Override{
		Kind: cure.OverrideVerdict, Value: "not-benign", Target: cure.Target{Observable: o}, Reason: "it attacked us",
		Expires: h.clock().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	h.push("feeds/b", cure.Record{Observations: []cure.Observation{seen(o.Kind, o.Value)}})
	h.settle()
	a := h.ask(h.view(""), o)
	if len(a.Notes) == 0 || a.Verdict() == nil || a.Verdict().Name != "alice" {
		t.Fatalf("answer %+v", a.Summary)
	}
	for _, n := range a.Notes {
		if n.Overruled == nil || n.Overruled.Reason != "it attacked us" {
			t.Errorf("label of %s holds: %+v", n.Source, n)
		}
	}
	res, err := h.view("").Search(context.Background(), o.Value, access.Cursor{})
	if err != nil || len(res.Values) != 1 || res.Values[0].Verdict() == nil {
		t.Errorf("search does not show the verdict: %+v, %v", res, err)
	}
	if a := h.ask(h.view("aoba"), o); len(a.Notes) == 0 || a.Notes[0].Overruled != nil || len(a.Overrides) > 0 {
		t.Errorf("another organisation learns of it: %+v", a.Summary)
	}
	h.advance(time.Hour)
	if a := h.ask(h.view(""), o); a.Notes[0].Overruled != nil || len(a.Overrides) > 0 {
		t.Error("it holds after its end")
	}
}

// TestDecisionsAreGraded: a decision is for those who may see its marking, in
// lists, in answers, and for taking it back.
func TestDecisionsAreGraded(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	o := addr("198.51.100.1")
	h.push("feeds/a", cure.Record{Observations: []cure.Observation{seen(o.Kind, o.Value)}})
	made, err := h.view("").SetOverride(context.Background(), cure.Override{
		Kind: cure.OverrideSuppress, Target: cure.Target{Observable: o}, Reason: "case 7", Marking: cure.Marking{TLP: cure.TLPRed},
	})
	if err != nil {
		t.Fatal(err)
	}
	amber := h.analyst(cure.TLPAmber)
	for name, v := range map[string]access.View{"an analyst up to AMBER": amber, "a partner": h.view("minato")} {
		if a := h.ask(v, o); a.Suppressed() != nil || len(v.Overrides(o, true)) > 0 {
			t.Errorf("%s learns of a RED decision", name)
		}
	}
	if a := h.ask(h.view(""), o); a.Suppressed() == nil {
		t.Error("it does not hold for who may see it")
	}
	if err := amber.RemoveOverride(context.Background(), made.ID, "x"); cure.KindOf(err) != cure.NotFound {
		t.Errorf("who may not see it removes it: %v, want NotFound", err)
	}
	if err := h.view("").RemoveOverride(context.Background(), made.ID, "done"); err != nil {
		t.Error(err)
	}
	audit, err := h.reg.Audit(context.Background(), h.admin, 10)
	if err != nil || len(audit) < 2 || audit[0].Action != "override.remove" || audit[0].Why != "done" || audit[0].Object != made.ID.String() {
		t.Errorf("audit %+v, %v", audit, err)
	}
}

func TestWhoMayDecide(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	ok := cure.Override{Kind: cure.OverrideSuppress, Target: cure.Target{Source: "feeds/a"}, Reason: "x"}
	for _, tt := range []struct {
		name   string
		view   access.View
		change func(*cure.Override)
		want   cure.ErrorKind
	}{
		{"a reader", h.view("minato"), func(*cure.Override) {}, cure.Denied},
		{"above the own grade", h.analyst(cure.TLPAmber), func(o *cure.Override) { o.Marking.TLP = cure.TLPRed }, cure.Invalid},
		{"ended already", h.analyst(cure.TLPRed), func(o *cure.Override) { o.Expires = h.clock() }, cure.Invalid},
		{"without a reason", h.analyst(cure.TLPRed), func(o *cure.Override) { o.Reason = "" }, cure.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := ok
			tt.change(&o)
			if _, err := tt.view.SetOverride(context.Background(), o); cure.KindOf(err) != tt.want || err == nil {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// TestOwnersAndNotes: a thing has one owner, whoever named the one before;
// notes stand side by side, and one about nothing is for the shift.
func TestOwnersAndNotes(t *testing.T) {
	h := newHouse(t)
	a, b := h.analyst(cure.TLPRed), h.analyst(cure.TLPRed)
	about := cure.Target{Observable: addr("198.51.100.1")}
	decide := func(v access.View, o cure.Override) error {
		_, err := v.SetOverride(context.Background(), o)
		return err
	}
	for i, o := range []cure.Override{
		{Kind: cure.OverrideOwner, Target: about, Value: "Sato", Reason: "mine"},
		{Kind: cure.OverrideNote, Reason: "sensor tokyo1 rests"},
		{Kind: cure.OverrideNote, Reason: "until 18:00"},
		{Kind: cure.OverrideNote, Target: about, Reason: "called the owner"},
	} {
		if err := decide(a, o); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if err := decide(b, cure.Override{Kind: cure.OverrideOwner, Target: about, Value: "Suzuki", Reason: "took over"}); err != nil {
		t.Fatal(err)
	}
	for _, o := range []cure.Override{
		{Kind: cure.OverrideOwner, Target: about, Reason: "nobody"},
		{Kind: cure.OverrideOwner, Target: about, Value: "a\nb", Reason: "x"},
		{Kind: cure.OverrideOwner, Target: cure.Target{Source: "feeds/a"}, Value: "Sato", Reason: "x"},
		{Kind: cure.OverrideSuppress, Reason: "nothing"},
	} {
		if err := decide(a, o); cure.KindOf(err) != cure.Invalid {
			t.Errorf("%+v: %v", o, err)
		}
	}
	owners, notes := []string{}, 0
	for _, o := range a.Overrides(cure.Observable{}, false) {
		switch o.Kind {
		case cure.OverrideOwner:
			owners = append(owners, o.Value)
		case cure.OverrideNote:
			notes++
		}
	}
	if len(owners) != 1 || owners[0] != "Suzuki" || notes != 3 {
		t.Errorf("owners %v, %d notes", owners, notes)
	}
}
