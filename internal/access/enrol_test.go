package access_test

import (
	"testing"
	"time"

	"github.com/opencure/cure/internal/access"
	"github.com/opencure/cure/internal/log"
)

// TestKeyToBeUsed lets two keys of an enrolment wait: the one that opened its
// source in time lives on, also in a hub that reads the log again.
func TestKeyToBeUsed(t *testing.T) {
	ctx := t.Context()
	clock := time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC)
	base := log.NewMemory(func() time.Time { return clock })
	defer base.Close()
	open := func() *access.Registry {
		r, err := access.Open(ctx, access.Options{Log: base, Now: func() time.Time { return clock }})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := open()
	text, _, err := r.FirstKey(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := r.Authenticate(text)
	if err != nil {
		t.Fatal(err)
	}
	var keys [2]string
	for i := range keys {
		spec := access.KeySpec{Name: "sensor", Role: access.RolePublisher, Sources: []string{"cowrie/a"}, UseBy: clock.Add(time.Hour)}
		if keys[i], _, err = r.CreateKey(ctx, admin, spec); err != nil {
			t.Fatal(err)
		}
	}
	used, err := r.Authenticate(keys[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Use(ctx, used); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(2 * time.Hour)
	for _, r := range []*access.Registry{r, open()} {
		if _, err := r.Authenticate(keys[0]); err != nil {
			t.Errorf("the key that was used: %v", err)
		}
		if _, err := r.Authenticate(keys[1]); err == nil {
			t.Error("the key that was not used still opens")
		}
	}
}
