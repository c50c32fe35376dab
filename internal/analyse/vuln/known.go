package vuln

import (
	"cmp"
	"hash/fnv"
	"math/bits"
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

// sketch is 128 signs of random projections of a text's vector: texts with an
// angle a between their vectors differ in about 128 a/pi of them (Charikar,
// "Similarity estimation techniques from rounding algorithms", STOC 2002).
type sketch [2]uint64

func (m *Model) sketch(v textclass.Vector) sketch {
	var sums [128]float32
	for i, id := range v.ID {
		x := v.Value[i] * m.words.IDF(id) // rare words say more of what is alike
		a, b := spread(uint64(id)), spread(uint64(id)|1<<32)
		for bit := range 64 {
			sums[bit] += x * sign(a>>bit)
			sums[64+bit] += x * sign(b>>bit)
		}
	}
	var s sketch
	for bit, x := range sums {
		if x > 0 {
			s[bit/64] |= 1 << (bit % 64)
		}
	}
	return s
}

func sign(b uint64) float32 { return float32(int(b&1)*2 - 1) }

// spread is the finaliser of splitmix64.
func spread(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// known are CVEs of the training data, to be shown as evidence: their ids, a
// sketch of their texts and their main label. Sorted by id.
type known struct {
	id     []uint32 // (year - 1999) << 24 | number
	class  []uint8
	sketch []sketch
}

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

// gather makes the list of known CVEs from what was trained on.
func gather(m *Model, records []advisory.Record) *known {
	type row struct {
		id     uint32
		class  uint8
		sketch sketch
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
			rows = append(rows, row{key, uint8(c), m.sketch(r.Read(clip(rec.Text)))})
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	rows = slices.CompactFunc(rows, func(a, b row) bool { return a.id == b.id })
	k := &known{}
	for _, r := range rows {
		k.id, k.class, k.sketch = append(k.id, r.id), append(k.class, r.class), append(k.sketch, r.sketch)
	}
	return k
}

// Similar is a known CVE that reads like the text in question.
type Similar struct {
	ID    string  `json:"id"`
	Type  CWE     `json:"type"` // as published
	Alike float64 `json:"alike"`
}

// Has reports whether a CVE is among the known ones.
func (k *known) has(id string) bool {
	key, ok := cveKey(id)
	if ok {
		_, ok = slices.BinarySearch(k.id, key)
	}
	return ok
}

// maxApart is how many signs a similar text may differ in: an angle of about
// 60 degrees.
const maxApart = 42

// nearest returns the n known CVEs that are most alike, not the one asked
// about. Cost: two words a known CVE.
func (m *Model) nearest(s sketch, not string, n int) []Similar {
	type hit struct{ apart, at int }
	var best []hit
	skip, has := cveKey(not)
	for i, k := range m.known.sketch {
		apart := bits.OnesCount64(k[0]^s[0]) + bits.OnesCount64(k[1]^s[1])
		if apart > maxApart || has && m.known.id[i] == skip {
			continue
		}
		if len(best) == n && apart >= best[n-1].apart {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, hit{apart, i}, func(a, b hit) int { return cmp.Or(cmp.Compare(a.apart, b.apart), cmp.Compare(a.at, b.at)) })
		best = slices.Insert(best, at, hit{apart, i})
		best = best[:min(len(best), n)]
	}
	var all []Similar
	for _, h := range best {
		all = append(all, Similar{
			ID: cveOf(m.known.id[h.at]), Type: m.types[m.known.class[h.at]],
			Alike: 1 - 2*float64(h.apart)/128,
		})
	}
	return all
}
