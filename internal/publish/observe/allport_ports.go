package observe

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"
	"strings"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
)

// ports is the fold of connections: sessions as everywhere, and beside them
// which ports the source has ever seen, so that a new one is noticed. A port
// counts as seen once its event was added; it is one bit.
type ports struct {
	publish.Fold
	seen [2][1 << 10]uint64 // tcp, udp
}

const statePorts = 1

var errPortState = errors.New("state of ports is damaged")

func newPorts(src cure.Source) *ports { return &ports{Fold: publish.NewSessions(src)} }

// Add implements publish.Fold.
func (f *ports) Add(ev *publish.Event, emit publish.Emit) {
	for _, o := range ev.Observations {
		if o.Observable.Kind != cure.KindPort || o.Role != cure.RoleTarget {
			continue
		}
		transport, number, _ := strings.Cut(o.Observable.Value, "/")
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil {
			continue
		}
		set := &f.seen[0]
		if transport == "udp" {
			set = &f.seen[1]
		}
		if bit := uint64(1) << (n & 63); set[n>>6]&bit == 0 {
			set[n>>6] |= bit
			attr(ev, "first_seen_port", o.Observable.Value)
		}
	}
	f.Fold.Add(ev, emit)
}

// Pending implements publish.Fold.
func (f *ports) Pending() int { return f.Fold.Pending() + f.size() }

// size bounds what AppendState writes of the ports.
func (f *ports) size() int {
	n := 8
	for t := range f.seen {
		held := 0
		for _, w := range f.seen[t] {
			held += bits.OnesCount64(w)
		}
		n += min(3*held, 8<<10) + 4
	}
	return n
}

// AppendState implements publish.Fold: for each transport how many ports and
// their differences, or all bits where that is shorter.
func (f *ports) AppendState(dst []byte) []byte {
	dst = append(dst, statePorts)
	for t := range f.seen {
		dst = appendPorts(dst, &f.seen[t])
	}
	return f.Fold.AppendState(dst)
}

func appendPorts(dst []byte, set *[1 << 10]uint64) []byte {
	count := 0
	for _, w := range set {
		count += bits.OnesCount64(w)
	}
	dst = binary.AppendUvarint(dst, uint64(count))
	if 3*count > 8<<10 {
		for _, w := range set {
			dst = binary.LittleEndian.AppendUint64(dst, w)
		}
		return dst
	}
	last := 0
	for n := range 1 << 16 {
		if set[n>>6]>>(n&63)&1 == 1 {
			dst = binary.AppendUvarint(dst, uint64(n-last))
			last = n
		}
	}
	return dst
}

// Restore implements publish.Fold.
func (f *ports) Restore(state []byte) error {
	f.seen = [2][1 << 10]uint64{}
	if len(state) == 0 { // of a source that never had one
		return f.Fold.Restore(state)
	}
	if state[0] != statePorts {
		return errPortState
	}
	state = state[1:]
	for t := range f.seen {
		var ok bool
		if state, ok = readPorts(state, &f.seen[t]); !ok {
			return errPortState
		}
	}
	return f.Fold.Restore(state)
}

func readPorts(state []byte, set *[1 << 10]uint64) (rest []byte, ok bool) {
	count, n := binary.Uvarint(state)
	if n <= 0 || count > 1<<16 {
		return nil, false
	}
	state = state[n:]
	*set = [1 << 10]uint64{}
	if 3*count > 8<<10 {
		if len(state) < 8<<10 {
			return nil, false
		}
		for i := range set {
			set[i] = binary.LittleEndian.Uint64(state[8*i:])
		}
		return state[8<<10:], true
	}
	port := uint64(0)
	for range count {
		d, n := binary.Uvarint(state)
		if n <= 0 || d > 0xffff {
			return nil, false
		}
		if port += d; port > 0xffff {
			return nil, false
		}
		state = state[n:]
		set[port>>6] |= 1 << (port & 63)
	}
	return state, true
}
