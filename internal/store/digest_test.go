package store_test

import (
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/store/storetest"
)

func TestDigest(t *testing.T) {
	o := small(true)
	a, b := open(t, o), open(t, o)
	w := storetest.NewWorld(3)
	for range 60 {
		at, batch := w.Batch()
		for _, s := range []*store.Store{a, b} {
			if _, err := s.Apply(at, batch, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := storetest.All()
	sum := a.Reader(all).Digest()
	if b.Reader(all).Digest() != sum {
		t.Error("the same batches give two digests")
	}
	if c := reopen(t, b, o); c.Reader(all).Digest() != sum {
		t.Error("a restored store has another digest")
	}
	if a.Reader(cure.Scope{}).Digest() != [32]byte{} {
		t.Error("the scope that sees nothing has a digest")
	}
	var d storetest.Builder
	d.Begin("cowrie/extra", 1, 1)
	d.Record(cure.NewID("x"), cure.Marking{})
	d.Observe(cure.Observation{Observable: cure.Observable{Kind: cure.KindIP, Value: "198.51.100.7"}, First: storetest.Unix(1e9)})
	if ok, err := a.Apply(store.Arrival{Seq: 1 << 30, Time: w.Arrival()}, d.Batch(), nil); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if a.Reader(all).Digest() == sum {
		t.Error("one observation more does not change the digest")
	}
}
