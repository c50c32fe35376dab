package config

import (
	"testing"
	"time"
)

func TestSize(t *testing.T) {
	tests := []struct {
		text string
		want Size
		out  string // "" for refused
	}{
		{"0", 0, "0"},
		{"512", 512, "512B"},
		{"8GiB", 8 << 30, "8GiB"},
		{"8 GiB", 8 << 30, "8GiB"},
		{"1536MiB", 1536 << 20, "1536MiB"},
		{"48KB", 48000, "48kB"},
		{"1TB", 1e12, "1TB"},
		{"", 0, ""},
		{"GiB", 0, ""},
		{"-1", 0, ""},
		{"1.5GiB", 0, ""},
		{"8gib", 0, ""},
		{"9999999999TiB", 0, ""},
	}
	for _, tt := range tests {
		var got Size
		err := got.UnmarshalText([]byte(tt.text))
		if (err != nil) != (tt.out == "") || got != tt.want {
			t.Errorf("%q: %d, %v; want %d", tt.text, got, err, tt.want)
		}
		if err == nil && got.String() != tt.out {
			t.Errorf("%q prints as %q, want %q", tt.text, got, tt.out)
		}
	}
}

func TestDuration(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
		out  string // "" for refused
	}{
		{"0", 0, "0"},
		{"90d", 90 * day, "90d"},
		{"1d12h", 36 * time.Hour, "1d12h"},
		{"10m", 10 * time.Minute, "10m"},
		{"1h30m", 90 * time.Minute, "1h30m"},
		{"90s", 90 * time.Second, "1m30s"},
		{"24h", day, "1d"},
		{"250ms", 250 * time.Millisecond, "250ms"},
		{"", 0, ""},
		{"5", 0, ""},
		{"-5m", 0, ""},
		{"d", 0, ""},
		{"1d-5h", 0, ""},
		{"999999999d", 0, ""},
		{"106751d24h", 0, ""},
	}
	for _, tt := range tests {
		var got Duration
		err := got.UnmarshalText([]byte(tt.text))
		if (err != nil) != (tt.out == "") || time.Duration(got) != tt.want {
			t.Errorf("%q: %v, %v; want %v", tt.text, time.Duration(got), err, tt.want)
		}
		if err == nil && got.String() != tt.out {
			t.Errorf("%q prints as %q, want %q", tt.text, got, tt.out)
		}
	}
}

func TestSync(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"always", 0, true},
		{"1s", time.Second, true},
		{"2m", 2 * time.Minute, true},
		{"3m", 0, false},
		{"0", 0, false},
		{"never", 0, false},
	}
	for _, tt := range tests {
		var got Sync
		err := got.UnmarshalText([]byte(tt.text))
		if (err == nil) != tt.ok || time.Duration(got) != tt.want {
			t.Errorf("%q: %v, %v", tt.text, time.Duration(got), err)
		}
		if err == nil && got.String() != tt.text {
			t.Errorf("%q prints as %q", tt.text, got)
		}
	}
}
