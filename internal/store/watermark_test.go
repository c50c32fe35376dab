package store

import "testing"

func TestWatermarksKeepEpochsApart(t *testing.T) {
	w := watermarks{}
	step := func(epoch, seq uint64, want bool) {
		t.Helper()
		if got := w.advance("a/b", epoch, seq); got != want {
			t.Errorf("epoch %d seq %d: advanced %v, want %v", epoch, seq, got, want)
		}
	}
	step(9, 1, true) // a batch pushed once, under an epoch of its own
	step(5, 1, true) // the publisher's epoch is a smaller number: no order between epochs
	step(5, 2, true)
	step(9, 1, false) // the push comes again
	step(5, 2, false)
	step(5, 1, false)
	step(5, 3, true)
	if got := w.last("a/b"); got != (watermark{5, 3}) {
		t.Errorf("last is %v", got)
	}
	for epoch := uint64(100); epoch < 100+maxEpochs; epoch++ {
		step(epoch, 1, true)
	}
	if n := len(w["a/b"]); n != maxEpochs {
		t.Errorf("%d epochs are remembered", n)
	}
	step(5, 3, true) // forgotten: the newest are kept
}
