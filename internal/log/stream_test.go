package log

import (
	"strings"
	"testing"
	"time"
)

func TestSubjects(t *testing.T) {
	tests := []struct {
		pattern, subject string
		want             bool
	}{
		{"obs.>", "obs.cowrie.tokyo1", true},
		{"obs.>", "obs.a", true},
		{"obs.>", "obs", false},
		{"obs.*", "obs.a", true},
		{"obs.*", "obs.a.b", false},
		{"obs.*.tokyo1", "obs.cowrie.tokyo1", true},
		{"obs.*.tokyo1", "obs.cowrie.osaka1", false},
		{"obs.a", "obs.a", true},
		{"obs.a", "obs.ab", false},
		{"obs.a.b", "obs.a", false},
		{"meta", "meta", true},
	}
	for _, tt := range tests {
		if got := matches(tt.pattern, tt.subject); got != tt.want {
			t.Errorf("%s matches %s: %v", tt.pattern, tt.subject, got)
		}
		if got := overlap([]string{tt.pattern}, []string{tt.subject}); got != tt.want {
			t.Errorf("%s overlaps %s: %v", tt.pattern, tt.subject, got)
		}
	}
	for pair, want := range map[[2]string]bool{
		{"obs.*.a", "obs.b.*"}: true, {"obs.>", "*.b.c"}: true, {"obs.*", "obs.a.b"}: false, {"obs.a.>", "obs.b.>"}: false,
	} {
		if got := overlap([]string{pair[0]}, []string{pair[1]}); got != want {
			t.Errorf("%s overlaps %s: %v", pair[0], pair[1], got)
		}
	}
	for _, bad := range []string{"", ".", "a.", ".a", "a..b", "a.>.b", "a*.b", "$JS.API.x", "a b", "a\x00", "ä", strings.Repeat("a", 256)} {
		if validPattern(bad) {
			t.Errorf("pattern %q is taken as valid", bad)
		}
	}
}

func TestSyncText(t *testing.T) {
	for text, want := range map[string]Sync{
		"": SyncAlways, "always": SyncAlways, "1s": Sync(time.Second), "2m": Sync(2 * time.Minute),
	} {
		var got Sync
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		out, err := got.MarshalText()
		var again Sync
		if err != nil || again.UnmarshalText(out) != nil || again != want {
			t.Errorf("%q does not come back from %q", text, out)
		}
	}
	for _, bad := range []string{"never", "server", "0s", "-1s", "50ms", "11m", "1"} {
		var got Sync
		if err := got.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken as %v", bad, got)
		}
	}
}

func TestSumText(t *testing.T) {
	sum := SumOf([]byte("abc"))
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, appendix B.1
	if sum.String() != want {
		t.Errorf("sum of abc is %s", sum)
	}
	if got, err := ParseSum(want); err != nil || got != sum {
		t.Errorf("parsed %v, %v", got, err)
	}
	for _, bad := range []string{"", want[1:], want + "0", "g" + want[1:]} {
		if _, err := ParseSum(bad); err == nil {
			t.Errorf("%q is taken as a sum", bad)
		}
	}
}
