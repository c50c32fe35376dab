package hub

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/opencure/cure"
)

// keeping is a checkpoint of a publisher whose state is in an object.
func keeping(object string) cure.Record {
	state := []byte{1, 0, 0, 0, 0, 0, 0, 0} // version; no batch, input, position or sensor
	state = append(binary.AppendUvarint(state, uint64(len(object))), object...)
	return cure.Record{Controls: []cure.Control{{Op: cure.OpCheckpoint, State: append(state, 0)}}}
}

func TestKeptStatesGoWhenNothingNamesThem(t *testing.T) {
	r := newRig(t)
	put := func(text string) string {
		t.Helper()
		name, err := r.Put(ctx, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return name
	}
	has := func(name string) bool { _, err := r.Get(ctx, name); return err == nil }
	first, second, shared, raw := put("list of Monday"), put("list of Tuesday"), put("list of both"), put("raw record")
	a, b := r.publisher("feeds/a"), r.publisher("feeds/b")
	a.send(keeping(first))
	a.send(keeping(shared))
	b.send(keeping(shared))
	b.send(keeping(first))
	a.send(keeping(second)) // leaves shared behind; b has left it too
	b.send(keeping(second)) // leaves first behind

	r.advance(leftoverFor - time.Minute)
	r.Tidy(ctx)
	if !has(first) || !has(shared) {
		t.Error("deleted before its time")
	}
	a.send(keeping(shared)) // came back
	if _, err := r.Snapshot(ctx); err != nil {
		t.Fatal(err)
	}
	r.restart()
	r.advance(2 * time.Minute)
	r.Tidy(ctx)
	for _, tt := range []struct {
		name, object string
		want         bool
	}{
		{"named by nobody", first, false},
		{"named again", shared, true},
		{"named by one of two", second, true},
		{"not a state", raw, true},
	} {
		if got := has(tt.object); got != tt.want {
			t.Errorf("%s: there is %v, want %v", tt.name, got, tt.want)
		}
	}
}
