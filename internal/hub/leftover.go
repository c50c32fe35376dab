package hub

import (
	"context"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// leftoverFor is how long the kept state of a publisher stays after a later
// checkpoint named another: longer than a backup takes, and than a list of a
// daily source takes to come back to what it was.
const leftoverFor = 25 * time.Hour

// maxLeftovers bounds what one source leaves behind within that time; what is
// more stays in the log cluster for good.
const maxLeftovers = 256

// leftover is a kept state that no checkpoint of its source names any more.
type leftover struct {
	Object string    `json:"object"`
	Since  time.Time `json:"since"` // arrival of the checkpoint that named another
}

// checkpoint notes the state of a publisher and what it leaves behind.
func (a *account) checkpoint(state []byte, arrived time.Time) {
	was, is := publish.StateObject(a.Writer.State), publish.StateObject(state)
	a.Writer.State = append([]byte(nil), state...)
	a.Left = slices.DeleteFunc(a.Left, func(l leftover) bool { return l.Object == is })
	if was != "" && was != is && len(a.Left) < maxLeftovers {
		a.Left = append(a.Left, leftover{was, arrived})
	}
}

// leftovers returns what was left behind before a time and what no source
// names now: two sources may keep the same list.
func (l *ledger) leftovers(before time.Time) []string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	named := map[string]bool{}
	for _, a := range l.accounts {
		named[publish.StateObject(a.Writer.State)] = true
	}
	var old []string
	for _, a := range l.accounts {
		for _, x := range a.Left {
			if x.Since.Before(before) && !named[x.Object] {
				old = append(old, x.Object)
			}
		}
	}
	return old
}

// forget takes objects off all lists.
func (l *ledger) forget(objects ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.accounts {
		a.Left = slices.DeleteFunc(a.Left, func(x leftover) bool { return slices.Contains(objects, x.Object) })
	}
}

// Tidy deletes the kept states of publishers that nothing names any more. Run
// does it every hour; an object that cannot be deleted is tried again.
func (h *Hub) Tidy(ctx context.Context) {
	gone := 0
	for _, name := range h.ledger.leftovers(h.opts.Now().Add(-leftoverFor)) {
		sum, err := objectSum(name)
		if err == nil {
			err = h.objects.Delete(ctx, sum)
		}
		if err != nil && cure.KindOf(err) != cure.NotFound {
			h.log.Warn("kept state of a publisher could not be deleted", "err", err)
			continue
		}
		h.ledger.forget(name)
		gone++
	}
	if gone > 0 {
		h.log.Info("deleted kept states of publishers", "n", gone)
	}
}
