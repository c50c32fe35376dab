package bench

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestQuantiles(t *testing.T) {
	tests := []struct {
		name string
		n    int // durations of 1 to n
		p    float64
		want time.Duration
	}{
		{"none", 0, .5, 0},
		{"one", 1, .5, 1},
		{"one, far out", 1, .999, 1},
		{"median of an odd number", 3, .5, 2},
		{"median of an even number is the lower", 4, .5, 2},
		{"99 of 100", 100, .99, 99},
		{"999 of 1000", 1000, .999, 999},
		{"p99.9 of 100 is the largest", 100, .999, 100},
		{"maximum", 1000, 1, 1000},
		{"minimum", 1000, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l Latencies
			for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(tt.n) {
				l.Add(time.Duration(i + 1))
			}
			if got := l.At(tt.p); got != tt.want {
				t.Errorf("At(%v) of 1 to %d = %d, want %d", tt.p, tt.n, got, tt.want)
			}
		})
	}
}

// TestQuantilesAfterMore adds after asking, which sorts.
func TestQuantilesAfterMore(t *testing.T) {
	var l Latencies
	l.Add(5)
	l.Add(9)
	if got := l.At(1); got != 9 {
		t.Errorf("maximum %d, want 9", got)
	}
	l.Add(1)
	if got := l.At(0); got != 1 {
		t.Errorf("minimum %d, want 1", got)
	}
	if l.Sum() != 15 || l.Mean() != 5 || l.Len() != 3 {
		t.Errorf("sum %d, mean %d, n %d, want 15, 5, 3", l.Sum(), l.Mean(), l.Len())
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.00us", 712: "0.71us", 42 * time.Microsecond: "42us", 1234 * time.Microsecond: "1.23ms",
		250 * time.Millisecond: "250ms", 4200 * time.Millisecond: "4.20s",
	} {
		if got := short(d); got != want {
			t.Errorf("short(%d) = %s, want %s", d, got, want)
		}
	}
}
