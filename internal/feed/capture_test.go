package feed

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// pcap writes packets of one byte each, in a byte order.
func pcap(order byteOrder, magic uint32, packets ...byte) []byte {
	b := order.AppendUint32(nil, magic)
	b = append(b, make([]byte, 16)...)
	b = order.AppendUint32(b, 101)
	for i, p := range packets {
		b = order.AppendUint32(b, uint32(1000+i))
		b = order.AppendUint32(b, 5)
		b = order.AppendUint32(b, 1)
		b = append(order.AppendUint32(b, 60), p)
	}
	return b
}

// blockOf writes a block of a pcapng.
func blockOf(order byteOrder, kind uint32, body ...byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	b := order.AppendUint32(nil, kind)
	b = append(order.AppendUint32(b, uint32(12+len(body))), body...)
	return order.AppendUint32(b, uint32(12+len(body)))
}

// pcapng writes a section with a block of names, one Ethernet interface with
// a clock of nanoseconds, and packets of each kind of block.
func pcapng(order byteOrder) []byte {
	section := append(order.AppendUint32(nil, magicOrder), 1, 0, 0, 0)
	b := blockOf(order, blockHead, append(section, bytes.Repeat([]byte{0xff}, 8)...)...)
	b = append(b, blockOf(order, 4, 0, 0, 0, 0)...)
	link := order.AppendUint16(nil, 1)
	option := append(order.AppendUint16(order.AppendUint16(nil, 9), 1), 9, 0, 0, 0)
	b = append(b, blockOf(order, blockIface, append(append(link, 0, 0, 0, 0, 0, 0), option...)...)...)
	at := uint64(1000_000_000_005)
	var p []byte
	for _, v := range []uint32{0, uint32(at >> 32), uint32(at), 2, 70} {
		p = order.AppendUint32(p, v)
	}
	b = append(b, blockOf(order, blockPacket, append(p, 7, 8)...)...)
	p = order.AppendUint16(nil, 9) // an interface that was never described
	p = append(p, 0, 0)
	for _, v := range []uint32{uint32(at >> 32), uint32(at), 1, 70} {
		p = order.AppendUint32(p, v)
	}
	b = append(b, blockOf(order, blockOld, append(p, 9)...)...)
	return append(b, blockOf(order, blockSimple, append(order.AppendUint32(nil, 1), 6)...)...)
}

type packetSeen struct {
	Nanos      int64
	Wire, Link uint32
	Data       string
}

func readPackets(t testing.TB, data []byte, chunk int) ([]packetSeen, error) {
	t.Helper()
	f, err := NewFile("test", &reader{bytes.NewReader(data), chunk}, Packets, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []packetSeen
	for {
		fr, err := f.Next(context.Background(), Forever)
		if err != nil {
			return got, err
		}
		if !IsPacket(fr.Data) {
			got = append(got, packetSeen{Data: string(fr.Data)})
			continue
		}
		d := fr.Data
		got = append(got, packetSeen{
			int64(binary.LittleEndian.Uint64(d)), binary.LittleEndian.Uint32(d[8:]), binary.LittleEndian.Uint32(d[12:]), string(d[PacketHead:]),
		})
	}
}

func TestPackets(t *testing.T) {
	const micro, nano = 1_000_000_000_000 + 5000, 1_000_000_000_000 + 5
	ng := []packetSeen{{nano, 70, 1, "\a\b"}, {0, 70, NoLink, "\t"}, {0, 1, 1, "\x06"}}
	tests := map[string]struct {
		data []byte
		want []packetSeen
	}{
		"pcap":             {pcap(binary.LittleEndian, magicMicro, 'a', 'b'), []packetSeen{{micro, 60, 101, "a"}, {micro + 1e9, 60, 101, "b"}}},
		"big endian, nano": {pcap(binary.BigEndian, magicNano, 'a'), []packetSeen{{nano, 60, 101, "a"}}},
		"pcapng":           {pcapng(binary.LittleEndian), ng},
		"pcapng, big":      {pcapng(binary.BigEndian), ng},
		"two sections":     {append(pcapng(binary.LittleEndian), pcapng(binary.BigEndian)...), append(ng[:3:3], ng...)},
		"text":             {[]byte("a,b\nc,d\n"), []packetSeen{{Data: "a,b"}, {Data: "c,d"}}},
	}
	for name, tt := range tests {
		for _, chunk := range []int{1, 7, 1 << 16} {
			got, err := readPackets(t, tt.data, chunk)
			if diff := cmp.Diff(tt.want, got); diff != "" || !errors.Is(err, io.EOF) || errors.As(err, new(*ErrCut)) {
				t.Errorf("%s by %d bytes: %v (-want +got)\n%s", name, chunk, err, diff)
			}
		}
	}
}

// A capture is taken up at any packet.
func TestPacketsSkip(t *testing.T) {
	for name, data := range map[string][]byte{"pcap": pcap(binary.LittleEndian, magicMicro, 'a', 'b', 'c'), "pcapng": pcapng(binary.BigEndian)} {
		f, err := NewFile("test", &reader{bytes.NewReader(data), 9}, Packets, 0)
		if err != nil {
			t.Fatal(err)
		}
		first, err := f.Next(t.Context(), Forever)
		if err != nil {
			t.Fatal(err)
		}
		next := first.Next
		second, err := f.Next(t.Context(), Forever)
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Clone(second.Data)
		f.Close()
		if f, err = NewFile("test", &reader{bytes.NewReader(data), 9}, Packets, 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Skip(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		if fr, err := f.Next(t.Context(), Forever); err != nil || !bytes.Equal(fr.Data, want) {
			t.Errorf("%s: %q, %v; want %q", name, fr.Data, err, want)
		}
		f.Close()
	}
}

// FuzzPackets holds that any bytes end, with places in order.
func FuzzPackets(f *testing.F) {
	f.Add(pcap(binary.LittleEndian, magicMicro, 'a', 'b'))
	f.Add(pcapng(binary.LittleEndian))
	f.Add(pcapng(binary.BigEndian))
	f.Add([]byte("\xff\xfe\xad\x00C)\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := NewFile("test", &reader{bytes.NewReader(data), 1 << 16}, Packets, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		most := int64(len(data))
		for _, magic := range []string{"\x1f\x8b", "\x28\xb5\x2f\xfd", "\xff\xfe"} {
			if bytes.HasPrefix(data, []byte(magic)) {
				most = math.MaxInt64 // packed, or UTF-16: places are of what comes out
			}
		}
		last := int64(0)
		for {
			fr, err := in.Next(context.Background(), Forever)
			if err != nil {
				return
			}
			if fr.Offset < last || fr.Next <= fr.Offset || fr.Next > most {
				t.Fatalf("from %d to %d behind %d of %d", fr.Offset, fr.Next, last, len(data))
			}
			last = fr.Next
		}
	})
}
