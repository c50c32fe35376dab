package hub

import (
	"context"
	"errors"
	"testing"
)

// While all turns are taken, a wide question waits until nobody waits for its
// answer any more, and a narrow one is answered.
func TestWideQuestionsWaitTheirTurn(t *testing.T) {
	r := newRig(t)
	r.publisher("lab/a").send(record("r", "198.51.100.1"))
	for range cap(r.Hub.wide) {
		leave, err := r.Hub.wide.enter(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for _, query := range []string{"0.0.0.0/0", "kind:ip", "198.51.100.1 or 0.0.0.0/4", "::/0"} {
		if _, err := r.Search(gone, public, query, Cursor{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", query, err)
		}
	}
	if _, err := r.Top(gone, public, 0, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("top: %v", err)
	}
	if _, err := r.Shared(gone, public, "lab", "lab", Cursor{}); !errors.Is(err, context.Canceled) {
		t.Errorf("shared: %v", err)
	}
	for _, query := range []string{"198.51.100.1", "198.51.100.0/24", "source:lab 198.51.100.0/24", "*.example.org"} {
		if _, err := r.Search(ctx, public, query, Cursor{}); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}
