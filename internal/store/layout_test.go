package store

import (
	"testing"
	"unsafe"

	"github.com/opencure/cure"
)

// Snapshots and the figures of the documentation depend on these.
func TestLayout(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want uintptr
	}{
		{"value", unsafe.Sizeof(value{}), 32},
		{"pair", unsafe.Sizeof(pair{}), 24},
		{"row", rowSize, 20},
		{"annotation", unsafe.Sizeof(annotation{}), 32},
		{"note", unsafe.Sizeof(note{}), 56},
		{"set", unsafe.Sizeof(setRecord{}), 16},
	} {
		if c.got != c.want {
			t.Errorf("a %s has %d bytes, want %d", c.name, c.got, c.want)
		}
		if chunk := c.got << heapBits; chunk%pageSize != 0 && c.name != "row" {
			t.Errorf("a chunk of %ss is not of whole pages", c.name)
		}
	}
	for _, k := range cure.Kinds() {
		if k >= kindSlots {
			t.Errorf("no room for kind %v", k)
		}
	}
	if roles := len(cure.Roles()); roles > 16 {
		t.Errorf("%d roles do not fit four bits", roles)
	}
}

// What alloc hands out is zero, whatever stood there before, and apart.
func TestMemoryIsUsedAgain(t *testing.T) {
	for _, heap := range []bool{true, false} {
		m := newMemory(heap)
		sizes := []int{8, 300, 5000, 70_000, 600_000, 3 << 20}
		for round := range 3 {
			var blocks [][]uint64
			for i := range 60 {
				n := sizes[i%len(sizes)]
				b := unsafe.Slice((*uint64)(m.alloc(n)), n/8)
				for k := range b {
					if b[k] != 0 {
						t.Fatalf("heap %v, round %d: a block of %d bytes is not zero", heap, round, n)
					}
					b[k] = uint64(i) + 1
				}
				blocks = append(blocks, b)
			}
			for i, b := range blocks {
				for k := range b {
					if b[k] != uint64(i)+1 {
						t.Fatalf("heap %v: blocks %d and %d overlap", heap, i, b[k]-1)
					}
				}
				m.free(unsafe.Pointer(&b[0]), sizes[i%len(sizes)])
			}
			if left := m.bytes.Load(); left != 0 {
				t.Errorf("heap %v: %d bytes are counted with nothing in use", heap, left)
			}
		}
		m.close()
	}
}

func TestLowerBound(t *testing.T) {
	e := []uint64{3, 3, 5, 8, 13, 21, 34, 55, 89}
	for x := uint64(0); x < 100; x++ {
		want := 0
		for want < len(e) && e[want] < x {
			want++
		}
		for guess := 0; guess <= len(e); guess++ {
			if got := lowerBound(e, x, guess); got != want {
				t.Fatalf("lowerBound(%d) from %d is %d, want %d", x, guess, got, want)
			}
		}
	}
	if got := lowerBound(nil, 1, 0); got != 0 {
		t.Errorf("lowerBound of nothing is %d", got)
	}
}
