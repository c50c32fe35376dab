package observe

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// sites is the fold of what is said of sites: sessions as everywhere, by URL,
// and beside them the state each site was last in. What changes it is a point
// of the life curve; what repeats it only counts.
type sites struct {
	publish.Fold
	last  map[uint64]uint64 // URL to state, by 64 bits of their hashes
	order []uint64          // oldest first; no URL twice
}

const (
	maxSites   = 4096 // that are remembered; an older one may give a point twice
	stateSites = 1
)

var errSiteState = errors.New("state of sites is damaged")

func newSites(src cure.Source) *sites {
	return &sites{Fold: publish.NewSessions(src), last: map[uint64]uint64{}}
}

func shortID(s string) uint64 {
	id := cure.NewID(s)
	return binary.LittleEndian.Uint64(id[:])
}

// Add implements publish.Fold. To is the state.
func (f *sites) Add(ev *publish.Event, emit publish.Emit) {
	if ev.Kind == "site" && ev.To != "" {
		site, state := shortID(ev.Key), shortID(ev.To)
		last, known := f.last[site]
		if !known {
			if f.order = append(f.order, site); len(f.order) > maxSites {
				delete(f.last, f.order[0])
				f.order = f.order[1:]
			}
		}
		if f.last[site] = state; !known || last != state {
			attr(ev, "life", ev.Time.Format(time.RFC3339)+" "+ev.To)
		}
	}
	f.Fold.Add(ev, emit)
}

// Pending implements publish.Fold.
func (f *sites) Pending() int { return f.Fold.Pending() + 8 + 16*len(f.order) }

// AppendState implements publish.Fold. Layout: version, number, and for each
// site, oldest first, URL and state; then that of the sessions.
func (f *sites) AppendState(dst []byte) []byte {
	dst = append(dst, stateSites)
	dst = binary.AppendUvarint(dst, uint64(len(f.order)))
	for _, site := range f.order {
		dst = binary.LittleEndian.AppendUint64(dst, site)
		dst = binary.LittleEndian.AppendUint64(dst, f.last[site])
	}
	return f.Fold.AppendState(dst)
}

// Restore implements publish.Fold.
func (f *sites) Restore(state []byte) error {
	f.last, f.order = map[uint64]uint64{}, nil
	if len(state) == 0 {
		return f.Fold.Restore(nil)
	}
	n, used := binary.Uvarint(state[1:])
	if state[0] != stateSites || used <= 0 || n > maxSites || uint64(len(state)-1-used) < 16*n {
		return errSiteState
	}
	state = state[1+used:]
	for range n {
		site := binary.LittleEndian.Uint64(state)
		if _, twice := f.last[site]; twice {
			return errSiteState
		}
		f.last[site] = binary.LittleEndian.Uint64(state[8:])
		f.order = append(f.order, site)
		state = state[16:]
	}
	return f.Fold.Restore(state)
}
