package darknet

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/opencure/cure"
)

// The checkpoint of a watch: what it needs to go on behind a stream sequence as
// if it had never stopped. Layout: version, when it was written, the sequence
// from which on corrections are not in it, seed, then for each place its name
// and its own state, compressed by itself: what one place knows never stands
// with what another does. The hub puts sequence, log and a checksum around it.
const (
	keptVersion = 1
	// maxKept bounds a checkpoint, maxPlace the state of one place before it
	// is compressed.
	maxKept  = 512 << 20
	maxPlace = 512 << 20
)

// encode writes the checkpoint; the same watch gives the same bytes.
func (w *Watch) encode(now time.Time) ([]byte, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("encode checkpoint: %w", err)
	}
	defer enc.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	c := coder{b: []byte{keptVersion}}
	c.time(&now)
	number(&c, &w.since)
	number(&c, &w.seed)
	number(&c, &w.left)
	all := w.places()
	c.length(len(all), 1)
	for _, d := range all {
		name, err := json.Marshal(placeName{d.source, d.marking})
		if err != nil {
			return nil, fmt.Errorf("encode checkpoint: %w", err)
		}
		inner := coder{}
		d.walk(&inner)
		known := w.knownOf(d.place)
		list(&inner, &known, maxKnown, func(k *json.RawMessage) { inner.bytes((*[]byte)(k)) })
		if len(inner.b) > maxPlace {
			return nil, cure.Errorf(cure.Invalid, "encode checkpoint: state of %d bytes is too large", len(inner.b))
		}
		packed := enc.EncodeAll(inner.b, nil)
		c.bytes(&name)
		c.bytes(&packed)
	}
	if len(c.b) > maxKept {
		return nil, cure.Errorf(cure.Invalid, "encode checkpoint: %d bytes are too many", len(c.b))
	}
	return c.b, nil
}

type placeName struct {
	Source  cure.Source  `json:"source"`
	Marking cure.Marking `json:"marking"`
}

// knownOf returns what is known of the activities of a place, in order.
func (w *Watch) knownOf(p place) (all []json.RawMessage) {
	var ids []cure.ID
	for id, k := range w.known {
		if k.Source == p.source && k.Marking == p.marking {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b cure.ID) int { return slices.Compare(a[:], b[:]) })
	for _, id := range ids {
		if b, err := json.Marshal(w.known[id]); err == nil { // a number that is none has no picture
			all = append(all, b)
		}
	}
	return all
}

// decode takes a checkpoint up. corrected tells the sequence at which a source
// was last corrected. After an error the watch knows nothing.
func (w *Watch) decode(state []byte, now time.Time, corrected func(cure.Source) uint64) (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget()
	defer func() {
		if err != nil {
			w.forget()
		}
	}()
	if len(state) == 0 || state[0] != keptVersion {
		return cure.Errorf(cure.Invalid, "checkpoint is of another version")
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPlace), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("read checkpoint: %w", err)
	}
	defer dec.Close()
	c := coder{b: state[1:], reading: true}
	var at time.Time
	var seed uint64
	c.time(&at)
	number(&c, &w.since)
	number(&c, &seed)
	number(&c, &w.left)
	switch {
	case c.bad:
		return errState
	case seed != w.seed:
		return cure.Errorf(cure.Invalid, "checkpoint is of the seed %d, not %d", seed, w.seed)
	case now.Sub(at) > memory:
		return cure.Errorf(cure.Invalid, "checkpoint of %s is older than engines remember", at.Format(time.RFC3339))
	}
	n := c.length(0, 2)
	c.must(n <= maxHouses)
	for range n {
		var name, packed []byte
		c.bytes(&name)
		c.bytes(&packed)
		var p placeName
		if c.bad || json.Unmarshal(name, &p) != nil || p.Source.Check() != nil || p.Marking.Check() != nil {
			return errState
		}
		if corrected(p.Source) > w.since {
			return cure.Errorf(cure.Conflict, "%s was corrected after the checkpoint was begun", p.Source)
		}
		raw, err := dec.DecodeAll(packed, nil)
		if err != nil {
			return fmt.Errorf("unpack state of %s: %w", p.Source, err)
		}
		if err := w.takeUp(place{p.Source, p.Marking}, raw, now); err != nil {
			return fmt.Errorf("state of %s: %w", p.Source, err)
		}
	}
	if c.bad || len(c.b) > 0 {
		return errState
	}
	return nil
}

// forget makes a watch as new.
func (w *Watch) forget() {
	clear(w.houses)
	clear(w.known)
	w.since, w.left = 0, 0
}

// takeUp reads the state of one place.
func (w *Watch) takeUp(p place, raw []byte, now time.Time) error {
	if w.houses[p] != nil {
		return errState
	}
	c := coder{b: raw, reading: true}
	d := w.dwelling(p)
	d.arrived = now
	d.walk(&c)
	var known []json.RawMessage
	list(&c, &known, maxKnown, func(k *json.RawMessage) { c.bytes((*[]byte)(k)) })
	if c.bad || len(c.b) > 0 {
		return errState
	}
	for _, b := range known {
		k := &Known{}
		if err := json.Unmarshal(b, k); err != nil {
			return fmt.Errorf("read what is known: %w", err)
		}
		if k.Source != p.source || k.Marking != p.marking || k.Activity.ID.IsZero() || len(w.known) >= maxKnown {
			return errState
		}
		w.known[k.Activity.ID] = k
	}
	return nil
}

// walk passes what is found at a place: its house, and the activities that are
// open or not told yet.
func (d *dwelling) walk(c *coder) {
	d.house.walk(c)
	number(c, &d.house.Merger.Weak)
	all := slices.Clone(d.house.Merger.open)
	for _, a := range d.changed {
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	open := len(d.house.Merger.open)
	list(c, &all, maxHeld, func(a **Activity) {
		if c.reading {
			*a = &Activity{}
		}
		(*a).walk(c)
	})
	natural(c, &open, len(all))
	var untold []int
	for _, a := range d.changed {
		untold = append(untold, slices.Index(all, a))
	}
	list(c, &untold, len(all), func(i *int) { natural(c, i, len(all)-1) })
	if !c.reading || c.bad {
		return
	}
	d.house.Merger.open = all[:open:open]
	d.changed = nil
	for _, i := range untold {
		d.changed = append(d.changed, all[i])
	}
}
