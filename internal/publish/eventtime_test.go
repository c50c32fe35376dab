package publish

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	tests := map[string]string{ // "" is refused
		"2026-11-18T21:10:00.639222Z":         "2026-11-18T21:10:00.639222Z",
		"2026-11-18T21:10:00Z":                "2026-11-18T21:10:00Z",
		"2026-11-18 21:10:00.5":               "2026-11-18T21:10:00.5Z",
		"2026-11-18T21:10:00":                 "2026-11-18T21:10:00Z",
		"2026-11-18T21:10:00.123456789+09:00": "2026-11-18T12:10:00.123456789Z",
		"2026-11-18T21:10:00-0530":            "2026-11-19T02:40:00Z",
		"2026-12-31T23:59:60Z":                "2027-01-01T00:00:00Z",
		"2024-02-29T00:00:00Z":                "2024-02-29T00:00:00Z",
		"":                                    "",
		"2026-11-18":                          "",
		"2026-11-18T21:10:0":                  "",
		"2026-02-30T00:00:00Z":                "",
		"2026-13-01T00:00:00Z":                "",
		"2026-11-18T24:10:00Z":                "",
		"2026-11-18T21:10:00.Z.":              "",
		"2026-11-18T21:10:00 JST":             "",
		"2026-11-18T21:10:00+99:00":           "",
		"-026-11-18T21:10:00Z":                "",
		"1668805800":                          "",
	}
	for in, want := range tests {
		got, err := ParseTime([]byte(in), time.UTC)
		if (err != nil) != (want == "") || err == nil && got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %s, %v; want %q", in, got.Format(time.RFC3339Nano), err, want)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add([]byte("2026-11-18T21:10:00.639222Z"))
	f.Add([]byte("2026-11-18 21:10:00.5+0900"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ParseTime(b, time.UTC)
		if err != nil {
			return
		}
		// Where the standard library takes it too, both mean the same.
		if want, err := time.Parse(time.RFC3339Nano, string(b)); err == nil && !want.Equal(got) && want.Nanosecond()%1000 == got.Nanosecond()%1000 {
			t.Errorf("%q: %v, want %v", b, got, want)
		}
	})
}
