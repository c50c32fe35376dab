package darknet

import (
	"slices"
	"time"

	"github.com/opencure/cure/internal/publish/packet"
)

// Sight is packets of one source to one port at one time.
type Sight struct {
	Time    time.Time
	Host    Host
	Port    Port
	Tool    Tool
	Scanner string      // name of the research scanner that it is
	Answer  bool        // backscatter
	Dest    packet.Addr // zero where that is not known
	Count   uint32
}

// Group is what a record of the darknet publisher holds: packets of one source
// to one port in ten minutes, by 50 and by 60 seconds.
type Group struct {
	Sight
	Tens    [12]uint32
	Minutes [10]uint32
}

// Limits of a [Builder].
const (
	// MaxCells is how many cells windows that are open hold together, if not
	// said otherwise: with their counts some 250 bytes each.
	MaxCells = 1 << 20
	// gapWindows is up to how many empty windows a gap is filled with.
	gapWindows = 144
	// farAhead is how far the clock may go forward in one step before it
	// takes stepSights sights in a row to be believed.
	farAhead   = 24 * time.Hour
	stepSights = 64
	maxNames   = 1 << 10 // names of scanners in a window
	maxFocus   = 1 << 16 // ports whose destinations are watched
)

// Building configures a [Builder].
type Building struct {
	Sensor string
	Level  Level
	Grids  []Grid        // nil: both
	Grace  time.Duration // of event time that a window stays open for what comes late
	Cells  int           // 0: MaxCells
	Window func(*Window) // takes each window, of each grid in order of time
}

// Builder counts sights into windows. What comes after its window has closed is
// counted as late and left out. For one goroutine.
type Builder struct {
	o      Building
	grids  []gridState
	newest time.Time
	cells  int
	ahead  int // sights in a row from a future that is not believed yet
	// Late counts packets that came after their window was closed, Strange
	// those of a clock that was not believed.
	Late, Strange uint64
}

// gridState is the open windows of one grid.
type gridState struct {
	Grid
	open []*filling // by time
	next int64      // number of the window that is emitted next
	any  bool
}

// filling is a window being filled.
type filling struct {
	at       int64
	index    map[Cell]uint32 // Scanner 0
	cells    []Cell
	counts   []uint32
	names    map[string]uint16
	scanners []string
	focus    map[Port]*focus
	back     flood
	over     flood
}

// NewBuilder makes a builder.
func NewBuilder(o Building) *Builder {
	if o.Grids == nil {
		o.Grids = []Grid{Tens, Halves}
	}
	if o.Cells == 0 {
		o.Cells = MaxCells
	}
	b := &Builder{o: o}
	for _, g := range o.Grids {
		b.grids = append(b.grids, gridState{Grid: g})
	}
	return b
}

// Add counts a sight.
func (b *Builder) Add(s *Sight) {
	if !b.clock(s.Time, s.Count) {
		return
	}
	ms := s.Time.UnixMilli()
	for i := range b.grids {
		g := &b.grids[i]
		length := g.Length().Milliseconds()
		f := b.filling(g, floorDiv(ms, length))
		if f == nil {
			b.Late += uint64(max(s.Count, 1))
			continue
		}
		if row := b.row(g, f, s); row != nil {
			row[(ms-f.at*length)/g.Bin.Milliseconds()] += max(s.Count, 1)
		}
	}
}

