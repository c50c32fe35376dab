package observe

import (
	"encoding/binary"
	"errors"
	"strings"
)

// Pending implements publish.Fold.
func (f *baseline) Pending() int {
	return f.Sessions.Pending() + 32 + len(f.pairs)*pairState + f.processes.age.Len()*processState
}

// AppendState implements publish.Fold. Layout: version, starts, flagged, pairs
// and processes (the one longest without a sign first) with their numbers, in
// fixed sizes; then the sessions.
func (f *baseline) AppendState(dst []byte) []byte {
	le := binary.LittleEndian
	dst = append(dst, stateBaseline)
	dst = le.AppendUint32(le.AppendUint32(dst, f.starts), f.flagged)
	dst = le.AppendUint32(le.AppendUint32(dst, uint32(len(f.pairs))), uint32(f.processes.age.Len()))
	for _, p := range f.pairs {
		dst = le.AppendUint32(le.AppendUint32(le.AppendUint64(dst, p.key), p.count), p.delays)
	}
	for e := f.processes.age.Front(); e != nil; e = e.Next() {
		p := e.Value.(process)
		var name [maxProgram]byte
		copy(name[:], p.name)
		dst = le.AppendUint64(le.AppendUint64(le.AppendUint64(dst, p.key), p.parent), uint64(p.start))
		dst = append(dst, name[:]...)
	}
	return f.Sessions.AppendState(dst)
}

var errBaseline = errors.New("broken state of the baseline")

// Restore implements publish.Fold.
func (f *baseline) Restore(state []byte) error {
	f.starts, f.flagged, f.pairs = 0, 0, nil
	clear(f.at)
	clear(f.processes.at)
	f.processes.age.Init()
	if len(state) == 0 {
		return f.Sessions.Restore(nil)
	}
	le := binary.LittleEndian
	if len(state) < 17 || state[0] != stateBaseline {
		return errBaseline
	}
	pairs, processes := le.Uint32(state[9:]), le.Uint32(state[13:])
	f.starts, f.flagged = le.Uint32(state[1:]), le.Uint32(state[5:])
	state = state[17:]
	if pairs > maxPairs || processes > maxProcesses || len(state) < int(pairs)*pairState+int(processes)*processState {
		return errBaseline
	}
	for i := range int(pairs) {
		p := pair{le.Uint64(state), le.Uint32(state[8:]), le.Uint32(state[12:])}
		if _, twice := f.at[p.key]; twice {
			return errBaseline
		}
		f.pairs, f.at[p.key], state = append(f.pairs, p), i, state[pairState:]
	}
	for range processes {
		name := strings.TrimRight(string(state[24:processState]), "\x00")
		f.processes.add(process{le.Uint64(state), le.Uint64(state[8:]), int64(le.Uint64(state[16:])), name})
		state = state[processState:]
	}
	return f.Sessions.Restore(state)
}
