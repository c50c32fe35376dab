package hub

import (
	"sync"
	"time"

	"github.com/opencure/cure/internal/store"
)

// fresh remembers which values each cell saw for the first time lately. What
// was linked lately is told from it for one scope at a time: a value that a
// visible cell has newly, and that another visible source holds. Each cell has
// a bound of its own, so that nothing hidden pushes out what is visible.
type fresh struct {
	mu    sync.Mutex
	cells map[store.CellID]*firsts
	now   uint32 // arrival of the batch being applied, Unix seconds
}

// firsts are the first sights of one cell, the oldest first.
type firsts struct {
	list []first
	cut  uint32 // arrival of the newest that was left out
}

type first struct {
	id store.ID
	at uint32
}

// firstIn is a first sight and whose it is.
type firstIn struct {
	first
	cell store.CellID
}

const (
	freshSpan = uint32(time.Hour / time.Second)
	freshMost = 8192 // first sights of a cell that are remembered
)

func newFresh() *fresh { return &fresh{cells: map[store.CellID]*firsts{}} }

// begin says when the values that follow arrived; the lock is held until end.
func (f *fresh) begin(at time.Time) {
	f.mu.Lock()
	f.now = clock(at)
}

func (f *fresh) end() { f.mu.Unlock() }

// note enters a first sight, between begin and end.
func (f *fresh) note(id store.ID, cell store.CellID) {
	c := f.cells[cell]
	if c == nil {
		c = &firsts{}
		f.cells[cell] = c
	}
	if n := len(c.list); n == freshMost || n > 0 && n%1024 == 0 {
		c.drop(f.now)
	}
	c.list = append(c.list, first{id, f.now})
}

// drop forgets what is past, and an eighth of the rest where that is not
// enough.
func (c *firsts) drop(now uint32) {
	n := 0
	for n < len(c.list) && c.list[n].at+freshSpan < now {
		n++
	}
	if len(c.list)-n >= freshMost {
		n = len(c.list) - freshMost*7/8
		c.cut = c.list[n-1].at
	}
	c.list = append(c.list[:0], c.list[n:]...)
}

// since returns the first sights of the cells that see likes which arrived
// after a time, and whether some of that time were left out.
func (f *fresh) since(at uint32, see func(store.CellID) bool) (all []firstIn, cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for cell, c := range f.cells {
		if !see(cell) {
			continue
		}
		for i := len(c.list) - 1; i >= 0 && c.list[i].at >= at; i-- {
			all = append(all, firstIn{c.list[i], cell})
		}
		cut = cut || c.cut >= at
	}
	return all, cut
}
