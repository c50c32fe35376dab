package hub

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// look is one question being answered: a reader of the scope and the buffers
// it fills. One goroutine.
type look struct {
	hub *Hub
	sc  cure.Scope
	r   *store.Reader
	now uint32
	red bool // something RED was read

	key    []byte
	sights []store.Sight
	tags   []store.TagSight
	notes  []store.Note
	piece  []store.PartRow // of the record looked at last
}

func (h *Hub) look(sc cure.Scope) *look {
	return &look{hub: h, sc: sc, r: h.store.Reader(sc), now: uint32(h.opts.Now().Unix())}
}

// cell returns what a cell stands for and notes a look at RED.
func (l *look) cell(c store.CellID) store.Cell {
	cell := l.r.Cell(c)
	l.red = l.red || cell.Marking.TLP == cure.TLPRed
	return cell
}

// done reports a look at RED.
func (l *look) done(ctx context.Context, query string) {
	if l.red && l.hub.opts.Red != nil {
		l.hub.opts.Red(ctx, l.sc, query)
	}
}

// find returns the value's ID; ok is false when the scope does not know it.
func (l *look) find(o cure.Observable) (store.ID, bool) {
	if o.Check() != nil {
		return store.NoID, false
	}
	l.key = o.AppendKey(l.key[:0])
	return l.r.Exact(o.Kind, l.key)
}

// list returns a line about each value. What was deleted since it was found is
// left out.
func (l *look) list(rows []ranked) []Summary {
	all := make([]Summary, 0, len(rows))
	for _, row := range rows {
		if s := l.summary(row.id); !s.Observable.IsZero() {
			all = append(all, s)
		}
	}
	return all
}

// summary returns one line about a value, or about all names of a thing under
// the first; its Observable is zero when the value was deleted meanwhile.
func (l *look) summary(id store.ID, more ...store.ID) Summary {
	s := Summary{Observable: l.r.Observable(id)}
	l.sights = l.r.Sights(id, l.sights[:0])
	for _, m := range more {
		l.sights = l.r.Sights(m, l.sights)
	}
	var roles store.RoleSet
	var first, last uint32
	for i := range l.sights {
		t := &l.sights[i]
		s.Sources = append(s.Sources, l.cell(t.Cell).Source)
		roles |= t.Roles
		if i == 0 || t.First < first {
			first = t.First
		}
		last = max(last, t.Last)
		s.Count += uint64(t.Count)
	}
	if len(l.sights) > 0 {
		s.First, s.Last = unix(first), unix(last)
	}
	slices.Sort(s.Sources)
	s.Sources = slices.Compact(s.Sources)
	s.Roles = rolesOf(roles)
	tags := 0
	for _, m := range more {
		l.tags = l.r.Tags(m, l.tags[:0])
		tags += len(l.tags)
	}
	s.Tags = l.newestTags(id)
	s.Count -= min(s.Count, uint64(tags+len(l.tags))) // a pair counts tags too
	s.Notes = l.says(id)
	return s
}

// summaryTags is how many tags one line about a value names.
const summaryTags = 32

// newestTags returns the tags tied to a value last, sorted.
func (l *look) newestTags(id store.ID) []string {
	l.tags = l.r.Tags(id, l.tags[:0])
	slices.SortFunc(l.tags, compareTags)
	var ids []store.ID
	var names []string
	for i := range l.tags {
		if t := l.tags[i].Tag; l.tags[i].Relation != cure.RelationAlias && !slices.Contains(ids, t) {
			if len(ids) == summaryTags {
				break
			}
			ids, names = append(ids, t), append(names, l.r.Observable(t).Value)
		}
	}
	slices.Sort(names)
	return names
}

// compareTags sorts what was tied last first.
func compareTags(a, b store.TagSight) int {
	return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(b.Loc.Seq, a.Loc.Seq), cmp.Compare(b.Loc.Record, a.Loc.Record))
}

// sources counts the sources that hold a value and returns when it was seen
// last.
func (l *look) sources(id store.ID) (n int, last uint32) {
	l.sights = l.r.Sights(id, l.sights[:0])
	if len(l.sights) == 1 {
		return 1, l.sights[0].Last
	}
	for i := range l.sights {
		last = max(last, l.sights[i].Last)
		if !l.repeats(i) {
			n++
		}
	}
	return n, last
}

// repeats reports whether the source of sight i stands in an earlier one: it
// has the value under two markings.
func (l *look) repeats(i int) bool {
	if i == 0 {
		return false
	}
	src := l.r.Cell(l.sights[i].Cell).Source
	for j := range i {
		if l.r.Cell(l.sights[j].Cell).Source == src {
			return true
		}
	}
	return false
}

func unix(t uint32) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.Unix(int64(t), 0).UTC()
}

func rolesOf(set store.RoleSet) []cure.Role {
	var all []cure.Role
	for _, r := range cure.Roles() {
		if set&(1<<r) != 0 && r != cure.RoleUnknown {
			all = append(all, r)
		}
	}
	return all
}

// clip applies the defaults and the bound of a cursor.
func (c Cursor) clip() Cursor {
	if c.Limit <= 0 {
		c.Limit = 100
	}
	c.Limit = min(c.Limit, maxLimit)
	c.Skip = min(max(c.Skip, 0), maxSkip)
	return c
}

const (
	maxLimit = 10_000
	maxSkip  = 1_000_000
)

// every calls ctx.Err now and then in a loop over many values.
type every struct {
	ctx context.Context
	n   int
}

func (e *every) err() error {
	if e.n++; e.n&0xfff != 0 {
		return nil
	}
	return e.ctx.Err()
}
