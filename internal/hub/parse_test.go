package hub

import (
	"strings"
	"testing"

	"github.com/opencure/cure"
)

func TestParseQuery(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"address", "198.51.100.7", "198.51.100.7"},
		{"prefix", "198.51.100.7/24", "198.51.100.0/24"},
		{"prefix of IPv6", "2001:db8::/32", "2001:db8::/32"},
		{"suffix", "*.Example.ORG", "*.example.org"},
		{"top-level suffix", "*.example", "*.example"},
		{"defanged suffix", "*.例え[.]example", "*.xn--r8jz45g.example"},
		{"defanged address", "198[.]51[.]100[.]7", "198.51.100.7"},
		{"tag by itself", "Mirai", "tag:mirai"},
		{"tag of two words", `tag:"Two  words"`, `tag:"two words"`},
		{"quoted operator", `"or"`, `tag:"or"`},
		{"and, by default", "mirai kind:ip", "tag:mirai kind:ip"},
		{"and, spelt out", "mirai and kind:ip", "tag:mirai kind:ip"},
		{"precedence", "a or b c", "tag:a or (tag:b tag:c)"},
		{"brackets", "(a or b) c", "(tag:a or tag:b) tag:c"},
		{"not", "a not b", "tag:a not tag:b"},
		{"minus", "a -source:feeds", "tag:a not source:feeds"},
		{"minus and brackets", "-(a b)", "not (tag:a tag:b)"},
		{"seen since", "seen>=3 since:1d", "seen>=3 since:1440m"},
		{"time before brackets", "since:2h (a or b)", "(tag:a or tag:b) since:120m"},
		{
			"absolute times", "a since:2026-11-19 until:2026-11-20T10:00:00Z",
			"tag:a since:2026-11-19T00:00:00Z until:2026-11-20T10:00:00Z",
		},
		{"time alone", "since:1w", "since:10080m"},
		{"source of a publisher", "source:Feeds/*", "source:feeds"},
		{"role", "role:scanner", "role:scanner"},
		{"domain", "www.example.org", "www.example.org"},
		{"port", "tcp/23", "tcp/23"},
		{"hash", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q, err := ParseQuery(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := q.String(); got != tt.want {
				t.Errorf("ParseQuery(%q) reads %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestParseQueryErrors(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "  ", "character 1: nothing"},
		{"no end", "(a", "character 1: bracket"},
		{"no begin", "a )", `character 3: ")"`},
		{"empty brackets", "a ()", "character 3: nothing"},
		{"or at the end", "a or", "character 5: \"or\""},
		{"or at the begin", "or a", "character 1: \"or\""},
		{"and at the end", "a and", "character 3: \"and\""},
		{"not at the end", "a not", "character 3: \"not\""},
		{"kind", "a kind:colour", "character 3: unknown kind"},
		{"empty field", "source:", "character 1: source:"},
		{"time", "since:soon", "character 1: since:"},
		{"time in brackets", "a (b since:1d)", "character 6: since:"},
		{"time beside or", "a or b since:1d", "character 8: since:"},
		{"time twice", "a since:1d since:2d", "character 12: since:"},
		{"not time", "a not since:1d", "character 3: since:"},
		{"number", "seen>=many", "character 1: seen>="},
		{"quote", `カゲロウ "abc`, "character 6: quote"},
		{"suffix", "*.exa mple", ""},
		{"wrong suffix", "*.exa_..org", "character 1:"},
		{"deep", strings.Repeat("(", 99) + "a", "brackets inside"},
		{"deep not", strings.Repeat("-", 99) + "a", "operators inside"},
		{"long", strings.Repeat("a", maxQuery+1), "at most"},
		{"many terms", strings.Repeat("a ", maxTerms+1), "more than 256 terms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseQuery(tt.in)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || cure.KindOf(err) != cure.Invalid {
				t.Errorf("ParseQuery(%q): %v, want %q", tt.in, err, tt.want)
			}
		})
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{
		"198.51.100.0/24 since:7d", `(tag:"a b" or *.example.org) -source:feeds seen>=2`,
		"not not a", "カゲロウ kind:ip", `"\"`, "a and and b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := ParseQuery(s)
		if err != nil {
			return
		}
		again, err := ParseQuery(q.String())
		if err != nil {
			t.Fatalf("%q reads as %q, which is refused: %v", s, q, err)
		}
		if again.String() != q.String() {
			t.Fatalf("%q reads as %q, which reads as %q", s, q, again)
		}
	})
}
