package hub

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// TestWindow reads a past window: its end is reached whether or not something
// came after it, and what cannot be seen is not in it.
func TestWindow(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	for i := range 6 {
		r.advance(time.Minute)
		rec := record(fmt.Sprint(i), fmt.Sprintf("198.51.100.%d", i))
		if i == 3 {
			rec.Marking = cure.Marking{TLP: cure.TLPRed}
		}
		p.send(rec)
	}
	read := func(sc cure.Scope, from, to time.Duration) (got []string) {
		t.Helper()
		w := r.follow(sc, Following{From: start.Add(from), To: start.Add(to)})
		defer w.Close()
		for {
			s, err := w.Next(ctx)
			if err == io.EOF {
				return got
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range s.Records {
				got = append(got, o.Observations[0].Observable.Value)
			}
		}
	}
	r.advance(time.Hour)
	for name, tt := range map[string]struct {
		scope    cure.Scope
		from, to time.Duration
		want     []string
	}{
		"in the middle":     {all, 2 * time.Minute, 4 * time.Minute, []string{"198.51.100.1", "198.51.100.2"}},
		"up to now":         {all, 5 * time.Minute, time.Hour, []string{"198.51.100.4", "198.51.100.5"}},
		"others see a part": {public, 3 * time.Minute, 6 * time.Minute, []string{"198.51.100.2", "198.51.100.4"}},
		"nothing came":      {all, 30 * time.Minute, 40 * time.Minute, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, read(tt.scope, tt.from, tt.to)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	_, err := r.Follow(ctx, all, Following{Rights: all, To: r.clock().Add(time.Second)})
	want(t, cure.Invalid, err)
}
