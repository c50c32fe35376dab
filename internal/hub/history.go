package hub

import (
	"context"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/store"
)

// Bounds of a history.
const (
	maxFrames  = 1000
	maxGroups  = 64      // databases: a bit each
	maxHistory = 1 << 26 // values of the store: half a gigabyte of bits
	keptNote   = "from single observations, by arrival; what had arrived before they are kept counts from its next observation on"
)

// History replays the arrivals up to a moment and returns the picture at even
// distances: what each database held, and what each two shared. It is made of
// single observations, as far as they are kept. Cost: a pass over all of them
// up to the end, and 8 bytes a value meanwhile. Invalid: too many frames.
// Unavailable: more values than that can be afforded for.
func (h *Hub) History(ctx context.Context, sc cure.Scope, from, to time.Time, step time.Duration) (client.History, error) {
	now := h.opts.Now().UTC()
	if to.IsZero() || to.After(now) {
		to = now
	}
	if from.IsZero() {
		from = to.Add(-24 * time.Hour)
	}
	step = max(step, time.Second).Truncate(time.Second)
	out := client.History{From: from.UTC(), To: to.UTC(), Step: client.Seconds(step / time.Second), Note: keptNote, Frames: []client.Frame{}}
	if to.Before(from) || to.Sub(from)/step >= maxFrames {
		return out, cure.Errorf(cure.Invalid, "replay picture: %s in steps of %s, want at most %d steps", to.Sub(from), step, maxFrames)
	}
	if h.store.Places() > maxHistory {
		return out, cure.Errorf(cure.Unavailable, "replay picture: too many values are held to replay them")
	}
	if kept := now.Add(-h.opts.KeepSegments); kept.After(h.created) {
		out.Kept = kept.UTC().Truncate(time.Second)
	}
	leave, err := h.wide.enter(ctx)
	if err != nil {
		return out, err
	}
	defer leave()
	r := newReplay(h.look(sc), h.store.Places())
	next := from.Add(step)
	e := every{ctx: ctx}
	r.l.r.Arrivals(time.Time{}, to, func(arrival uint32, id store.ID, cell store.CellID) bool {
		for at := unix(arrival); at.After(next) && next.Before(to); next = next.Add(step) {
			out.Frames = append(out.Frames, r.frame(next))
		}
		if unix(arrival).Before(from) {
			r.arrived, r.linked = [maxGroups]int{}, 0
		}
		r.add(id, cell)
		err = e.err()
		return err == nil
	})
	for ; err == nil && len(out.Frames) < maxFrames; next = next.Add(step) {
		if !next.Before(to) {
			out.Frames = append(out.Frames, r.frame(to))
			break
		}
		out.Frames = append(out.Frames, r.frame(next))
	}
	return out, err
}

// replay is a picture that grows: a bit for each database in each value.
type replay struct {
	l       *look
	held    []uint64
	names   []string
	group   map[store.CellID]int
	values  [maxGroups]uint64
	arrived [maxGroups]int
	shared  [maxGroups][maxGroups]uint64
	linked  int
}

func newReplay(l *look, places uint32) *replay {
	return &replay{l: l, held: make([]uint64, places), group: map[store.CellID]int{}}
}

// add enters one observation.
func (r *replay) add(id store.ID, cell store.CellID) {
	g, ok := r.group[cell]
	if !ok {
		g = r.database(cell)
		r.group[cell] = g
	}
	if g < 0 || int(id) >= len(r.held) {
		return
	}
	r.arrived[g]++
	have := r.held[id]
	if have&(1<<g) != 0 {
		return
	}
	r.held[id] |= 1 << g
	r.values[g]++
	for other := range r.names {
		if have&(1<<other) != 0 {
			r.shared[min(g, other)][max(g, other)]++
			r.linked++
		}
	}
}

// database numbers the database of a cell, -1 for an engine or one too many.
func (r *replay) database(cell store.CellID) int {
	name := r.l.cell(cell).Source.Publisher()
	i := slices.Index(r.names, name)
	if i < 0 && name != enginePublisher && len(r.names) < maxGroups {
		i = len(r.names)
		r.names = append(r.names, name)
	}
	return i
}

// frame returns the picture of this moment and begins the next step.
func (r *replay) frame(at time.Time) client.Frame {
	f := client.Frame{
		Time: at.UTC(), Arrived: map[string]int{}, Observables: map[string]uint64{}, Ribbons: []client.Ribbon{}, Linked: r.linked,
	}
	for g, name := range r.names {
		f.Observables[name] = r.values[g]
		if r.arrived[g] > 0 {
			f.Arrived[name] = r.arrived[g]
		}
		for k := range g {
			if n := r.shared[k][g]; n > 0 {
				f.Ribbons = append(f.Ribbons, client.Ribbon{A: min(r.names[k], name), B: max(r.names[k], name), Shared: n})
			}
		}
	}
	sortRibbons(f.Ribbons)
	r.arrived, r.linked = [maxGroups]int{}, 0
	return f
}

// PictureAt returns the picture of a moment that has passed, from what is kept
// of it: databases and ribbons, no states, enrichers or findings of later.
func (h *Hub) PictureAt(ctx context.Context, sc cure.Scope, at time.Time) (Picture, error) {
	hist, err := h.History(ctx, sc, at.Add(-time.Second), at, time.Second)
	if err != nil {
		return Picture{}, err
	}
	p := h.frame(sc)
	p.Time, p.Past, p.Note = hist.To, true, hist.Note
	last := hist.Frames[len(hist.Frames)-1]
	for i := range p.Databases {
		d := &p.Databases[i]
		if d.Observables = last.Observables[d.Name]; d.Observables > 0 {
			d.State = client.ConditionOK
		}
	}
	p.Ribbons = last.Ribbons
	l := h.look(sc)
	defer l.done(ctx, "picture")
	p.Detections = l.foundBetween(time.Time{}, at, pictureDetections)
	return p, nil
}
