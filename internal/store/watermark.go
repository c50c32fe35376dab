package store

import "github.com/opencure/cure"

// maxEpochs is how many epochs of one source are remembered. A source has one
// epoch for the life of its publisher, and one for each batch that was pushed
// under a key of its own; the oldest is forgotten first, in stream order, so
// that all replicas forget alike.
const maxEpochs = 1024

// watermark is the place up to which the batches of an epoch are applied.
type watermark struct{ epoch, seq uint64 }

// watermarks holds the newest epochs of each source, the one applied last at
// the end. It belongs to the writer and is part of snapshots.
type watermarks map[cure.Source][]watermark

// advance notes that a batch is applied; false: it is at or below the
// watermark of its epoch.
func (w watermarks) advance(src cure.Source, epoch, seq uint64) bool {
	marks := w[src]
	at := len(marks) - 1
	for at >= 0 && marks[at].epoch != epoch {
		at--
	}
	switch {
	case at >= 0 && seq <= marks[at].seq:
		return false
	case at >= 0 && at == len(marks)-1:
		marks[at].seq = seq
		return true
	case at >= 0:
		marks = append(marks[:at], marks[at+1:]...)
	case len(marks) >= maxEpochs:
		marks = append(marks[:0], marks[1:]...)
	}
	w[src] = append(marks, watermark{epoch, seq})
	return true
}

// last returns the watermark that was advanced last.
func (w watermarks) last(src cure.Source) watermark {
	if marks := w[src]; len(marks) > 0 {
		return marks[len(marks)-1]
	}
	return watermark{}
}
