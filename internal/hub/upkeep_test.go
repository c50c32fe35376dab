package hub

import (
	"fmt"
	"testing"
)

func TestMemoryNearItsBudget(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Dir = "" })
	p := r.publisher("cowrie/a")
	for i := range 10 {
		p.send(record(fmt.Sprint(i), fmt.Sprintf("198.51.100.%d", i)))
	}
	for _, tt := range []struct {
		name  string
		part  float64 // of the budget that is in use
		state string
	}{
		{"no budget", 0, "ok"},
		{"far", 0.5, "ok"},
		{"warn", 0.85, "warn"},
		{"nothing left to drop", 0.95, "over"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r.Hub.opts.Memory = 0
			if tt.part > 0 {
				r.Hub.opts.Memory = int64(float64(r.store.Bytes()) / tt.part)
			}
			r.watchMemory()
			st, err := r.Status(ctx)
			if err != nil || st.Memory != tt.state {
				t.Errorf("memory is %q, %v, want %q", st.Memory, err, tt.state)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	p.send(record("a", "198.51.100.1"))
	if _, err := r.Snapshot(ctx); err != nil {
		t.Fatal(err)
	}
	st, err := r.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !st.Ready || st.Behind != 0 || st.Applied != 2 || st.SnapshotSeq != 2 || !st.Snapshot.Equal(start) {
		t.Errorf("status %+v", st)
	}
	src := r.Sources(all)
	if len(src) != 1 || src[0].Operating.Batches != 2 || src[0].Operating.Records != 1 || !src[0].Operating.Writer || src[0].Operating.Seq != 1 {
		t.Errorf("sources %+v", src)
	}
	if src := r.Sources(public); len(src) != 1 || src[0].Operating != nil || src[0].Default != nil || src[0].Values != 1 {
		t.Errorf("sources for who does not see all: %+v", src)
	}
	r.restart()
	if st, err = r.Status(ctx); err != nil || st.SnapshotSeq != 2 || st.Snapshot.IsZero() {
		t.Errorf("after a restart: %+v, %v", st, err)
	}
}