// AddGroup counts a group; its Time is the beginning of its ten minutes.
func (b *Builder) AddGroup(s *Group) {
	if !b.clock(s.Time, s.Count) {
		return
	}
	for i := range b.grids {
		g := &b.grids[i]
		from := s.Minutes[:]
		if g.Bin == Tens.Bin {
			from = s.Tens[:]
		}
		length := g.Length().Milliseconds()
		ms := s.Time.UnixMilli()
		f := b.filling(g, floorDiv(ms, length))
		if f == nil {
			b.Late += uint64(s.Count)
			continue
		}
		row := b.row(g, f, &s.Sight)
		first := int((ms - f.at*length) / g.Bin.Milliseconds())
		for k, n := range from {
			if row != nil && first+k < len(row) {
				row[first+k] += n
			}
		}
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// clock moves the newest time on and closes windows, and reports whether the
// time is believed. One packet from the far future moves nothing.
func (b *Builder) clock(t time.Time, n uint32) bool {
	if !b.newest.IsZero() && t.Sub(b.newest) > farAhead {
		if b.ahead++; b.ahead < stepSights {
			b.Strange += uint64(max(n, 1))
			return false
		}
	}
	b.ahead = 0
	if t.After(b.newest) {
		b.newest = t
		b.Close(t.Add(-b.o.Grace))
	}
	return true
}

// Close closes the windows that end at or before a time.
func (b *Builder) Close(before time.Time) {
	for i := range b.grids {
		g := &b.grids[i]
		if g.any {
			b.advance(g, floorDiv(before.UnixMilli(), g.Length().Milliseconds()))
		}
	}
}

// Flush closes all windows; what is before them is late from here on.
func (b *Builder) Flush() {
	for i := range b.grids {
		g := &b.grids[i]
		if n := len(g.open); n > 0 {
			b.advance(g, g.open[n-1].at+1)
		}
	}
}

// advance emits all windows before one, empty ones between them too.
func (b *Builder) advance(g *gridState, to int64) {
	for g.next < to {
		if len(g.open) == 0 || g.open[0].at > g.next {
			until := to
			if len(g.open) > 0 {
				until = min(to, g.open[0].at)
			}
			if until-g.next > gapWindows { // engines see the gap by the times
				g.next = until
				continue
			}
			b.emit(g, &filling{at: g.next})
			g.next++
			continue
		}
		f := g.open[0]
		g.open = g.open[1:]
		b.cells -= len(f.cells)
		b.emit(g, f)
		g.next = f.at + 1
	}
}

// filling returns the open window of that number, nil where it is closed.
func (b *Builder) filling(g *gridState, at int64) *filling {
	if !g.any {
		g.any, g.next = true, at
		if back := int64(b.o.Grace / g.Length()); back > 0 {
			g.next = at - back // what comes out of order at the beginning
		}
	}
	if at < g.next {
		return nil
	}
	i, ok := slices.BinarySearchFunc(g.open, at, func(f *filling, at int64) int { return int(f.at - at) })
	if ok {
		return g.open[i]
	}
	f := &filling{at: at, index: map[Cell]uint32{}, names: map[string]uint16{}, focus: map[Port]*focus{}}
	g.open = slices.Insert(g.open, i, f)
	return f
}

// row returns the counts of the sight's cell; nil where it has none.
func (b *Builder) row(g *gridState, f *filling, s *Sight) []uint32 {
	host, n := s.Host.At(b.o.Level), uint64(max(s.Count, 1))
	if s.Answer {
		f.back.add(s.Host, s.Port, n)
		return nil
	}
	if !s.Dest.IsZero() {
		f.aim(s, int64(n))
	}
	k := Cell{Host: host, Port: s.Port, Tool: s.Tool}
	i, ok := f.index[k]
	if !ok {
		if b.cells >= b.o.Cells {
			f.over.add(s.Host, s.Port, n)
			return nil
		}
		b.cells++
		i = uint32(len(f.cells))
		f.index[k] = i
		k.Scanner = f.scanner(s.Scanner)
		f.cells = append(f.cells, k)
		f.counts = append(f.counts, make([]uint32, g.Bins)...)
	} else if f.cells[i].Scanner != 0 && s.Scanner == "" {
		f.cells[i].Scanner = 0 // a network that is not all theirs
	}
	return f.counts[int(i)*g.Bins : (int(i)+1)*g.Bins]
}

func (f *filling) aim(s *Sight, n int64) {
	t := f.focus[s.Port]
	if t == nil {
		if len(f.focus) >= maxFocus {
			return
		}
		t = &focus{}
		f.focus[s.Port] = t
	}
	t.add(s.Dest, n)
}

// otherScanners stands for names for which there is no room.
const otherScanners = "other scanners"

// scanner returns one more than the place of a name.
func (f *filling) scanner(name string) uint16 {
	if name == "" {
		return 0
	}
	i, ok := f.names[name]
	if !ok {
		if len(f.scanners) >= maxNames-1 && name != otherScanners {
			return f.scanner(otherScanners)
		}
		f.scanners = append(f.scanners, name)
		i = uint16(len(f.scanners))
		f.names[name] = i
	}
	return i
}

// emit hands a window out, its cells in order.
func (b *Builder) emit(g *gridState, f *filling) {
	w := &Window{
		Sensor: b.o.Sensor, Start: time.UnixMilli(f.at * g.Length().Milliseconds()).UTC(), Bin: g.Bin, Bins: g.Bins,
		Level: b.o.Level, Scanners: f.scanners, Backscatter: f.back.sum(), Overflow: f.over.sum(),
	}
	order := make([]uint32, len(f.cells))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return f.cells[a].Compare(&f.cells[b]) })
	w.Cells, w.Counts = make([]Cell, len(order)), make([]uint32, 0, len(f.counts))
	for to, from := range order {
		w.Cells[to] = f.cells[from]
		w.Counts = append(w.Counts, f.counts[int(from)*g.Bins:(int(from)+1)*g.Bins]...)
	}
	for p, t := range f.focus {
		if t.one() {
			w.Focused = append(w.Focused, p)
		}
	}
	slices.SortFunc(w.Focused, Port.Compare)
	b.o.Window(w)
}
