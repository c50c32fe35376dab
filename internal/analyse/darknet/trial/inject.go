package trial

import (
	"context"
	"slices"
	"time"

	"github.com/opencure/cure/internal/analyse/darknet"
	"github.com/opencure/cure/internal/analyse/darknet/gen"
)

// maxReal bounds the sights of real traffic that are held.
const maxReal = 8_000_000

// Inject runs real traffic with the campaigns of a world put between its
// packets: the world's time is laid over the real one from its first packet,
// and only what is labelled malicious is taken. The real traffic must fit into
// memory. What it holds itself is not labelled: an alert on a real activity
// counts as false.
func (r *Run) Inject(ctx context.Context, paths []string, cfg gen.Config) ([]*darknet.Truth, error) {
	var real []darknet.Sight
	reader := darknet.NewReader(time.UTC)
	for _, p := range paths {
		err := reader.Read(ctx, p, func(s *darknet.Sight) {
			if len(real) < maxReal {
				real = append(real, *s)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	if len(real) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(real, func(a, b darknet.Sight) int { return a.Time.Compare(b.Time) })
	from, to := real[0].Time, real[len(real)-1].Time
	cfg.Days, cfg.Scale, cfg.Faults = int(to.Sub(from)/(24*time.Hour)), 1e-6, false
	cfg.Quiet = max(cfg.Quiet, 3)
	w := gen.New(cfg)
	shift := from.Truncate(10 * time.Minute).Sub(gen.Begin)
	next := 0
	for list, ok := w.Next(); ok; list, ok = w.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for i := range list {
			p := &list[i]
			if p.Label < 0 || !w.Labels[p.Label].Malicious {
				continue
			}
			s := SightOf(p)
			s.Time = s.Time.Add(shift)
			for next < len(real) && !real[next].Time.After(s.Time) {
				r.Add(&real[next])
				next++
			}
			r.Add(&s)
		}
	}
	for ; next < len(real); next++ {
		r.Add(&real[next])
	}
	w.Close()
	var truths []*darknet.Truth
	for _, t := range Truths(w) {
		if !t.Malicious {
			continue
		}
		t.Start, t.End = t.Start.Add(shift), t.End.Add(shift)
		for h, at := range t.Seen {
			t.Seen[h] = at.Add(shift)
		}
		truths = append(truths, t)
	}
	return truths, nil
}
