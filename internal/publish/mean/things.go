package mean

import (
	"encoding/binary"
	"slices"

	"github.com/opencure/cure"
)

// things says which record holds what is said of a thing, for the last 16,384
// of them.
type things struct {
	is    map[uint64]cure.ID
	order []uint64 // oldest first
}

func newThings() things { return things{is: map[uint64]cure.ID{}} }

// thingAt names a thing of a source.
func thingAt(source, thing string) uint64 {
	id := cure.NewID(source, "thing", thing)
	return binary.BigEndian.Uint64(id[:8])
}

// put notes the record of a thing; the thing put first makes room.
func (t *things) put(at uint64, id cure.ID) {
	if _, ok := t.is[at]; !ok {
		if len(t.order) == maxTexts {
			delete(t.is, t.order[0])
			t.order = slices.Delete(t.order, 0, 1)
		}
		t.order = append(t.order, at)
	}
	t.is[at] = id
}

// thingSize is what one thing takes in a state.
const thingSize = 8 + len(cure.ID{})

func (t *things) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(t.order)))
	for _, at := range t.order {
		id := t.is[at]
		dst = append(binary.BigEndian.AppendUint64(dst, at), id[:]...)
	}
	return dst
}

// read takes things up and returns what follows; false when they are broken.
func (t *things) read(b []byte) ([]byte, bool) {
	*t = newThings()
	n, size := binary.Uvarint(b)
	if size <= 0 || n > maxTexts || int(n)*thingSize > len(b)-size {
		return nil, false
	}
	for b = b[size:]; n > 0; n-- {
		t.put(binary.BigEndian.Uint64(b), cure.ID(b[8:thingSize]))
		b = b[thingSize:]
	}
	return b, true
}
