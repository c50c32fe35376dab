package similar

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/hub"
)

// suspects are the sources of a detection, and who was said to behave so.
type suspects struct {
	cure.Detection
	marking cure.Marking
	at      uint64 // read up to, when it was looked at last
	said    map[key16]bool
}

// How detections are followed up.
const (
	maxCases    = 64  // the newest under one marking
	asksOfCase  = 64  // of its sources, evenly
	maxSaid     = 50  // addresses of one detection
	leastScore  = 0.5 // of a pair that counts
	leastVotes  = 2
	votesPart   = 4   // and from one in so many of the sources asked
	titleLength = 120 // of a detection in a statement
)

// note remembers a detection, to be looked at when all is read.
func (s *shift) note(d *cure.Detection, m cure.Marking) {
	if len(d.Sources) == 0 {
		return
	}
	fresh := suspects{Detection: *d, marking: m, said: map[key16]bool{}}
	for i := range s.cases {
		if c := &s.cases[i]; c.ID == d.ID && c.marking == m {
			fresh.said = c.said
			*c = fresh
			return
		}
	}
	s.cases = append(s.cases, fresh)
	first, n := -1, 0 // those under another marking must not matter
	for i := range s.cases {
		if s.cases[i].marking == m {
			if n++; first < 0 {
				first = i
			}
		}
	}
	if n > maxCases {
		s.cases = slices.Delete(s.cases, first, first+1)
	}
}

// tellCases says of each detection who else behaves like its sources, as far
// as that is new.
func (s *shift) tellCases(ctx context.Context) error {
	var records []cure.Record
	for i := range s.cases {
		c := &s.cases[i]
		if c.at == s.seq || s.bench.Now().Sub(c.End) > Keep {
			continue
		}
		c.at = s.seq
		all := s.ix.alike(c, s.bench.Corrected)
		fresh := slices.DeleteFunc(slices.Clone(all), func(m member) bool {
			known := c.said[m.addr] || s.heard(c, &m)
			c.said[m.addr] = true
			return known
		})
		if len(fresh) > 0 {
			records = append(records, s.statement(c, all, fresh))
		}
	}
	if records == nil {
		return nil
	}
	return s.bench.Emit(ctx, records)
}

// heard reports whether that was said before this run.
func (s *shift) heard(c *suspects, m *member) bool {
	return slices.ContainsFunc(s.bench.Said(m.observable()), func(n hub.Note) bool {
		return n.Enricher == Name && n.Name == Name && n.Value == c.says() && n.Version == s.bench.Version
	})
}

// says is the value of a statement about a detection.
func (c *suspects) says() string {
	title := c.Title
	if len(title) > titleLength {
		title = strings.ToValidUTF8(title[:titleLength], "") + "…"
	}
	return "behaves like the sources of " + title
}

// member is an address that behaves like the sources of a detection.
type member struct {
	addr    key16
	votes   int     // sources that it behaves like
	overlap float64 // mean with those
	why     string
}

func (m *member) observable() cure.Observable {
	return cure.Observable{Kind: cure.KindIP, Value: m.addr.addr().String()}
}

func (m *member) score() float32 { return float32(round(Score(m.overlap))) }

// statement is the record that says it: a note on each address that is new, and
// the block of the case with all. It takes the marking of the detection: everything that it rests
// on was looked at through that.
func (s *shift) statement(c *suspects, all, fresh []member) cure.Record {
	now := s.bench.Now()
	rec := cure.Record{Marking: c.marking}
	part := cure.CasePart{Name: Name, Reason: "never in a honeypot, and behave like the sources; the first " + all[0].why}
	for _, m := range all {
		part.Observables = append(part.Observables, m.observable())
		part.Score = max(part.Score, m.score())
	}
	key := []string{"enrich", Name, c.ID.String(), c.marking.String()}
	for _, m := range fresh {
		key = append(key, m.observable().Value)
		rec.Enrichments = append(rec.Enrichments, cure.Enrichment{
			Subject: m.observable(), Enricher: Name, Version: s.bench.Version, Name: Name, Value: c.says(),
			Score: m.score(), Time: now, Expires: now.Add(Keep), Why: m.why,
		})
	}
	rec.ID = cure.NewID(key...)
	rec.Cases = []cure.Case{{ID: cure.NewID("case", c.ID.String()), Detection: c.ID, Title: c.Title, Opened: now, Parts: []cure.CasePart{part}}}
	return rec
}

// alike finds the addresses that behave like many of a detection's sources,
// are none of them, and were never in a honeypot; as everybody sees it who
// sees the detection.
func (ix *Index) alike(c *suspects, corrected func(cure.Source) uint64) []member {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	q := ix.open(Viewer{Corrected: corrected, Sees: func(_ cure.Source, m cure.Marking) bool { return m.Join(c.marking) == c.marking }})
	source := map[key16]bool{}
	var asked []key16
	for _, o := range c.Sources {
		if a, err := netip.ParseAddr(o.Value); o.Kind == cure.KindIP && err == nil {
			source[a.As16()] = true
			asked = append(asked, a.As16())
		}
	}
	found, n := map[key16]*member{}, min(len(asked), asksOfCase)
	for i := range n {
		q.vote(asked[i*len(asked)/n], source, found)
	}
	var all []member
	for _, m := range found {
		if m.votes >= max(leastVotes, n/votesPart) {
			m.overlap /= float64(m.votes)
			m.why = fmt.Sprintf("behaves like %d of %d sources that were asked: %s", m.votes, n, m.why)
			all = append(all, *m)
		}
	}
	slices.SortFunc(all, func(a, b member) int {
		return cmp.Or(cmp.Compare(b.votes, a.votes), cmp.Compare(b.overlap, a.overlap), bytes.Compare(a.addr[:], b.addr[:]))
	})
	return all[:min(len(all), maxSaid)]
}

// vote adds what behaves like one address.
func (q *asked) vote(a key16, not map[key16]bool, found map[key16]*member) {
	own := q.sights(a, nil)
	items, e := q.profile(own)
	if !e.enough() {
		return
	}
	for _, m := range q.matches(a, own, items, 2*exactMost) {
		switch {
		case Score(m.overlap) < leastScore:
			return
		case not[m.addr], slices.ContainsFunc(m.sights, func(s sight) bool { return hub.Honeypot(s.source.Publisher()) }):
			continue
		}
		v := found[m.addr]
		if v == nil {
			v = &member{addr: m.addr, why: q.tell(items, &m).Why}
			found[m.addr] = v
		}
		v.votes++
		v.overlap += m.overlap
	}
}
