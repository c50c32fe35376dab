package observe

import (
	order "container/list"
	"strings"
)

// kin is the processes that are known. What starts others all day, as services
// and shells do, stays, however many short ones come and go between.
type kin struct {
	at  map[uint64]*order.Element
	age order.List // of process, the one longest without a sign first
}

func newKin() kin { return kin{at: map[uint64]*order.Element{}} }

func (k *kin) find(key uint64) (process, bool) {
	e := k.at[key]
	if e == nil {
		return process{}, false
	}
	return e.Value.(process), true
}

// keep says that a process has given a sign.
func (k *kin) keep(key uint64) {
	if e := k.at[key]; e != nil {
		k.age.MoveToBack(e)
	}
}

// add knows a process, which gives a sign by that; a name that was known is of
// the newer one.
func (k *kin) add(p process) {
	if p.key == 0 {
		return
	}
	p.name = strings.Clone(p.name[:min(len(p.name), maxProgram)])
	if e := k.at[p.key]; e != nil {
		e.Value = p
		k.age.MoveToBack(e)
		return
	}
	if k.age.Len() == maxProcesses {
		delete(k.at, k.age.Remove(k.age.Front()).(process).key)
	}
	k.at[p.key] = k.age.PushBack(p)
}
