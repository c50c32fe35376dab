package cure_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
)

func TestOverrideCheck(t *testing.T) {
	addr := cure.Observable{Kind: cure.KindIP, Value: "192.0.2.53"}
	a, b := cure.Observable{Kind: cure.KindTag, Value: "bashlite"}, cure.Observable{Kind: cure.KindTag, Value: "gafgyt"}
	for _, tt := range []struct {
		name string
		o    cure.Override
		want string // "": taken
	}{
		{"verdict", cure.Override{Kind: "verdict", Value: "not-benign", Target: cure.Target{Observable: addr}, Reason: "seen at work"}, ""},
		{"suppress a link", cure.Override{Kind: "suppress", Target: cure.Target{Source: "a/b", With: "c/d"}, Reason: "same data"}, ""},
		{"suppress what one source ties", cure.Override{Kind: "suppress", Target: cure.Target{Observable: addr, Tag: a, Source: "a/b"}, Reason: "wrong"}, ""},
		{"rating", cure.Override{Kind: "rating", Value: "B", Target: cure.Target{Source: "a/b"}, Reason: "often right"}, ""},
		{"alias", cure.Override{Kind: "alias", Value: "same", Target: cure.Target{Observable: a, Tag: b}, Reason: "same code"}, ""},
		{"alias of itself", cure.Override{Kind: "alias", Value: "same", Target: cure.Target{Observable: a, Tag: a}, Reason: "x"}, "two different tags"},
		{"alias of an address", cure.Override{Kind: "alias", Value: "same", Target: cure.Target{Observable: addr, Tag: a}, Reason: "x"}, "two different tags"},
		{"no reason", cure.Override{Kind: "suppress", Target: cure.Target{Source: "a/b"}}, "reason"},
		{"no target", cure.Override{Kind: "suppress", Reason: "x"}, "target"},
		{"unknown verdict", cure.Override{Kind: "verdict", Value: "bad", Target: cure.Target{Observable: addr}, Reason: "x"}, "want one of"},
		{"verdict of a source", cure.Override{Kind: "verdict", Value: "benign", Target: cure.Target{Source: "a/b"}, Reason: "x"}, "verdict is about"},
		{"unknown kind", cure.Override{Kind: "mute", Target: cure.Target{Observable: addr}, Reason: "x"}, "unknown kind"},
		{"link out of order", cure.Override{Kind: "suppress", Target: cure.Target{Source: "c/d", With: "a/b"}, Reason: "x"}, "order"},
		{"long reason", cure.Override{Kind: "suppress", Target: cure.Target{Source: "c/d"}, Reason: strings.Repeat("x", cure.MaxReason+1)}, "reason"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.o.Check()
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("check says %v, want %q", err, tt.want)
			}
		})
	}
}

func TestOverrideEnds(t *testing.T) {
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	o := cure.Override{Expires: at}
	if o.Active(at) || !o.Active(at.Add(-time.Second)) || !(&cure.Override{}).Active(at) {
		t.Error("an override ends at the wrong time")
	}
}
