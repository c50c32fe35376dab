package ioc

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// line writes matches as the table does.
func line(matches []Match) string {
	var words []string
	for _, m := range matches {
		w := m.String()
		if m.Defanged {
			w = "~" + w
		}
		if m.Port != 0 {
			w += "^" + strconv.Itoa(int(m.Port))
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func TestFind(t *testing.T) {
	rows := table(t, "find.txt")
	if len(rows) < 200 {
		t.Errorf("%d cases, want 200", len(rows))
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			text := unquote(t, r.in)
			got := slices.Collect(Find(text))
			if diff := cmp.Diff(r.want, line(got)); diff != "" {
				t.Errorf("%s\n(-want +got):\n%s", text, diff)
			}
			sound(t, text, got)
		})
	}
}

// sound checks what holds for the matches of any text.
func sound(t *testing.T, text string, matches []Match) {
	t.Helper()
	last := 0
	for _, m := range matches {
		if m.Start < last || m.End <= m.Start || m.End > len(text) {
			t.Fatalf("%q: %v at %d to %d after %d", text, m.Observable, m.Start, m.End, last)
		}
		last = m.End
		if err := m.Check(); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
}

func TestFindStops(t *testing.T) {
	n := 0
	for range Find("198.51.100.7 198.51.100.8 http://c2a.kagerou.example/a") {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d matches after break, want 1", n)
	}
}

// A canonical value in a text costs nothing.
func TestFindAllocations(t *testing.T) {
	text := "198.51.100.7 c2a.kagerou.example http://c2a.kagerou.example/a d41d8cd98f00b204e9800998ecf8427e CVE-2021-44228 user@hinata.example"
	n := 0
	allocs := testing.AllocsPerRun(10, func() {
		n = 0
		for range Find(text) {
			n++
		}
	})
	if n != 6 || allocs >= float64(n) {
		t.Errorf("%d matches, %v allocations, want 6 and fewer allocations", n, allocs)
	}
}

// Ten spellings in one text are one item (row M-01).
func TestFindTenWays(t *testing.T) {
	text := `198.51.100.77, 198[.]51[.]100[.]77 and 198.51.100[.]77; (198(.)51(.)100(.)77) 198{dot}51{dot}100{dot}77
198.51.100.77:23 ::ffff:198.51.100.77 １９８．５１．１００．７７は198.51.100［.］77、198。51。100。77でも198.051.100.077でもある`
	var found []cure.Observable
	for m := range Find(text) {
		found = append(found, m.Observable)
	}
	if len(found) != 11 || len(slices.Compact(found)) != 1 {
		t.Errorf("found %v, want one address eleven times", found)
	}
}

// Text made to be slow takes one pass: with a quadratic step these would run
// for hours.
func TestFindIsLinear(t *testing.T) {
	const size = 1 << 19
	for _, unit := range []string{
		".", "[", "[.", "[.]", "(dot)", " dot ", "a.", "a.b", "a", "1", "1.", "1.1.1.1.", "f", ":", "::", "a:", "@", "a@", "a@b.", "://", "http://",
		"http://a", "http://a.example/", "http://a.example/(", "//", "/", "a/", "\\", "\\[", "。", "a。", "あ", "あ.", "．", "［", "[dot", "0123456789abcdef",
		"CVE-", "CVE-2021-", "port 1, ", "1,", "1/", "tcp/", "-", "_", "1.1.1.1-", "%41", "\u200b", "a\u200b", "\xe3", "\xef\xbc", "hxxp：／／", "&amp;", "é.",
	} {
		text := strings.Repeat(unit, size/len(unit))
		sound(t, text, slices.Collect(Find(text)))
		text = "http://a.example/" + text
		sound(t, text, slices.Collect(Find(text)))
	}
}
