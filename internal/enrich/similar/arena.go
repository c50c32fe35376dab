package similar

// arena holds the tokens of all rows of a cell in blocks of few sizes. What is
// given back is used again.
type arena struct {
	tokens [][]token  // chunks
	counts [][]uint16 // beside them
	next   uint32     // first place that was never used
	free   [len(sizes)][]uint32
}

// sizes are the blocks.
var sizes = [...]uint8{4, 6, 8, 12, 16, 24, 32, 48, 64}

const (
	chunkBits = 16
	chunkSize = 1 << chunkBits
)

// block returns the tokens of a row and their counts.
func (a *arena) block(r *row) ([]token, []uint16) {
	if r.n == 0 {
		return nil, nil
	}
	chunk, at := r.off>>chunkBits, r.off&(chunkSize-1)
	return a.tokens[chunk][at : at+uint32(r.n)], a.counts[chunk][at : at+uint32(r.n)]
}

// push adds a token to a row, which holds 64 at most (groupMost).
func (a *arena) push(r *row, t token, n uint16) {
	class := r.class &^ changedBit
	switch {
	case r.n == 0:
		r.off = a.take(class)
	case r.n == sizes[class]:
		tokens, counts := a.block(r)
		off := a.take(class + 1)
		chunk, at := off>>chunkBits, off&(chunkSize-1)
		copy(a.tokens[chunk][at:], tokens)
		copy(a.counts[chunk][at:], counts)
		a.free[class] = append(a.free[class], r.off)
		r.off = off
		r.class++
	}
	chunk, at := r.off>>chunkBits, r.off&(chunkSize-1)+uint32(r.n)
	a.tokens[chunk][at], a.counts[chunk][at] = t, n
	r.n++
}

// take returns a block of a size.
func (a *arena) take(class uint8) uint32 {
	if k := len(a.free[class]); k > 0 {
		off := a.free[class][k-1]
		a.free[class] = a.free[class][:k-1]
		return off
	}
	size := uint32(sizes[class])
	if len(a.tokens) == 0 || a.next&(chunkSize-1)+size > chunkSize || a.next>>chunkBits >= uint32(len(a.tokens)) {
		a.next = uint32(len(a.tokens)) << chunkBits // blocks do not straddle chunks
		a.tokens = append(a.tokens, make([]token, chunkSize))
		a.counts = append(a.counts, make([]uint16, chunkSize))
	}
	off := a.next
	a.next += size
	return off
}

// fit returns the smallest block for n tokens.
func fit(n int) uint8 {
	for class, size := range sizes {
		if n <= int(size) {
			return uint8(class)
		}
	}
	return uint8(len(sizes) - 1)
}
