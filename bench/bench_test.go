package bench

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/wire"
)

func TestQuiet(t *testing.T) {
	for load, want := range map[string]bool{
		"0.00 1.20 3.00": true, "0.50 0 0": true, "0.51 0 0": false, "12.1 0 0": false, "unknown": false, "": false,
	} {
		if got := quiet(load); got != want {
			t.Errorf("quiet(%q) = %t, want %t", load, got, want)
		}
	}
}

func TestUsage(t *testing.T) {
	const stat = "42 (a (very) odd name) S 1 42 42 0 -1 4194304 100 0 0 0 150 25 0 0 20 0 7 0 12345 1 2"
	const status = "Name:\ta\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n"
	got, err := parseUsage(stat, status)
	want := Usage{CPU: 1750 * time.Millisecond, Resident: 1 << 20, Peak: 2 << 20}
	if err != nil || got != want {
		t.Errorf("parseUsage = %+v, %v, want %+v", got, err, want)
	}
	for name, broken := range map[string]string{"empty": "", "cut": "42 (x) S 1 42", "no number": strings.Replace(stat, " 150 ", " x ", 1)} {
		if got, err := parseUsage(broken, status); err == nil {
			t.Errorf("%s: %+v, want an error", name, got)
		}
	}
}

// TestRecordsAreTheSameAgain encodes a stream twice and looks at what a hub
// would decode.
func TestRecordsAreTheSameAgain(t *testing.T) {
	const n = 20_000
	one, err := encodeAll(context.Background(), n, 7)
	if err != nil {
		t.Fatal(err)
	}
	two, err := encodeAll(context.Background(), n, 7)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(one.payloads, two.payloads, bytes.Equal) {
		t.Error("the same seed gave other bytes")
	}
	if other, err := encodeAll(context.Background(), n, 8); err != nil || bytes.Equal(one.payloads[0], other.payloads[0]) {
		t.Errorf("another seed gave the same bytes, or %v", err)
	}
	dec, err := wire.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	rows, amber, records := 0, 0, 0
	for _, p := range one.payloads {
		b, err := dec.Decode(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Refused) > 0 || b.Unknown > 0 {
			t.Fatalf("refused %v, %d unknown", b.Refused, b.Unknown)
		}
		rows += len(b.Rows)
		for _, e := range b.Envelopes {
			records++
			if b.Markings[e.Marking].TLP == cure.TLPAmber {
				amber++
			}
		}
	}
	if rows != n || records != one.records {
		t.Errorf("%d observations in %d records, want %d in %d", rows, records, n, one.records)
	}
	if amber*4 < records || amber*4 > records*3 {
		t.Errorf("%d of %d records are amber, want about half", amber, records)
	}
}

func TestCowrieLogIsTheSameAgain(t *testing.T) {
	write := func(seed uint64) (string, int) {
		var b bytes.Buffer
		lines, err := WriteCowrie(&b, seed, 200)
		if err != nil {
			t.Fatal(err)
		}
		return b.String(), lines
	}
	one, lines := write(1)
	if two, _ := write(1); one != two {
		t.Error("the same seed gave other bytes")
	}
	if two, _ := write(2); one == two {
		t.Error("another seed gave the same bytes")
	}
	if n := strings.Count(one, "\n"); n != lines || n < 200*4 {
		t.Errorf("%d lines said, %d written", lines, n)
	}
}

func TestAllStaysBelowItsMaximum(t *testing.T) {
	for limit, want := range map[int][]string{
		20_000:     {"20000"},
		10_000_000: {"1000000", "10000000"},
		50_000_000: {"1000000", "10000000", "50000000"},
	} {
		var sizes []string
		for _, args := range (AllOptions{Dir: ".", Max: limit, Seed: 1}).commands() {
			if args[0] == "store" {
				sizes = append(sizes, args[2])
			}
		}
		if diff := cmp.Diff(want, sizes); diff != "" {
			t.Errorf("--max %d: stores of other sizes (-want +got)\n%s", limit, diff)
		}
	}
}

func TestFolderBytes(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int{"a": 10, "b": 32} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := folderBytes(dir); n != 42 || err != nil {
		t.Errorf("folderBytes = %d, %v, want 42", n, err)
	}
}
