package mean_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/mean"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func TestTicketsGolden(t *testing.T) { goldenTexts(t, "tickets", mean.Tickets()) }

func TestTicketsBroken(t *testing.T) { goldenTexts(t, "tickets-broken", mean.Tickets()) }

// TestTicketsTable: exports as tables, by what stands in the first row.
func TestTicketsTable(t *testing.T) {
	for name, data := range map[string]string{
		"Redmine": "#,Subject,Description,Created,Tags\n4,SYNTHETIC,talks to 192.0.2.45,2026-11-20 10:00,c2\n",
		"Jira":    "Summary,Issue key,Labels,Labels,Description\nSYNTHETIC,SEC-1,c2,,\"talks to\n192.0.2.45\"\n",
		"RT":      "id\tSubject\tTags\tContent\n5\tSYNTHETIC\tc2\t192.0.2.45\n",
	} {
		t.Run(name, func(t *testing.T) {
			h := &publishtest.Hub{}
			runTexts(t, h, mean.Tickets(), put(t, "export.csv", []byte(data)))
			got, _ := said(h)
			if diff := cmp.Diff([]string{"ip:192.0.2.45"}, got); diff != "" || len(h.Records[0].Annotations) != 1 {
				t.Errorf("%s\n%+v", diff, h.Records)
			}
		})
	}
}

func FuzzTickets(f *testing.F) { fuzzTexts(f, mean.Tickets(), "tickets.in", "tickets-broken.in") }

// TestTicketChanges: what a ticket says now replaces what it said before, also
// when it says again what it said once; what has not changed says nothing.
func TestTicketChanges(t *testing.T) {
	version := func(words string) string {
		return `[{"id": "SEC-1", "title": "SYNTHETIC one", "text": "` + words + `"}, {"id": "SEC-2", "title": "SYNTHETIC two", "text": "192.0.2.9"}]`
	}
	h := &publishtest.Hub{}
	var records []string // of SEC-1
	for i, words := range []string{"192.0.2.45", "198.51.100.7", "198.51.100.7", "192.0.2.45"} {
		h.Records = nil
		runTexts(t, h, mean.Tickets(), put(t, "export"+strconv.Itoa(i)+".json", []byte(version(words)+strings.Repeat("\n", i))))
		var deleted, added []string
		for _, r := range h.Records {
			for _, c := range r.Controls {
				deleted = append(deleted, c.Record.String())
			}
			if len(r.Documents) > 0 && r.Observations[0].Observable.Value == words {
				added = append(added, r.ID.String())
			}
		}
		switch {
		case i == 2 && len(deleted)+len(added) > 0:
			t.Errorf("unchanged: deleted %v, added %v", deleted, added)
		case i != 2 && len(added) != 1, i == 1 && !slices.Equal(deleted, records[:1]), i == 3 && !slices.Equal(deleted, records[1:2]), i == 0 && len(deleted) > 0:
			t.Errorf("version %d: deleted %v, added %v, before %v", i, deleted, added, records)
		}
		records = append(records, added...)
	}
	if len(records) != 3 || records[0] != records[2] {
		t.Errorf("records %v", records)
	}
}

// TestTicketStateOfBefore: a state without things is taken up.
func TestTicketStateOfBefore(t *testing.T) {
	_, fold, err := mean.Tickets().New(publish.Options{Source: "tickets/a"})
	if err != nil {
		t.Fatal(err)
	}
	old := []byte{1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}
	if err := fold.Restore(old); err != nil {
		t.Fatal(err)
	}
	state := fold.AppendState(nil)
	if err := fold.Restore(state); err != nil || !bytes.HasSuffix(state, old[3:]) {
		t.Errorf("%v, %v", state, err)
	}
	for i := range state {
		_, fold, _ := mean.Tickets().New(publish.Options{Source: "tickets/a"})
		_ = fold.Restore(state[:i]) // no panic
	}
}
