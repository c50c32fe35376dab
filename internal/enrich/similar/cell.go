package similar

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// cell holds what one source under one marking saw addresses do.
type cell struct {
	cellKey
	rows    []row
	table   []uint32 // open addressing: row+1, 0 for none
	arena   arena
	portUse map[token]uint32 // rows with a port token
	names   map[token]string // of hashes
	left    uint64           // addresses that had no room

	changed []uint32   // rows since the last build, each once
	fresh   []sketched // those of them that can be found
	stirred bool       // something came since fresh was made
	base    *base
}

// row is one address: 24 bytes.
type row struct {
	addr    key16
	off     uint32 // of its tokens in the arena
	n       uint8  // tokens
	class   uint8  // of the block
	packets uint16 // capped
}

// changedBit in row.class marks a row that changed since the last build.
const changedBit = 0x80

// Bounds of a cell.
const (
	maxNames = 1 << 16
	rareRows = 1000 // a port that fewer addresses look for is rare
	rarePart = 100  // or one that fewer than one in so many does
)

func newCell(k cellKey) *cell {
	return &cell{cellKey: k, portUse: map[token]uint32{}, names: map[token]string{}, base: &base{}}
}

// Counts are kept as their logarithm to the base of 2, in sixteenths, with the
// time added in half-lives since landmark: halving with age without a touch.
const unitsPerBit = 16

var landmark = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// age is what the clock adds to a logarithm, in bits.
func age(unix int64) float64 {
	return float64(unix-landmark) / HalfLife.Seconds()
}

// grown adds n events at a time to a count. Rounding is up or down by chance
// of a hash, so that many small steps do not vanish.
func grown(have uint16, t token, unix int64, n uint32) uint16 {
	bits := age(unix) + math.Log2(float64(max(n, 1)))
	if have > 0 {
		h := float64(have) / unitsPerBit
		hi, lo := max(h, bits), min(h, bits)
		bits = hi + math.Log2(1+math.Exp2(lo-hi))
	}
	units := bits * unitsPerBit
	floor := math.Floor(units)
	if chance := float64(mix(uint64(t)<<32^uint64(unix))>>11) / (1 << 53); units-floor > chance {
		floor++
	}
	return uint16(min(max(floor, 1), math.MaxUint16))
}

// find returns the row of an address, -1 for none.
func (c *cell) find(a key16) int {
	if len(c.table) == 0 {
		return -1
	}
	for i := place(a) & uint64(len(c.table)-1); ; i = (i + 1) & uint64(len(c.table)-1) {
		switch r := c.table[i]; {
		case r == 0:
			return -1
		case c.rows[r-1].addr == a:
			return int(r - 1)
		}
	}
}

func place(a key16) uint64 {
	return mix(binary.LittleEndian.Uint64(a[:8])*0x9e3779b97f4a7c15 ^ binary.LittleEndian.Uint64(a[8:]))
}

// insert files a row in the table.
func (c *cell) insert(r int) {
	i := place(c.rows[r].addr) & uint64(len(c.table)-1)
	for c.table[i] != 0 {
		i = (i + 1) & uint64(len(c.table)-1)
	}
	c.table[i] = uint32(r + 1)
}

// reserve makes the table large enough for n rows.
func (c *cell) reserve(n int) {
	size := max(len(c.table), 16)
	for 4*n > 3*size {
		size *= 2
	}
	if size == len(c.table) {
		return
	}
	c.table = make([]uint32, size)
	for r := range c.rows {
		c.insert(r)
	}
}

// add counts what an address did.
func (c *cell) add(a key16, x *extract) {
	at := c.find(a)
	if at < 0 {
		if len(c.rows) == maxRows {
			c.left++
			return
		}
		at = len(c.rows)
		c.reserve(at + 1)
		c.rows = append(c.rows, row{addr: a})
		c.insert(at)
	}
	c.stirred = true
	r := &c.rows[at]
	if r.class&changedBit == 0 {
		r.class |= changedBit
		c.changed = append(c.changed, uint32(at))
	}
	r.packets = uint16(min(uint32(r.packets)+x.packets, math.MaxUint16))
	for i := range x.counts {
		n := &x.counts[i]
		if n.port == 0 || c.rare(n.port) {
			c.count(r, n, x.at)
		}
	}
}

// rare reports whether few addresses look for a port.
func (c *cell) rare(port token) bool {
	return c.portUse[port] <= max(rareRows, uint32(len(c.rows)/rarePart))
}

// count adds to one token of a row.
func (c *cell) count(r *row, n *count, at int64) {
	tokens, counts := c.arena.block(r)
	group := groupOf[n.token.kind()]
	held, least := 0, -1
	for i, t := range tokens {
		if t == n.token {
			counts[i] = grown(counts[i], t, at, n.n)
			return
		}
		if groupOf[t.kind()] == group {
			if held++; least < 0 || counts[i] < counts[least] {
				least = i
			}
		}
	}
	units := grown(0, n.token, at, n.n)
	if held >= groupMost[group] { // the one that counts least makes room
		if units < counts[least] {
			return
		}
		c.used(tokens[least], -1)
		tokens[least], counts[least] = n.token, units
	} else {
		c.arena.push(r, n.token, units)
	}
	c.used(n.token, 1)
	if n.name != "" && len(c.names) < maxNames {
		if _, ok := c.names[n.token]; !ok {
			c.names[n.token] = strings.Clone(n.name)
		}
	}
}

// used counts the rows of a port.
func (c *cell) used(t token, by int) {
	if t.kind() == kindPort {
		c.portUse[t] += uint32(by)
	}
}

// Tokens of a row share the 64 places of the largest block in four groups, so that none crowds the
// others out.
var (
	groupOf = [kindEnd]int{
		kindPort: 0, kindHours: 1, kindSlot: 2, kindPrint: 3, kindTag: 3, kindFile: 3, kindURL: 3, kindLogin: 3,
		kindCommand: 3, kindAgent: 3, kindRule: 3, kindSensor: 3, kindRate: 3, kindSourcePort: 3,
	}
	groupMost = [...]int{18, 12, 18, 16}
)
