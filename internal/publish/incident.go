package publish

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/opencure/cure"
)

// Limits of incidents.
const (
	incidentGap   = 30 * time.Minute // of event time without a group that ends an incident
	maxIncidents  = 128              // open at once; the one longest without news is closed first
	maxIncidentBy = 8                // remotes and rules that an incident is known by, the first ones
	incidentState = 8 + len(cure.ID{}) + 2*10 + 1 + 8*maxIncidentBy
)

// incidents ties minute groups together: the same own host, and the same
// remote or the same rule, with less than 30 minutes of event time between one
// group and the next. Each group carries the id of its incident as the
// attribute "incident". That id is made of source and first group, so the same
// log gives the same incidents.
//
// A group says what it is tied by in its key ([IncidentKey]); groups with other
// keys, or without own host, are in no incident. Where a group fits two
// incidents they turn out to be one, and what comes later carries the id of the
// one that began first. Hosts, remotes and rules are known by 64 bits of a hash.
type incidents struct {
	source string
	open   []*incident // by last news, oldest first
}

type incident struct {
	own         uint64
	id          cure.ID
	first, last int64 // minutes
	by          []uint64
}

// IncidentKey makes the key of an event that is told apart by own host, remote
// and rule, each "" where there is none; more is what else tells groups apart.
func IncidentKey(own, remote, rule, more string) string {
	return own + "\x1f" + remote + "\x1f" + rule + "\x1f" + more
}

func newIncidents(source string) incidents { return incidents{source: source} }

// tie finds or begins the incident of a new group and names it in the group.
func (f *incidents) tie(m *minute) {
	parts := strings.SplitN(m.at.key, "\x1f", 4)
	if len(parts) != 4 || parts[0] == "" {
		return
	}
	own := short("own", parts[0])
	var by []uint64
	for i, what := range []string{"remote", "rule"} {
		if v := parts[1+i]; v != "" {
			by = append(by, short(what, v))
		}
	}
	in := f.take(own, by, m.at.start)
	if in == nil {
		in = &incident{own: own, id: cure.NewID(f.source, "incident", m.id.String()), first: m.at.start, last: m.at.start}
	}
	in.join(m.at.start, by)
	if len(f.open) >= maxIncidents {
		f.open = slices.Delete(f.open, 0, 1)
	}
	f.open = append(f.open, in)
	m.part.Attrs = append(m.part.Attrs, cure.Attr{Name: "incident", Value: in.id.String()})
}

// take takes out what a group belongs to, as one incident, nil for none.
func (f *incidents) take(own uint64, by []uint64, start int64) *incident {
	var found *incident
	f.open = slices.DeleteFunc(f.open, func(in *incident) bool {
		apart := max(start-in.last, in.first-start)
		fits := in.own == own && apart < int64(incidentGap/time.Minute) &&
			slices.ContainsFunc(by, func(v uint64) bool { return slices.Contains(in.by, v) })
		switch {
		case !fits:
			return false
		case found == nil:
			found = in
		case in.first < found.first:
			in.join(found.last, found.by)
			found = in
		default:
			found.join(in.last, in.by)
		}
		return true
	})
	return found
}

// join adds a group, or another incident.
func (in *incident) join(at int64, by []uint64) {
	in.first, in.last = min(in.first, at), max(in.last, at)
	for _, v := range by {
		if len(in.by) < maxIncidentBy && !slices.Contains(in.by, v) {
			in.by = append(in.by, v)
		}
	}
}

// short is what a text is known by.
func short(what, v string) uint64 {
	id := cure.NewID(what, v)
	return binary.LittleEndian.Uint64(id[:])
}

// size bounds the state.
func (f *incidents) size() int { return 2 + len(f.open)*incidentState }

// append writes the state: number, and for each own host, id, first and last
// minute, and what it is known by.
func (f *incidents) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(f.open)))
	for _, in := range f.open {
		dst = binary.LittleEndian.AppendUint64(dst, in.own)
		dst = append(dst, in.id[:]...)
		dst = binary.AppendVarint(binary.AppendVarint(dst, in.first), in.last)
		dst = append(dst, byte(len(in.by)))
		for _, v := range in.by {
			dst = binary.LittleEndian.AppendUint64(dst, v)
		}
	}
	return dst
}

func (f *incidents) read(r *stateReader) {
	f.open = nil
	n := r.uvarint()
	if n > maxIncidents {
		r.bad = true
	}
	for i := uint64(0); i < n && !r.bad; i++ {
		in := &incident{own: r.fixed()}
		for j := range in.id {
			in.id[j] = r.byte()
		}
		in.first, in.last = r.varint(), r.varint()
		k := r.byte()
		if k > maxIncidentBy {
			r.bad = true
		}
		for j := byte(0); j < k && !r.bad; j++ {
			in.by = append(in.by, r.fixed())
		}
		f.open = append(f.open, in)
	}
}

// fixed reads eight bytes.
func (r *stateReader) fixed() uint64 {
	if len(r.b) < 8 {
		r.bad = true
		return 0
	}
	v := binary.LittleEndian.Uint64(r.b)
	r.skip(8)
	return v
}
