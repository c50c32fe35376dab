package packet

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/opencure/cure/internal/feed"
)

// record puts a head before a frame.
func record(link uint32, frame ...byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, 1795003200_000000000)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(frame)))
	return append(binary.LittleEndian.AppendUint32(b, link), frame...)
}

// syn is a TCP SYN from 198.51.100.7:4000 to 192.0.2.1:23.
var syn = []byte{
	0x45, 0, 0, 44, 1, 2, 0, 0, 50, 6, 0, 0, 198, 51, 100, 7, 192, 0, 2, 1,
	0x0f, 0xa0, 0, 23, 192, 0, 2, 1, 0, 0, 0, 0, 0x60, 2, 4, 0, 0, 0, 0, 0, 2, 4, 5, 180,
}

func join(parts ...[]byte) (b []byte) {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func TestLinks(t *testing.T) {
	mac := make([]byte, 12)
	tests := map[string][]byte{
		"raw":       record(101, syn...),
		"ethernet":  record(1, join(mac, []byte{8, 0}, syn)...),
		"two tags":  record(1, join(mac, []byte{0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0}, syn, make([]byte, 6))...),
		"cooked":    record(113, join(make([]byte, 14), []byte{8, 0}, syn)...),
		"cooked 2":  record(276, join([]byte{8, 0}, make([]byte, 18), syn)...),
		"loopback":  record(0, join([]byte{2, 0, 0, 0}, syn)...),
		"loop, big": record(108, join([]byte{0, 0, 0, 2}, syn)...),
	}
	for name, rec := range tests {
		var p Packet
		if err := p.Decode(rec); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		src, dst := p.Src.Netip(), p.Dst.Netip()
		if src != netip.MustParseAddr("198.51.100.7") || dst != netip.MustParseAddr("192.0.2.1") || p.DstPort != 23 || p.Seq != 0xc0000201 ||
			p.Flags != SYN || p.Window != 1024 || p.Options.MSS != 1460 || !p.Whole || len(p.Payload) != 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestRefused(t *testing.T) {
	tests := map[string]struct {
		rec  []byte
		want error
	}{
		"nothing":      {nil, ErrShort},
		"no time":      {make([]byte, feed.PacketHead), ErrTime},
		"other link":   {record(127, syn...), ErrLink},
		"ARP":          {record(1, join(make([]byte, 12), []byte{8, 6}, syn)...), ErrNotIP},
		"short header": {record(101, syn[:19]...), ErrIP},
		"version 5":    {record(101, 0x55, 0), ErrIP},
	}
	for name, tt := range tests {
		var p Packet
		if err := p.Decode(tt.rec); err != tt.want {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(uint32(101), syn)
	f.Add(uint32(1), join(make([]byte, 12), []byte{0x81, 0, 0, 1, 8, 0}, syn))
	f.Add(uint32(276), join([]byte{8, 0}, make([]byte, 18), syn))
	f.Add(uint32(101), join([]byte{0x60, 0, 0, 0, 0, 16, 0, 9}, make([]byte, 32), []byte{44, 0, 0, 0, 0, 0, 0, 0}, syn))
	f.Add(uint32(101), join([]byte{0x45, 0, 0, 72, 0, 0, 0, 0, 9, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 3, 3, 0, 0, 0, 0, 0, 0}, syn))
	f.Fuzz(func(t *testing.T, link uint32, frame []byte) {
		var p Packet
		if p.Decode(record(link, frame...)) == nil && len(p.Payload) > len(frame) {
			t.Errorf("payload of %d bytes in a frame of %d", len(p.Payload), len(frame))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	rec := record(101, syn...)
	var p Packet
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Decode(rec); err != nil {
			b.Fatal(err)
		}
	}
}
