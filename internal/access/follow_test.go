package access_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/access"
)

// streamed returns the records of a stream from the beginning up to the one
// with the last value, without those of engines, whose order is their own.
func (h *house) streamed(v access.View, last string) string {
	s, err := v.Follow(context.Background(), access.Following{After: "0"})
	if err != nil {
		h.t.Fatal(err)
	}
	defer s.Close()
	var all []string
	for {
		slice := h.next(s)
		for _, part := range slice.Parts {
			var records []client.Opened
			if err := json.Unmarshal(part, &records); err != nil {
				h.t.Fatal(err)
			}
			for i := range records {
				if records[i].Source.Publisher() == "enrich" {
					continue
				}
				records[i].ID = cure.ID{} // those made up by a hub are its own
				text, _ := json.Marshal(records[i])
				all = append(all, string(text))
				if strings.Contains(string(text), last) {
					return strings.Join(all, "\n")
				}
			}
		}
	}
}

func (h *house) next(s *access.Stream) access.Slice {
	h.t.Helper()
	slice, err := s.Next(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	return slice
}

// TestCursorTellsNothing gives two partners of two hubs the same records, with
// hidden ones between them in one of the hubs: the bytes of the streams are
// the same, and so is what follows behind each cursor.
func TestCursorTellsNothing(t *testing.T) {
	var heard [2][]string
	for i := range heard {
		h := newHouse(t)
		h.orgs()
		v := h.view("clear")
		for n := range 6 {
			if n%3 == 0 {
				h.advance(time.Second)
			}
			if i == 1 {
				h.push("cowrie/b", cure.Record{Marking: cure.Marking{TLP: cure.TLPRed}, Observations: []cure.Observation{seen(cure.KindIP, "192.0.2.200")}})
			}
			h.push("cowrie/a", cure.Record{ID: cure.NewID(string(rune('a' + n))), Observations: []cure.Observation{seen(cure.KindIP, "198.51.100."+string(rune('1'+n)))}})
		}
		s, err := v.Follow(context.Background(), access.Following{After: "0"})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for range 6 {
			slice := h.next(s)
			heard[i] = append(heard[i], slice.Cursor+" "+string(slice.Parts[0]))
		}
		for n := range 5 { // go on behind each
			cursor, _, _ := strings.Cut(heard[i][n], " ")
			again, err := v.Follow(context.Background(), access.Following{After: cursor})
			if err != nil {
				t.Fatal(err)
			}
			slice := h.next(again)
			if got := slice.Cursor + " " + string(slice.Parts[0]); got != heard[i][n+1] {
				t.Errorf("behind %s came\n%s\nwant\n%s", cursor, got, heard[i][n+1])
			}
			again.Close()
		}
		if s.At() != 0 {
			t.Errorf("the stream sequence %d is shown to a partner", s.At())
		}
		if _, err := v.Follow(context.Background(), access.Following{After: "3"}); cure.KindOf(err) != cure.Invalid {
			t.Errorf("a partner went on behind a stream sequence: %v", err)
		}
	}
	if diff := cmp.Diff(heard[0], heard[1]); diff != "" {
		t.Errorf("hidden records show (-without +with):\n%s", diff)
	}
}

func TestRevokedKeyEndsAStream(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	v := h.view("clear")
	s, err := v.Follow(context.Background(), access.Following{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	beat := v.Listen()
	defer beat.Close()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if err := h.reg.SetOrg(context.Background(), h.admin, access.Org{ID: "other"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err != nil {
		t.Errorf("a change of another organisation ends the stream: %v", err)
	}
	if err := h.reg.RevokeKey(context.Background(), h.admin, v.Principal().Key); err != nil {
		t.Fatal(err)
	}
	h.push("cowrie/a", cure.Record{Observations: []cure.Observation{seen(cure.KindIP, "198.51.100.1")}})
	if _, err := s.Next(context.Background()); cure.KindOf(err) != cure.Denied {
		t.Errorf("records after the key was revoked: %v", err)
	}
	if _, err := beat.Next(context.Background()); cure.KindOf(err) != cure.Denied {
		t.Errorf("pulse after the key was revoked: %v", err)
	}
}

func TestPulseShowsWhatIsVisible(t *testing.T) {
	h := newHouse(t)
	h.orgs()
	beat := h.view("clear").Listen()
	defer beat.Close()
	red := cure.Marking{TLP: cure.TLPRed}
	value := seen(cure.KindIP, "198.51.100.1")
	h.push("dionaea/a", cure.Record{Marking: red, Observations: []cure.Observation{value}})
	h.push("cowrie/a", cure.Record{Observations: []cure.Observation{value}}, cure.Record{Marking: red, Observations: []cure.Observation{value}})
	h.push("feeds/a", cure.Record{Observations: []cure.Observation{value}})
	got := client.Pulse{Records: map[string]int{}}
	for got.Records["feeds"] == 0 {
		p, err := beat.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range p.Records {
			got.Records[name] += n
		}
		got.Links = append(got.Links, p.Links...)
	}
	want := client.Pulse{
		Records: map[string]int{"cowrie": 1, "feeds": 1},
		Links:   []client.PulseLink{{A: "cowrie", B: "feeds", Count: 1, Sample: value.Observable}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pulses (-want +got):\n%s", diff)
	}
}
