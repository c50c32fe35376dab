package hub

import (
	"context"
	"runtime"
	"slices"

	"github.com/opencure/cure"
)

// wide lets only so many questions walk through much of the store at a time:
// as many as there are processors. The others wait their turn, so that two
// hundred of them do not starve those who ask for one value.
type wide chan struct{}

func newWide() wide { return make(wide, runtime.GOMAXPROCS(0)) }

// enter waits for a turn; leave gives it back. The error is that of ctx.
func (w wide) enter(ctx context.Context) (leave func(), err error) {
	select {
	case w <- struct{}{}:
		return func() { <-w }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Prefixes shorter than these may hold much of the store.
const (
	wideIPv4 = 16
	wideIPv6 = 32
)

// isWide reports whether the candidates of a query may be much of the store.
func isWide(n *node) bool {
	d := driver(n)
	switch {
	case d == nil || cost(d) == 0:
		return true
	case d.op == opPrefix && d.prefix.Addr().Is4():
		return d.prefix.Bits() < wideIPv4
	case d.op == opPrefix:
		return d.prefix.Bits() < wideIPv6
	case d.op == opOr:
		for _, kid := range d.kids {
			if isWide(kid) {
				return true
			}
		}
	}
	return false
}

// wideRoster is how many values of a kind a question may look through without
// waiting for its turn.
const wideRoster = 1 << 14

// asksRoster reports whether the candidates of a query are looked for among
// very many networks or URLs.
func (h *Hub) asksRoster(n *node) bool {
	switch d := driver(n); {
	case d == nil:
		return false
	case d.op == opPrefix:
		return h.roster.count(cure.KindCIDR) > wideRoster
	case d.op == opSuffix:
		return h.roster.count(cure.KindURL) > wideRoster
	case d.op == opOr:
		return slices.ContainsFunc(d.kids, h.asksRoster)
	}
	return false
}
