package store

import "iter"

// All yields every visible value whose ID is from or higher, in order of IDs,
// which means nothing. A caller whose loop waits for something takes a part,
// leaves the loop, and goes on behind the last.
func (r *Reader) All(from ID) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		defer r.s.epochs.enter().exit()
		v := r.view()
		for i := uint32(from); i < r.s.values.count.Load(); i++ {
			if v.sources(r.s.values.at(i+1).set()) > 0 && !yield(ID(i)) {
				return
			}
		}
	}
}
