package hub

import (
	"maps"
	"slices"
	"sync"

	"github.com/opencure/cure"
)

// supplies are the sources that this process reads itself. The zero value is
// none.
type supplies struct {
	mu  sync.Mutex
	ask map[cure.Source]func() Intake
}

// Supply connects a source that this process reads itself to its status: state
// is asked whenever somebody looks, and must not block. It takes the place of
// the one before.
func (h *Hub) Supply(src cure.Source, state func() Intake) {
	h.supplies.mu.Lock()
	defer h.supplies.mu.Unlock()
	if h.supplies.ask == nil {
		h.supplies.ask = map[cure.Source]func() Intake{}
	}
	h.supplies.ask[src] = state
}

// sources returns the sources that are supplied, in no order.
func (s *supplies) sources() []cure.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.ask))
}

// state returns how reading a source goes, nil for one that others send.
func (s *supplies) state(src cure.Source) *Intake {
	s.mu.Lock()
	ask := s.ask[src]
	s.mu.Unlock()
	if ask == nil {
		return nil
	}
	state := ask()
	return &state
}
