package hub

import (
	"cmp"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// best keeps the first rows of a long list by rank: most sources, then seen
// last, then kind and value. Rank depends on what is shown alone, so that a
// hidden value cannot move a visible one.
type best struct {
	limit int // rows kept
	total int // rows offered
	rows  []ranked
	last  *ranked // of the rows kept, once there are enough
}

// ranked is a value with what it is sorted by.
type ranked struct {
	id      store.ID
	sources int
	last    uint32
	value   cure.Observable
}

func newBest(c Cursor) *best { return &best{limit: c.Limit + c.Skip} }

// offer adds a value. Its text is made only where it may stand among the rows
// kept.
func (b *best) offer(l *look, id store.ID) {
	n, last := l.sources(id)
	if b.last != nil {
		d := cmp.Or(cmp.Compare(b.last.sources, n), cmp.Compare(b.last.last, last), cmp.Compare(l.r.Kind(id), b.last.value.Kind))
		if d == 0 {
			l.key = l.r.AppendValue(l.key[:0], id)
			d = strings.Compare(string(l.key), b.last.value.Value)
		}
		if d > 0 {
			b.total++
			return
		}
	}
	b.add(ranked{id, n, last, l.r.Observable(id)})
}

func (b *best) add(r ranked) {
	b.total++
	b.rows = append(b.rows, r)
	if len(b.rows) >= 2*b.limit+64 {
		b.sort()
	}
}

func (b *best) sort() {
	slices.SortFunc(b.rows, compareRanked)
	if len(b.rows) >= b.limit {
		b.rows = b.rows[:b.limit]
		last := b.rows[b.limit-1]
		b.last = &last
	}
}

// page returns the rows behind the cursor's skip.
func (b *best) page(c Cursor) []ranked {
	b.sort()
	return b.rows[min(c.Skip, len(b.rows)):]
}

// more reports whether rows were left out behind the page.
func (b *best) more(c Cursor) bool { return b.total > c.Skip+c.Limit }

func compareRanked(x, y ranked) int {
	return cmp.Or(
		cmp.Compare(y.sources, x.sources),
		cmp.Compare(y.last, x.last),
		cmp.Compare(x.value.Kind, y.value.Kind),
		cmp.Compare(x.value.Value, y.value.Value),
	)
}
