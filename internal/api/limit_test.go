package api

import (
	"strconv"
	"testing"
	"time"
)

func TestLimiterIsABucketForEachName(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := newLimiter(10, 3, func() time.Time { return now })
	for i := range 3 {
		if _, ok := l.allow("a"); !ok {
			t.Fatalf("request %d of the burst refused", i)
		}
	}
	wait, ok := l.allow("a")
	if ok || wait <= 0 || wait > 100*time.Millisecond {
		t.Errorf("request beyond the burst: ok %v, wait %v, want refusal and at most 100 ms", ok, wait)
	}
	if _, ok := l.allow("b"); !ok {
		t.Error("another name pays for the first")
	}
	now = now.Add(100 * time.Millisecond)
	if _, ok := l.allow("a"); !ok {
		t.Error("refused after the wait")
	}
	if _, ok := l.allow("a"); ok {
		t.Error("one token allowed two requests")
	}
}

func TestLimiterIsBounded(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	l := newLimiter(10, 3, func() time.Time { return now })
	for i := range 2*maxBuckets + 10 {
		l.allow(strconv.Itoa(i))
	}
	if n := len(l.buckets); n > maxBuckets {
		t.Errorf("%d buckets, want at most %d", n, maxBuckets)
	}
}
