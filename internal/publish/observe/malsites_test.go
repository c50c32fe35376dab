package observe_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func TestMalsitesGolden(t *testing.T) {
	golden(t, "malsites", observe.Malsites(), "malsites/list", nil)
}

func TestMalsitesBroken(t *testing.T) {
	golden(t, "malsites-broken", observe.Malsites(), "malsites/list", nil)
}

func FuzzMalsites(f *testing.F) {
	fuzzDecoder(f, observe.Malsites(), publish.Options{Source: "malsites/a"}, "malsites.in", "malsites-broken.in")
}

// FuzzMalsitesState: a state from outside is taken up whole or refused.
func FuzzMalsitesState(f *testing.F) {
	f.Add(append([]byte{1, 1}, make([]byte, 19)...))
	fuzzState(f, observe.Malsites(), "malsites/a")
}

// TestMalsitesLifeCurve: only changes are points, also when the publisher was
// restarted between any two looks; who reported and what files were called
// does not leave.
func TestMalsitesLifeCurve(t *testing.T) {
	var looks []string
	for hour, status := range []string{"online", "online", "offline", "offline", "online"} {
		looks = append(looks, fmt.Sprintf(`{"malsites":1,"time":"2026-11-18T%02d:00:00Z","url":"http://198.51.100.23/k","status":%q}`+"\n", hour, status))
	}
	want := []string{"2026-11-18T00:00:00Z online", "2026-11-18T02:00:00Z offline", "2026-11-18T04:00:00Z online"}
	for cut := range looks {
		h := &publishtest.Hub{}
		for i, part := range [][]string{looks[:cut], looks[cut:]} {
			in := filepath.Join(t.TempDir(), fmt.Sprint(i))
			if err := os.WriteFile(in, []byte(strings.Join(part, "")), 0o600); err != nil {
				t.Fatal(err)
			}
			runInto(t, h, observe.Malsites(), "malsites/a", nil, in)
		}
		var got []string
		seen := uint32(0)
		for _, r := range h.Records {
			for _, a := range r.Attrs {
				if a.Name == "life" {
					got = append(got, a.Value)
				}
			}
			seen += max(r.Observations[0].Count, 1)
		}
		if diff := cmp.Diff(want, got); diff != "" || seen != 5 {
			t.Errorf("cut behind look %d, seen %d times (-want +got):\n%s", cut, seen, diff)
		}
	}
}

func TestMalsitesNamesNobody(t *testing.T) {
	for _, in := range []string{"malsites.in", "malsites-broken.in"} {
		h, _ := run(t, observe.Malsites(), "malsites/a", nil, filepath.Join("testdata", in))
		for _, secret := range []string{"somebody-0815", "hanako"} {
			if strings.Contains(everything(t, h), secret) {
				t.Errorf("%s: %s left", in, secret)
			}
		}
	}
}

// TestMalsitesSaysWhatIsCut: of a report of a sandbox that is longer than what
// is kept of one, the record says so.
func TestMalsitesSaysWhatIsCut(t *testing.T) {
	list := func(n int, entry string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(entry+",", n), ",") + "]"
	}
	var hosts []string
	for i := range 300 {
		hosts = append(hosts, fmt.Sprintf(`{"domain":"h%d.other.example"}`, i))
	}
	report := func(signatures, domains, dropped int) string {
		return `{"info":{"started":"2026-11-20 09:00:00"},"target":{"file":{"sha256":"` + strings.Repeat("ab", 32) + `"}},` +
			`"signatures":` + list(signatures, `{"name":"x","description":"y"}`) + `,"dropped":` + list(dropped, `{"sha256":""}`) +
			`,"network":{"domains":[` + strings.Join(hosts[:domains], ",") + `]}}`
	}
	for name, tt := range map[string]struct {
		report string
		want   []string
	}{
		"all of it":  {report(64, 64, 64), nil},
		"too much":   {report(65, 300, 100), []string{"64 of 65 signatures", "64 of 300 domains", "64 of 100 dropped files"}},
		"one beyond": {report(1, 1, 65), []string{"64 of 65 dropped files"}},
	} {
		t.Run(name, func(t *testing.T) {
			events := decode(t, observe.Malsites(), publish.Options{Source: "malsites/a"}, []byte(tt.report))
			if len(events) != 1 {
				t.Fatalf("%d events", len(events))
			}
			var cut []string
			for _, a := range events[0].Attrs {
				if a.Name == "cut" {
					cut = append(cut, a.Value)
				}
			}
			if diff := cmp.Diff(tt.want, cut); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
