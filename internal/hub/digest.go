package hub

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
)

// Digest is a hash over everything the scope sees: values, what each source
// knows of them, tags, notes and observations. It depends neither on the order
// in which things came nor on places in the log, so two hubs that hold the
// same have the same digest. Cost: a walk over everything.
func (h *Hub) Digest(sc cure.Scope) string {
	l := h.look(sc)
	var total [sha256.Size]byte
	var lines []string
	for id := range l.r.All(0) {
		lines = l.lines(id, lines[:0])
		slices.Sort(lines)
		sum := sha256.New()
		fmt.Fprintf(sum, "%s\n", l.r.Observable(id))
		for _, line := range lines {
			fmt.Fprintf(sum, "%s\n", line)
		}
		add(&total, sum.Sum(nil))
	}
	return hex.EncodeToString(total[:])
}

// add adds b to a, both as numbers: the order of sums does not matter, and
// two equal ones do not cancel out.
func add(a *[sha256.Size]byte, b []byte) {
	carry := 0
	for i := range a {
		carry += int(a[i]) + int(b[i])
		a[i] = byte(carry)
		carry >>= 8
	}
}

// lines appends everything known of a value, a text each.
func (l *look) lines(id store.ID, dst []string) []string {
	l.sights = l.r.Sights(id, l.sights[:0])
	for _, s := range l.sights {
		dst = append(dst, fmt.Sprint("sight ", l.cell(s.Cell), s.Roles, s.First, s.Last, s.Count, s.Listed, s.Ended))
	}
	l.tags = l.r.Tags(id, l.tags[:0])
	for _, t := range l.tags {
		dst = append(dst, fmt.Sprint("tag ", l.r.Observable(t.Tag), l.cell(t.Cell), t.Confidence, t.Time))
	}
	l.notes = l.r.Notes(id, l.notes[:0])
	for _, n := range l.notes {
		dst = append(dst, fmt.Sprint("note ", l.cell(n.Cell), n.Enricher, n.Version, cmp.Or(n.Name, "-"), n.Value, n.Score, n.Time, n.Expires))
	}
	for s := range l.r.Timeline(id, time.Unix(0, 0), maxTime) {
		dst = append(dst, fmt.Sprint("seen ", l.cell(s.Cell), s.Role, s.State, s.First, s.Last, s.Count))
	}
	return dst
}
