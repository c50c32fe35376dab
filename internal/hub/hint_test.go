package hub

import (
	"slices"
	"strings"
	"testing"
)

func TestHint(t *testing.T) {
	for _, tt := range []struct{ word, part string }{
		{"198.51.100.300", "four numbers"},
		{"198.51.100", "four numbers"},
		{"198.51.100.0/33", "four numbers"},
		{"port:23", "tcp/23"},
		{"port:99999", ""},
		{"http://", "without a host"},
		{"hxxp://", "without a host"},
		{"ip:198.51.100.7", "address alone"},
		{"type:ip", "kind:"},
		{"2001:db8:::1", "IPv6"},
		{strings.Repeat("a", 33), "33 hex digits"},
		{"mirai", ""},
		{"malware:mirai", ""},
		{"exploit.java", "ending"},
		{"カゲロウ", ""},
	} {
		if got := hint(tt.word); (tt.part == "") != (got == "") || !strings.Contains(got, tt.part) {
			t.Errorf("hint(%q) = %q, want one with %q", tt.word, got, tt.part)
		}
	}
}

func TestSearchHints(t *testing.T) {
	r := newRig(t)
	res, err := r.Search(ctx, all, "198.51.100.300 or mirai or tag:port:23", Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Hints) != 2 || !slices.ContainsFunc(res.Hints, func(h string) bool { return strings.Contains(h, "tcp/23") }) {
		t.Errorf("hints %q", res.Hints)
	}
}
