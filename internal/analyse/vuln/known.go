package vuln

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/opencure/cure/internal/num/textclass"
	"github.com/opencure/cure/internal/publish/advisory"
)

// idHash spreads ids, for splits that do not depend on the order of records.
func idHash(salt, id string) uint32 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(salt + ":" + id)) // never fails
	x := h.Sum64()
	return uint32(x ^ x>>29)
}

// known are CVEs of the training data, to be shown as evidence: an index from
// features to those whose text they mark most. Sorted by id.
type known struct {
	id    []uint32 // (year - 1999) << 24 | number
	class []uint8  // of the published label
	start []uint32 // by feature, and one more
	at    []uint32 // places in id
}

// marks is how many features of a text lead to it: those that speak most for
// its label, and as many of the rarest.
const marks = 6

// cveKey packs a CVE id; false for ids that do not fit.
func cveKey(id string) (uint32, bool) {
	year, number, ok := strings.Cut(strings.TrimPrefix(id, "CVE-"), "-")
	y, err1 := strconv.Atoi(year)
	n, err2 := strconv.ParseUint(number, 10, 24)
	if !ok || err1 != nil || err2 != nil || y < 1999 || y > 1999+255 {
		return 0, false
	}
	return uint32(y-1999)<<24 | uint32(n), true
}

func cveOf(key uint32) string {
	n := strconv.Itoa(int(key & (1<<24 - 1)))
	return "CVE-" + strconv.Itoa(1999+int(key>>24)) + "-" + strings.Repeat("0", max(0, 4-len(n))) + n
}

// gather makes the index of what was trained on.
func gather(m *Model, records []advisory.Record) *known {
	type row struct {
		id    uint32
		class uint8
		ids   []uint32
	}
	var rows []row
	r := textclass.Reader{Vocabulary: m.words}
	for i := range records {
		rec := &records[i]
		ids := m.tree.weaknesses(rec.Weak)
		key, ok := cveKey(rec.ID)
		if !ok || len(ids) == 0 || rec.Year() < m.Settings.Since {
			continue
		}
		if c, ok := slices.BinarySearch(m.types, ids[0]); ok {
			rows = append(rows, row{key, uint8(c), m.marksOf(r.Read(clip(rec.Text)), c)})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	rows = slices.CompactFunc(rows, func(a, b row) bool { return a.id == b.id })
	k := &known{start: make([]uint32, m.words.Len()+1)}
	for _, r := range rows {
		k.id, k.class = append(k.id, r.id), append(k.class, r.class)
		for _, f := range r.ids {
			k.start[f+1]++
		}
	}
	for f := range m.words.Len() {
		k.start[f+1] += k.start[f]
	}
	k.at = make([]uint32, k.start[m.words.Len()])
	next := slices.Clone(k.start)
	for i, r := range rows {
		for _, f := range r.ids {
			k.at[next[f]] = uint32(i)
			next[f]++
		}
	}
	return k
}

// marksOf picks the features that lead to a text.
func (m *Model) marksOf(v textclass.Vector, class int) []uint32 {
	order := make([]int, len(v.ID))
	for i := range order {
		order[i] = i
	}
	var picked []uint32
	take := func(score func(i int) float32) {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(score(b), score(a)) })
		for n := 0; n < len(order) && n < marks; n++ {
			picked = append(picked, v.ID[order[n]])
		}
	}
	var buf textclass.Vector
	heard := m.kind.heard.Hear(&buf, v)
	take(func(i int) float32 { return heard.Value[i] * m.kind.weights.Weight(v.ID[i], class) })
	take(func(i int) float32 { return v.Value[i] })
	slices.Sort(picked)
	return slices.Compact(picked)
}

// Has reports whether a CVE is among the known ones.
func (k *known) has(id string) bool {
	key, ok := cveKey(id)
	if ok {
		_, ok = slices.BinarySearch(k.id, key)
	}
	return ok
}

// leastAlike is how alike a similar text must be.
const leastAlike = 0.1

// nearest returns the n known CVEs that are most alike to the text taken last,
// not the one asked about; of those equally alike the newest. Cost: as many
// steps as known CVEs share a mark with the text.
func (e *Estimator) nearest(not string, n int) []Similar {
	k := e.m.known
	if e.alike == nil {
		e.alike = make([]float32, len(k.id))
	}
	e.shared = e.shared[:0]
	for i, f := range e.vec.ID {
		square := e.vec.Value[i] * e.vec.Value[i] // the squares sum to one
		for _, at := range k.at[k.start[f]:k.start[f+1]] {
			if e.alike[at] == 0 {
				e.shared = append(e.shared, at)
			}
			e.alike[at] += square
		}
	}
	skip, has := cveKey(not)
	var best []uint32
	for _, at := range e.shared {
		if e.alike[at] < leastAlike || has && k.id[at] == skip {
			continue
		}
		place, _ := slices.BinarySearchFunc(best, at, func(a, b uint32) int {
			return cmp.Or(cmp.Compare(e.alike[b], e.alike[a]), cmp.Compare(b, a))
		})
		if place < n {
			best = slices.Insert(best, place, at)
			best = best[:min(len(best), n)]
		}
	}
	var all []Similar
	for _, at := range best {
		all = append(all, Similar{ID: cveOf(k.id[at]), Type: e.m.types[k.class[at]], Alike: round(float64(e.alike[at]))})
	}
	for _, at := range e.shared {
		e.alike[at] = 0
	}
	return all
}

func (k *known) appendBinary(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(k.id)))
	for _, id := range k.id {
		dst = binary.LittleEndian.AppendUint32(dst, id)
	}
	dst = append(dst, k.class...)
	for f := 1; f < len(k.start); f++ {
		list := k.at[k.start[f-1]:k.start[f]]
		dst = binary.AppendUvarint(dst, uint64(len(list)))
		last := uint32(0)
		for _, at := range list {
			dst = binary.AppendUvarint(dst, uint64(at-last))
			last = at
		}
	}
	return dst
}

func readKnown(b []byte, classes, features int) (*known, []byte, bool) {
	rows, b, ok := cut(b, 5)
	if !ok {
		return nil, nil, false
	}
	n := len(rows) / 5
	k := &known{id: make([]uint32, n), class: slices.Clone(rows[4*n:]), start: make([]uint32, features+1)}
	for i := range n {
		k.id[i] = binary.LittleEndian.Uint32(rows[4*i:])
		if i > 0 && k.id[i] <= k.id[i-1] || int(k.class[i]) >= classes {
			return nil, nil, false
		}
	}
	number := func(most int) uint32 {
		v, size := binary.Uvarint(b)
		if size <= 0 || v > uint64(most) {
			ok = false
			return 0
		}
		b = b[size:]
		return uint32(v)
	}
	for f := range features {
		last := uint32(0)
		for range number(min(n, len(b))) {
			last += number(n)
			if !ok || int(last) >= n {
				return nil, nil, false
			}
			k.at = append(k.at, last)
		}
		k.start[f+1] = uint32(len(k.at))
	}
	return k, b, ok
}
