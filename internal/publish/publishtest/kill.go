package publishtest

import (
	"errors"
	"testing"

	"github.com/opencure/cure/internal/publish"
)

// KillEach runs a publisher whole, and then lets the hub fail at each batch of
// that run, every other time after it had taken the batch before without a word,
// and runs again to the end. It gives each hub to check, the whole one as 0.
// cfg.Sink is set here.
func KillEach(t *testing.T, cfg publish.Config, own []string, check func(kill uint64, h *Hub), paths ...string) {
	t.Helper()
	whole := &Hub{Own: own}
	cfg.Sink = whole
	if _, err := publish.Run(t.Context(), cfg, paths...); err != nil {
		t.Fatal(err)
	}
	check(0, whole)
	for kill := uint64(1); kill <= whole.Seq(); kill++ {
		h := &Hub{Own: own, KillAt: kill, Lose: kill%2 == 0}
		cfg.Sink = h
		if _, err := publish.Run(t.Context(), cfg, paths...); !errors.Is(err, ErrKilled) {
			t.Fatalf("batch %d was not refused: %v", kill, err)
		}
		h.KillAt = 0
		res, err := publish.Run(t.Context(), cfg, paths...)
		if err != nil || len(res.Unknown) > 0 {
			t.Fatalf("after a kill at batch %d: %v, %v", kill, err, res.Unknown)
		}
		check(kill, h)
	}
}
