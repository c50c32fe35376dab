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

// fuzzState checks that a state of the log that any bytes may stand in for is
// refused or taken up whole: written again it is the same and within what was
// said, and what it ends as can be in a batch. Lines make a true state to begin
// with.
func fuzzState(f *testing.F, p publish.Publisher, source cure.Source, lines ...string) {
	fresh := func(t testing.TB) (publish.Decoder, publish.Fold) {
		dec, fold, err := p.New(publish.Options{Source: source, Names: publish.NewPseudonyms([32]byte{9})})
		if err != nil {
			t.Fatal(err)
		}
		return dec, fold
	}
	dec, fold := fresh(f)
	for _, line := range lines {
		if err := dec.Decode([]byte(line), func(ev *publish.Event) { fold.Add(ev, func(*cure.Record) {}) }); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(fold.AppendState(nil))
	f.Fuzz(func(t *testing.T, state []byte) {
		_, fold := fresh(t)
		if fold.Restore(state) != nil || len(state) == 0 {
			return
		}
		again := fold.AppendState(nil)
		if err := fold.Restore(again); err != nil || !bytes.Equal(again, fold.AppendState(nil)) || len(again) > fold.Pending() {
			t.Errorf("state %x becomes %x, said to be at most %d bytes: %v", state, again, fold.Pending(), err)
		}
		_ = fold.End(true, func(r *cure.Record) {
			for _, o := range r.Observations {
				if err := o.Observable.Check(); err != nil {
					t.Error(err)
				}
			}
		})
	})
}
