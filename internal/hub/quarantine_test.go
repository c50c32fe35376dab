package hub

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// until waits for something that follows without being waited for.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 5000 {
		if done() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

func TestQuarantineIsMarkedLikeItsSource(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Policy.Default = func(src cure.Source) cure.Marking {
			if src.Publisher() == "alerts" {
				return cure.Marking{TLP: cure.TLPRed}
			}
			return open
		}
	})
	for _, src := range []cure.Source{"cowrie/a", "alerts/own"} {
		r.publisher(src)
		var bad []BadRecord
		for i := range maxBadBatch + 1 {
			bad = append(bad, BadRecord{Place: fmt.Sprintf("file:%d", i), Reason: strings.Repeat("x", 5000), Raw: bytes.Repeat([]byte("y"), 9000)})
		}
		if err := r.Quarantine(ctx, src, bad); err != nil {
			t.Fatal(err)
		}
		until(t, "counted", func() bool { return r.ward.of(src) == maxBadBatch+1 })
	}
	got, err := r.Quarantined(ctx, public, "", Cursor{Limit: 3, Skip: 1})
	if err != nil || len(got) != 3 {
		t.Fatalf("%d bad records, %v, want 3", len(got), err)
	}
	b := got[0]
	if b.Source != "cowrie/a" || b.Place != fmt.Sprintf("file:%d", maxBadBatch-1) || len(b.Raw) != MaxBadRaw || len(b.Reason) != maxBadText || !b.Time.Equal(start) || b.Marking != open {
		t.Errorf("bad record %s %s, %d and %d bytes, %s %s", b.Source, b.Place, len(b.Raw), len(b.Reason), b.Time, b.Marking)
	}
	if got, err := r.Quarantined(ctx, public, "alerts/own", Cursor{}); err != nil || len(got) != 0 {
		t.Errorf("%d bad records of a RED source, %v", len(got), err)
	}
	if got, err := r.Quarantined(ctx, all, "", Cursor{Limit: 1000}); err != nil || len(got) != 2*(maxBadBatch+1) {
		t.Errorf("%d bad records, %v", len(got), err)
	}
}

func TestQuarantineDropsTheOldest(t *testing.T) {
	r := newRig(t, func(o *Options) { o.QuarantineMax = 64 << 10 })
	r.publisher("cowrie/a")
	for i := range 100 {
		err := r.Quarantine(ctx, "cowrie/a", []BadRecord{{Place: fmt.Sprint(i), Reason: "bad", Raw: bytes.Repeat([]byte{byte(i)}, MaxBadRaw)}})
		if err != nil {
			t.Fatal(err)
		}
	}
	info, err := r.bad.Info(ctx)
	if err != nil || info.Bytes > 80<<10 {
		t.Errorf("quarantine holds %d bytes, %v", info.Bytes, err)
	}
	until(t, "the newest listed, the oldest gone", func() bool {
		got, err := r.Quarantined(ctx, all, "cowrie/a", Cursor{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		return len(got) > 0 && len(got) < 100 && got[0].Place == "99"
	})
}

func TestObjectsComeBack(t *testing.T) {
	r := newRig(t)
	sum, err := r.Put(ctx, []byte("a long script"))
	if err != nil {
		t.Fatal(err)
	}
	if data, err := r.Get(ctx, sum); err != nil || string(data) != "a long script" {
		t.Errorf("object %q, %v", data, err)
	}
	_, err = r.Get(ctx, strings.Repeat("0", 64))
	want(t, cure.NotFound, err)
	_, err = r.Get(ctx, "x")
	want(t, cure.Invalid, err)
}

// TestQuarantineKeepsAnIDOnce sends records again, also to a hub that was
// started anew: those with an ID are kept once for each source.
func TestQuarantineKeepsAnIDOnce(t *testing.T) {
	r := newRig(t)
	bad := []BadRecord{{ID: "1", Reason: "a"}, {ID: "2", Reason: "b"}, {ID: "2", Reason: "b"}, {Reason: "without"}}
	send := func(src cure.Source) {
		t.Helper()
		if err := r.Quarantine(ctx, src, bad); err != nil {
			t.Fatal(err)
		}
	}
	for _, src := range []cure.Source{"cowrie/a", "cowrie/b"} {
		r.publisher(src)
		send(src)
	}
	send("cowrie/a")
	r.restart()
	send("cowrie/a")
	until(t, "counted", func() bool { return r.ward.of("cowrie/a") == 5 })
	got, err := r.Quarantined(ctx, all, "", Cursor{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, b := range got {
		seen[string(b.Source)+" "+b.ID]++
	}
	want := map[string]int{"cowrie/a 1": 1, "cowrie/a 2": 1, "cowrie/a ": 3, "cowrie/b 1": 1, "cowrie/b 2": 1, "cowrie/b ": 1}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
