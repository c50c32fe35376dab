package cure

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
)

func TestKindTable(t *testing.T) {
	for _, k := range Kinds() {
		back, err := ParseKind(k.String())
		if err != nil || back != k {
			t.Errorf("kind %d named %q came back as %d, %v", k, k, back, err)
		}
	}
	if _, err := ParseKind("none"); err == nil {
		t.Error(`"none" is a kind`)
	}
	if len(roleNames) != int(roleEnd) || len(stateNames) != int(stateEnd) || len(opNames) != int(opEnd) {
		t.Error("a table of names is not as long as its constants")
	}
}

func TestSource(t *testing.T) {
	for _, s := range []Source{"cowrie/tokyo1", "feeds/ip-multi-source", "a/0"} {
		back, err := SourceOfSubject(s.Subject())
		if s.Check() != nil || err != nil || back != s {
			t.Errorf("%q: %v, subject came back as %q, %v", s, s.Check(), back, err)
		}
	}
	for _, s := range []Source{"", "cowrie", "/x", "x/", "a/b/c", "A/b", "a/b.c", "a/*", "-a/b", "a/b>"} {
		if s.Check() == nil {
			t.Errorf("%q passed", s)
		}
	}
	for _, s := range []string{"", "obs.", "obs.a", "meta.a.b", "obs.a.b.c"} {
		if _, err := SourceOfSubject(s); err == nil {
			t.Errorf("subject %q was read", s)
		}
	}
}

func TestErrorKindSurvivesWrapping(t *testing.T) {
	err := fmt.Errorf("open: %w", Errorf(NotFound, "no such %s", "thing"))
	if KindOf(err) != NotFound || KindOf(errors.New("x")) != Internal || err.Error() != "open: no such thing" {
		t.Errorf("kind %v of %q", KindOf(err), err)
	}
}

func TestRecordJSON(t *testing.T) {
	const in = `{"marking":{"tlp":"AMBER"},"observations":[{"observable":{"kind":"ip","value":"198.51.100.7"},"role":"c2","first":"2026-11-20T01:20:00Z"}]}`
	var r Record
	if err := json.Unmarshal([]byte(in), &r); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(&r)
	if err != nil || string(out) != in {
		t.Errorf("came back as %s, %v", out, err)
	}
}

func TestIDParts(t *testing.T) {
	if NewID("ab", "c") == NewID("a", "bc") {
		t.Error("parts run into each other")
	}
	id := NewID("x")
	if back, err := ParseID(id.String()); err != nil || back != id {
		t.Errorf("%v came back as %v, %v", id, back, err)
	}
	if _, err := ParseID("zz"); err == nil {
		t.Error("bad id was read")
	}
}

func TestZeroScopeSeesNothing(t *testing.T) {
	var s Scope
	if s.Sees("a/b", Marking{TLP: TLPClear}) || !s.IsZero() || s.Org() != "" {
		t.Error("the zero scope sees something")
	}
}
