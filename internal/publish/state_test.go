package publish

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

func event(key string, second int, ends bool) *Event {
	return &Event{
		Key: key, Time: time.Unix(1790000000+int64(second), 0).UTC(), Ends: ends, Role: cure.RoleScanner, Raw: []byte("raw"),
		Actor: cure.Observable{Kind: cure.KindIP, Value: "198.51.100.7"},
	}
}

func drop(*cure.Record) {}

func TestSessionsStateIsAllThereIs(t *testing.T) {
	f := NewSessions("toy/a")
	for i := range 100 {
		ev := event(fmt.Sprintf("s%d", i), i, i%2 == 0)
		if i%3 == 0 {
			ev.Role = cure.RoleInfected
		}
		f.Add(ev, drop)
	}
	f.Spill(drop)
	state := f.AppendState(nil)
	again := NewSessions("toy/a")
	if err := again.Restore(state); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(state, again.AppendState(nil)); diff != "" {
		t.Errorf("state of the restored fold:\n%s", diff)
	}
	var one, two []cure.Record
	late := event("s3", 50, false)
	late.Actor = cure.Observable{} // the role and the address are remembered
	f.Add(late, func(*cure.Record) {})
	f.Spill(func(r *cure.Record) { one = append(one, *r) })
	again.Add(late, func(*cure.Record) {})
	again.Spill(func(r *cure.Record) { two = append(two, *r) })
	if diff := cmp.Diff(one, two); diff != "" || len(one) != 1 || one[0].Observations[0].Role != cure.RoleInfected {
		t.Errorf("late event, before and after: %v\n%s", one, diff)
	}
}

// TestSessionsAreBounded gives more open sessions and more of each than are
// kept, and counts that nothing is lost.
func TestSessionsAreBounded(t *testing.T) {
	f := NewSessions("toy/a")
	count, largest, ids := 0, 0, map[cure.ID]bool{}
	emit := func(r *cure.Record) {
		ids[r.ID] = true
		largest = max(largest, len(r.Raw))
		for _, o := range r.Observations {
			count += int(o.Count)
		}
	}
	const sessions = maxSessions + 500
	for round := range 3 {
		for i := range sessions {
			ev := event(fmt.Sprintf("session-with-a-rather-long-name-that-is-hashed-%d", i), round, false)
			ev.Raw = bytes.Repeat([]byte("x"), 300)
			f.Add(ev, emit)
			if len(f.open) > maxSessions || f.pending > maxPending || f.Pending() > maxPending+maxInlineState {
				t.Fatalf("%d sessions, %d bytes waiting, %d in all", len(f.open), f.pending, f.Pending())
			}
		}
	}
	f.Spill(emit)
	if n := len(f.AppendState(nil)); n > maxInlineState {
		t.Errorf("state of %d bytes", n)
	}
	if count != 3*sessions || len(ids) != sessions || largest > maxPart {
		t.Errorf("%d events of %d sessions, want %d of %d; largest part %d", count, len(ids), 3*sessions, sessions, largest)
	}
}

func TestIdleSessionsAreForgotten(t *testing.T) {
	f := NewSessions("toy/a")
	f.Add(event("old", 0, false), drop)
	emitted := 0
	f.Add(event("new", int(sessionIdle/time.Second)+1, false), func(*cure.Record) { emitted++ })
	if len(f.open) != 1 || emitted != 1 {
		t.Errorf("%d sessions open, %d emitted", len(f.open), emitted)
	}
}

func TestCheckpointIsReadAsWritten(t *testing.T) {
	key := [32]byte{7}
	mask := NewMasker(NewPseudonyms(key), nil)
	mask.Learn([]string{"hp-tokyo-1"})
	want := &checkpoint{
		seq: 9, at: time.UnixMilli(1790000000123).UTC(), input: "abc", name: "log", copied: time.UnixMilli(1).UTC(),
		learned: []string{"192.0.2.10", "hp-tokyo-1"}, fold: []byte("state"), foldSum: "",
	}
	for i := range maxPositions + 5 {
		want.advance(fmt.Sprint("file", i), int64(i))
	}
	_, forgotten := want.offset("file4")
	if at, ok := want.offset("file5"); forgotten || !ok || at != 5 || len(want.positions) != maxPositions {
		t.Errorf("kept %d positions", len(want.positions))
	}
	b := want.encode(key, mask)
	if bytes.Contains(b, []byte("192.0.2.10")) || bytes.Contains(b, []byte("hp-tokyo")) {
		t.Error("the checkpoint names a sensor")
	}
	if len(b) > want.size()+len(want.fold) {
		t.Errorf("checkpoint of %d bytes, bound %d", len(b), want.size())
	}
	got, err := decodeCheckpoint(b, key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(checkpoint{}, position{})); diff != "" {
		t.Error(diff)
	}
	if _, err := decodeCheckpoint(b, [32]byte{8}); cure.KindOf(err) != cure.Invalid {
		t.Errorf("with another key: %v", err)
	}
	if kept := StateObject(b); kept != "" {
		t.Errorf("a state that travels along is said to be in %q", kept)
	}
	want.fold, want.foldSum = nil, strings.Repeat("5a", 32)
	if kept := StateObject(want.encode(key, mask)); kept != want.foldSum {
		t.Errorf("kept in %q, want %q", kept, want.foldSum)
	}
	for n := 1; n < len(b); n += 17 {
		if _, err := decodeCheckpoint(b[:n], key); err == nil {
			t.Errorf("the first %d bytes were taken", n)
		}
	}
}

// FuzzState gives any bytes as state: they are refused or taken, in bounded
// memory, and what is taken is written as it was read.
func FuzzState(f *testing.F) {
	s := NewSessions("toy/a")
	s.Add(event("a", 1, false), drop)
	s.Add(event("b", 2, true), drop)
	s.Spill(drop)
	f.Add(s.AppendState(nil))
	l := NewList(&Definition{})
	l.have.keys.add([]byte{1, 198, 51, 100, 7})
	l.have.keys.add([]byte{1, 198, 51, 100, 8})
	f.Add(l.AppendState(nil))
	f.Add((&checkpoint{seq: 1, input: "x"}).encode([32]byte{}, NewMasker(NewPseudonyms([32]byte{}), nil)))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, fold := range []Fold{NewSessions("toy/a"), NewList(&Definition{})} {
			if fold.Restore(b) != nil {
				continue
			}
			state := fold.AppendState(nil)
			if err := fold.Restore(state); err != nil {
				t.Fatalf("%T does not take its own state: %v", fold, err)
			}
			if again := fold.AppendState(nil); !bytes.Equal(state, again) {
				t.Errorf("%T: state %x becomes %x", fold, state, again)
			}
		}
		if c, err := decodeCheckpoint(b, [32]byte{}); err == nil && len(c.foldSum) == 64 && StateObject(b) != "" && StateObject(b) != c.foldSum {
			t.Errorf("%x: kept in %q, and in %q", b, StateObject(b), c.foldSum)
		}
	})
}
