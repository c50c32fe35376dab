package export

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/access"
)

func TestCSV(t *testing.T) {
	var b strings.Builder
	err := CSV(&b, []access.Summary{
		{
			Observable: cure.Observable{Kind: cure.KindIP, Value: "198.51.100.7"}, Sources: []cure.Source{"cowrie/tokyo1", "feeds/ipsum"},
			First: time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC), Last: time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC), Count: 3,
			Roles: []cure.Role{cure.RoleScanner, cure.RoleLoader}, Tags: []string{"mirai", "カゲロウ"},
			Notes: []access.Note{{Name: "warninglist", Value: "public, resolver"}},
		},
		{Observable: cure.Observable{Kind: cure.KindTag, Value: `=hyperlink("http://c2.example.org";"x")`}},
	})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"kind", "value", "known", "sources", "first", "last", "count", "roles", "tags", "notes"},
		{"ip", "198.51.100.7", "yes", "cowrie/tokyo1; feeds/ipsum", "2026-11-20T01:00:00Z", "2026-11-20T02:00:00Z", "3", "scanner; loader", "mirai; カゲロウ", "warninglist: public, resolver"},
		{"tag", `'=hyperlink("http://c2.example.org";"x")`, "no", "", "", "", "", "", "", ""},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
}

func TestFieldsDoNotCompute(t *testing.T) {
	for _, f := range []string{"=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1", "|cmd", "%0a"} {
		if got := inert(f); got != "'"+f {
			t.Errorf("inert(%q) = %q", f, got)
		}
	}
	for _, f := range []string{"", "198.51.100.7", "a=b", "カゲロウ"} {
		if got := inert(f); got != f {
			t.Errorf("inert(%q) = %q", f, got)
		}
	}
}
