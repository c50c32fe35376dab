package mean_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
