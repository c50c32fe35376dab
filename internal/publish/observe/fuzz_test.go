package observe_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// fuzzDecoder checks for any bytes that a decoder is pure, does not change
// them, and gives what a batch can hold.
func fuzzDecoder(f *testing.F, p publish.Publisher, o publish.Options, seeds ...string) {
	for _, name := range seeds {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			f.Add(bytes.Trim(line, "[,]\r\n"))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		first, second := decode(t, p, o, raw), decode(t, p, o, raw)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("a second time (-first +second):\n%s", diff)
		}
		if !bytes.Equal(raw, before) {
			t.Error("the decoder changed the record")
		}
	})
}

// decode returns copies of the events of a record.
func decode(t *testing.T, p publish.Publisher, o publish.Options, raw []byte) []publish.Event {
	o.Names = publish.NewPseudonyms([32]byte{9})
	dec, _, err := p.New(o)
	if err != nil {
		t.Fatal(err)
	}
	var events []publish.Event
	_ = dec.Decode(raw, func(ev *publish.Event) { // most input is broken
		e := *ev
		e.Own = append([]string(nil), ev.Own...)
		e.Observations = append([]cure.Observation(nil), ev.Observations...)
		e.Annotations = append([]cure.Annotation(nil), ev.Annotations...)
		e.Attrs = append([]cure.Attr(nil), ev.Attrs...)
		e.Raw = bytes.Clone(ev.Raw)
		for _, obs := range e.Observations {
			if err := obs.Observable.Check(); err != nil {
				t.Errorf("observable: %v", err)
			}
		}
		for _, a := range e.Attrs {
			if !utf8.ValidString(a.Value) {
				t.Errorf("attribute %s is not UTF-8: %q", a.Name, a.Value)
			}
		}
		if !e.Actor.IsZero() && e.Actor.Check() != nil {
			t.Errorf("actor %v", e.Actor)
		}
		events = append(events, e)
	})
	return events
}
