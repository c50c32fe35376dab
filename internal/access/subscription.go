package access

import (
	"context"
	"reflect"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// Subscription is a stream of events as one principal may see them. It ends
// when its key ends or its organisation's rights change. Close it when done.
type Subscription struct {
	view View
	sub  *hub.Subscription
}

// Subscribe begins a stream of events. At most buffer events wait (0: 1,024);
// a slower reader is told up to which sequence it missed events.
func (v View) Subscribe(buffer int) *Subscription {
	return &Subscription{v, v.hub.Subscribe(v.scope, buffer)}
}

// Next waits for the next event. Denied: the rights of the principal have
// changed since it subscribed; authenticate and subscribe again.
func (s *Subscription) Next(ctx context.Context) (Event, error) {
	e, err := s.sub.Next(ctx)
	if err == nil && !s.view.fresh() {
		return Event{}, cure.Errorf(cure.Denied, "rights have changed; subscribe again")
	}
	return e, err
}

// Close ends the subscription; a waiting Next returns.
func (s *Subscription) Close() { s.sub.Close() }

// fresh reports whether the rights of the view are those its principal has
// now.
func (v View) fresh() bool {
	v.reg.mu.RLock()
	now, org := v.reg.seq, v.reg.orgs[v.who.Org]
	v.reg.mu.RUnlock()
	same := v.scope.Policy() == now || reflect.DeepEqual(org, v.org)
	return same && v.reg.valid(v.who)
}
