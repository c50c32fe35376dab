package wire

import (
	"encoding/binary"
	"math/bits"
	"testing"

	"github.com/opencure/cure"
)

// sipHash is the definition of SipHash-c-d, written for reading.
func sipHash(c, d int, seed [16]byte, msg []byte) uint64 {
	k0, k1 := binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:])
	v := [4]uint64{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573}
	rounds := func(n int) {
		for range n {
			v[0] += v[1]
			v[1] = bits.RotateLeft64(v[1], 13) ^ v[0]
			v[0] = bits.RotateLeft64(v[0], 32)
			v[2] += v[3]
			v[3] = bits.RotateLeft64(v[3], 16) ^ v[2]
			v[0] += v[3]
			v[3] = bits.RotateLeft64(v[3], 21) ^ v[0]
			v[2] += v[1]
			v[1] = bits.RotateLeft64(v[1], 17) ^ v[2]
			v[2] = bits.RotateLeft64(v[2], 32)
		}
	}
	padded := append([]byte(nil), msg...)
	for len(padded)%8 != 7 {
		padded = append(padded, 0)
	}
	padded = append(padded, byte(len(msg)))
	for i := 0; i < len(padded); i += 8 {
		m := binary.LittleEndian.Uint64(padded[i:])
		v[3] ^= m
		rounds(c)
		v[0] ^= m
	}
	v[2] ^= 0xff
	rounds(d)
	return v[0] ^ v[1] ^ v[2] ^ v[3]
}

func TestHashIsSipHash(t *testing.T) {
	// The example of the paper's appendix A holds the definition above.
	var msg []byte
	for i := range byte(15) {
		msg = append(msg, i)
	}
	if got := sipHash(2, 4, testSeed, msg); got != 0xa129ca6149be45e5 {
		t.Fatalf("SipHash-2-4 of the paper's example is %x", got)
	}
	key := make([]byte, 0, 300)
	for n := range 300 {
		kind := cure.Kind(n % 12)
		want := sipHash(1, 3, testSeed, append(append([]byte(nil), key...), byte(kind)))
		if got := Hash(testSeed, kind, key); got != want {
			t.Fatalf("%d bytes: %x, want %x", n, got, want)
		}
		key = append(key, byte(n*7))
	}
}

func TestHashNeverChanges(t *testing.T) {
	tests := map[cure.Observable]uint64{
		oneOfEachKind[0]: 0x367d8d292c751a3c,
		oneOfEachKind[6]: 0xe26be53f60329def,
	}
	for o, want := range tests {
		if got := Hash(testSeed, o.Kind, o.AppendKey(nil)); got != want {
			t.Errorf("%v: %#x, want %#x", o, got, want)
		}
	}
}

func TestPartitionsAreEven(t *testing.T) {
	var n [Partitions]int
	for i := range 64000 {
		n[Partition(Hash(testSeed, cure.KindIP, []byte{10, 0, byte(i >> 8), byte(i)}))]++
	}
	for p, n := range n {
		if n < 850 || n > 1150 {
			t.Errorf("partition %d holds %d of 64000 neighbouring addresses, want about 1000", p, n)
		}
	}
}
