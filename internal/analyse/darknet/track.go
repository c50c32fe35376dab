package darknet

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Sizes of what is remembered of a subject.
const (
	windowsADay = 144
	hoursAWeek  = 168
	daysKept    = 8
	maxTracks   = 1 << 15
	alphaWindow = 1.0 / windowsADay // of exponential means over windows
)

// track is what is remembered of a subject: means over a day of windows, how
// many networks came in each hour of a week and each day, and which came in
// the last 24 hours.
type track struct {
	M1, M2 float64 // decayed sums of the count of a window, and of its square
	S1, S2 float64 // of the standardised synchrony
	SN     float64 // and their weight
	At     int64   // number of the window up to which they are
	Hour   int64   // hour since 1970 that is being filled
	Hours  [hoursAWeek]uint16
	Days   [daysKept]uint16 // by day since 1970
	Crowds [24]crowd        // by hour
}

// tracker remembers subjects. Counting begins with its first window.
type tracker struct {
	First, Last int64 // numbers of windows; Last 0: none yet
	Keys        []subject
	Tracks      []*track
	Refused     uint64  // subjects for which there was no room
	Asides      []aside // research scanners, by port and name

	index map[subject]int
}

func newTracker() *tracker { return &tracker{index: map[subject]int{}} }

const windowSeconds = 600

// aside is a listed scanner that was at a port.
type aside struct {
	Port Port
	Name string
	At   int64 // window in which it was there last
}

const maxAsides = 1 << 14

// setAside notes the listed scanners at a port.
func (k *tracker) setAside(p Port, names []string) {
	for _, name := range names {
		x := aside{p, name, k.Last}
		i, ok := slices.BinarySearchFunc(k.Asides, x, compareAsides)
		switch {
		case ok:
			k.Asides[i].At = k.Last
		case len(k.Asides) < maxAsides:
			k.Asides = slices.Insert(k.Asides, i, x)
		default:
			k.Asides = slices.DeleteFunc(k.Asides, func(a aside) bool { return k.Last-a.At > windowsADay })
		}
	}
}

func compareAsides(a, b aside) int {
	return cmp.Or(a.Port.Compare(b.Port), cmp.Compare(a.Name, b.Name))
}

// asides returns the listed scanners that were at a port within a day.
func (k *tracker) asides(p Port) (names []string) {
	i, _ := slices.BinarySearchFunc(k.Asides, p, func(a aside, p Port) int { return a.Port.Compare(p) })
	for ; i < len(k.Asides) && k.Asides[i].Port == p; i++ {
		if k.Last-k.Asides[i].At <= windowsADay {
			names = append(names, k.Asides[i].Name)
		}
	}
	return names
}

func numberOf(t time.Time) int64 { return t.Unix() / windowSeconds }

// begin moves to a window. At the end of a day the day's counts are written
// for all subjects.
func (k *tracker) begin(w *Window) {
	at := numberOf(w.Start)
	if k.Last == 0 {
		k.First = at
	}
	if k.Last != 0 && at/windowsADay != k.Last/windowsADay {
		k.dayEnds(k.Last / windowsADay)
	}
	k.Last = at
}

func (k *tracker) dayEnds(day int64) {
	for _, t := range k.Tracks {
		t.roll(day*24 + 23)
		t.Days[day%daysKept] = uint16(min(union(t.Crowds[:]), math.MaxUint16))
	}
}

// of returns the track of a subject up to the window that has begun; nil where
// there is no room.
func (k *tracker) of(s subject) *track {
	i, ok := k.index[s]
	if !ok {
		if len(k.Tracks) >= maxTracks && !k.drop() {
			k.Refused++
			return nil
		}
		i = len(k.Tracks)
		k.index[s] = i
		k.Keys, k.Tracks = append(k.Keys, s), append(k.Tracks, &track{At: k.Last, Hour: k.Last / 6})
	}
	t := k.Tracks[i]
	if gone := k.Last - t.At; gone > 0 {
		keep := math.Pow(1-alphaWindow, float64(gone))
		t.M1, t.M2, t.At = t.M1*keep, t.M2*keep, k.Last
	}
	t.roll(k.Last / 6)
	return t
}

