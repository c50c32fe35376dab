package publishtest

import (
	"errors"
	"testing"

	"github.com/opencure/cure/internal/publish"
)

// KillEach lets a hub fail at each of the first batches 1 to last, every other
// time after it had taken the batch before without a word, runs the publisher
// again to the end, and gives the hub to check. cfg.Sink is set here.
func KillEach(t *testing.T, cfg publish.Config, own []string, last uint64, check func(kill uint64, h *Hub), paths ...string) {
	t.Helper()
	for kill := uint64(1); kill <= last; kill++ {
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
