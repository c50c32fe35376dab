package hub

import (
	"iter"
	"math/bits"
	"sync"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// roster says where the values of some kinds are: those of which there are few
// beside addresses and names, and which no order of the store can find by what
// they contain. A bit a value. What the store held at the start is found on a
// walk when first asked for, what comes later is noted.
type roster struct {
	mu     sync.Mutex
	walked bool
	kinds  map[cure.Kind]*places
}

// places is a set of values.
type places struct {
	bits []uint64
	n    int
}

func newRoster() *roster {
	return &roster{kinds: map[cure.Kind]*places{
		cure.KindTag: {}, cure.KindCVE: {}, cure.KindCIDR: {}, cure.KindURL: {},
	}}
}

// note enters a value that is new, or stands where another stood.
func (r *roster) note(id store.ID, kind cure.Kind) {
	p := r.kinds[kind]
	if p == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p.add(id)
}

func (p *places) add(id store.ID) {
	word, bit := int(id/64), uint64(1)<<(id%64)
	for word >= len(p.bits) {
		p.bits = append(p.bits, make([]uint64, max(64, word+1-len(p.bits)))...)
	}
	if p.bits[word]&bit == 0 {
		p.bits[word] |= bit
		p.n++
	}
}

// count returns how many places of a kind there are, those of values that were
// deleted included.
func (r *roster) count(kind cure.Kind) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kinds[kind].n
}

// of yields the values of a kind that a reader sees, in order of IDs; self
// sees everything.
func (r *roster) of(kind cure.Kind, reader, self *store.Reader) iter.Seq[store.ID] {
	r.mu.Lock()
	if !r.walked {
		for id := range self.All(0) {
			if p := r.kinds[self.Kind(id)]; p != nil {
				p.add(id)
			}
		}
		r.walked = true
	}
	set := append([]uint64(nil), r.kinds[kind].bits...)
	r.mu.Unlock()
	return func(yield func(store.ID) bool) {
		for w, word := range set {
			for ; word != 0; word &= word - 1 {
				id := store.ID(w*64 + bits.TrailingZeros64(word))
				if reader.Kind(id) == kind && !yield(id) {
					return
				}
			}
		}
	}
}

// of yields the visible values of a kind of the roster.
func (l *look) of(kind cure.Kind) iter.Seq[store.ID] {
	return l.hub.roster.of(kind, l.r, l.hub.store.Reader(l.hub.opts.Self))
}