// drop forgets the subjects of which nothing was heard for a week.
func (k *tracker) drop() bool {
	n := 0
	clear(k.index)
	for i, t := range k.Tracks {
		if k.Last-t.At < 7*windowsADay {
			k.Keys[n], k.Tracks[n] = k.Keys[i], t
			k.index[k.Keys[n]] = n
			n++
		}
	}
	clear(k.Tracks[n:])
	dropped := n < len(k.Tracks)
	k.Keys, k.Tracks = k.Keys[:n], k.Tracks[:n]
	return dropped
}

// roll moves to an hour: the count of the one that ends is written.
func (t *track) roll(hour int64) {
	if hour <= t.Hour {
		return
	}
	t.Hours[t.Hour%hoursAWeek] = uint16(min(t.Crowds[t.Hour%24].count(), math.MaxUint16))
	for h := t.Hour + 1; h <= hour && h <= t.Hour+hoursAWeek; h++ {
		t.Hours[h%hoursAWeek] = 0
		t.Crowds[h%24].clear()
	}
	for d := t.Hour/24 + 1; d <= hour/24 && d <= t.Hour/24+daysKept; d++ {
		t.Days[d%daysKept] = 0
	}
	t.Hour = hour
}

// count adds what a window has. An extreme count counts only up to most, so
// that an activity does not become the norm at once.
func (t *track) count(nets []Host, most float64) {
	n := min(float64(len(nets)), most)
	t.M1 += alphaWindow * n
	t.M2 += alphaWindow * n * n
	c := &t.Crowds[t.Hour%24]
	for _, h := range nets {
		c.add(h)
	}
}

// known reports whether a network was at the subject in the last day before
// this hour.
func (t *track) known(h Host) bool {
	for i := range t.Crowds {
		if int64(i) != t.Hour%24 && t.Crowds[i].has(h) {
			return true
		}
	}
	return false
}

// encode writes a tracker; the same tracker gives the same bytes.
func (k *tracker) encode() []byte {
	order := make([]int, len(k.Keys))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return k.Keys[a].compare(k.Keys[b]) })
	out := tracker{First: k.First, Last: k.Last, Refused: k.Refused, Asides: k.Asides}
	for _, i := range order {
		out.Keys, out.Tracks = append(out.Keys, k.Keys[i]), append(out.Tracks, k.Tracks[i])
	}
	c := coder{b: []byte{trackVersion}}
	out.walk(&c)
	return c.b
}

// trackVersion is the first byte of a state; another version is refused, and
// the engine begins anew.
const trackVersion = 2

// maxState bounds what is read as a state.
const maxState = 256 << 20

func decodeTracker(state []byte) (*tracker, error) {
	k := newTracker()
	if len(state) == 0 {
		return k, nil
	}
	if len(state) > maxState {
		return nil, fmt.Errorf("state of %d bytes is too large", len(state))
	}
	if state[0] != trackVersion {
		return nil, fmt.Errorf("state is of version %d, want %d", state[0], trackVersion)
	}
	c := coder{b: state[1:], reading: true}
	if k.walk(&c); c.bad || len(c.b) > 0 {
		return nil, errState
	}
	for i := range k.Keys {
		k.index[k.Keys[i]] = i
	}
	return k, nil
}

// walk passes a tracker; its subjects are in order.
func (k *tracker) walk(c *coder) {
	natural(c, &k.First, maxNumber)
	natural(c, &k.Last, maxNumber)
	number(c, &k.Refused)
	list(c, &k.Keys, maxTracks, func(s *subject) {
		c.port(&s.Port)
		c.tool(&s.Tool)
	})
	for i := 1; i < len(k.Keys) && c.reading; i++ {
		c.must(k.Keys[i-1].compare(k.Keys[i]) < 0)
	}
	list(c, &k.Tracks, maxTracks, func(t **track) {
		if c.reading {
			*t = &track{}
		}
		(*t).walk(c, k.Last)
	})
	c.must(len(k.Keys) == len(k.Tracks))
	list(c, &k.Asides, maxAsides, func(a *aside) {
		c.port(&a.Port)
		c.text(&a.Name)
		natural(c, &a.At, k.Last)
	})
	c.must(slices.IsSortedFunc(k.Asides, compareAsides))
}

func (t *track) walk(c *coder, last int64) {
	for _, v := range []*float64{&t.M1, &t.M2, &t.S1, &t.S2, &t.SN} {
		c.finite(v)
	}
	natural(c, &t.At, last)
	natural(c, &t.Hour, last/6)
	c.sparse(t.Hours[:])
	c.sparse(t.Days[:])
	for i := range t.Crowds {
		t.Crowds[i].walk(c)
	}
}
