package observe

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/packet"
)

// maxColumns is one more than the longest row has.
const maxColumns = 10

// rows tell the forms of rows by their number of columns, so that each row can
// be read alone.
var rows = map[int]struct {
	heading string // of the first column, in the line of headings
	read    func(*darknet, [][]byte) error
}{
	3: {"source", (*darknet).scanner},
	5: {"timestamp", (*darknet).nict},
	6: {"ts", (*darknet).tpot},
	7: {"datetime", (*darknet).honeypot},
	9: {"time", (*darknet).flow},
}

// row reads a line of a log.
func (d *darknet) row(raw []byte) error {
	separator := byte(',')
	if bytes.IndexByte(raw, ',') < 0 {
		separator = '|'
	}
	n := 0
	for rest := raw; ; n++ {
		if n == maxColumns {
			return errRow
		}
		i := bytes.IndexByte(rest, separator)
		if i < 0 {
			d.fields[n] = bytes.TrimSpace(rest)
			break
		}
		d.fields[n], rest = bytes.TrimSpace(rest[:i]), rest[i+1:]
	}
	form, ok := rows[n+1]
	if !ok {
		return errRow
	}
	if string(d.fields[0]) == form.heading {
		return nil
	}
	d.p = packet.Packet{Options: packet.Options{Scale: -1}}
	return form.read(d, d.fields[:n+1])
}

// packet makes the event of a row.
func (d *darknet) packet(when []byte, sensor []byte) (err error) {
	if d.p.Time, err = rowTime(when, d.zone); err != nil {
		return err
	}
	d.ev.Time, d.ev.Packet = d.p.Time, &d.p
	if len(sensor) > 0 {
		name, mask := d.names.SensorBytes(sensor)
		d.ev.Own, d.ev.Sensor = append(d.ev.Own, name), mask
	}
	return nil
}

// rowTime reads a time as text or in seconds since 1970.
func rowTime(b []byte, zone *time.Location) (time.Time, error) {
	if i := bytes.IndexByte(b, '.'); i == 10 || len(b) == 10 && bytes.IndexByte(b, '-') < 0 {
		f, err := strconv.ParseFloat(string(b), 64)
		if err == nil && f > 0 && f < 1<<33 {
			return time.UnixMilli(int64(f * 1000)).UTC(), nil
		}
	}
	return publish.ParseTime(b, zone)
}

// honeypot reads datetime, host, src, proto, type, spt, dpt.
func (d *darknet) honeypot(f [][]byte) error {
	src, err := strconv.ParseUint(string(f[2]), 10, 32)
	if err != nil {
		return errNoAddress
	}
	d.p.Src = packet.V4(uint32(src))
	if d.p.Proto = protocol(f[3]); d.p.Proto == 0 {
		return errRow
	}
	if d.p.Proto == packet.TCP {
		d.p.Flags = packet.SYN
	}
	d.p.Type = uint8(decimal(f[4], 8))
	d.p.SrcPort, d.p.DstPort = uint16(decimal(f[5], 16)), uint16(decimal(f[6], 16))
	return d.packet(f[0], f[1])
}

// tpot reads ts, sensor, src_ip, src_port, proto, dst_port.
func (d *darknet) tpot(f [][]byte) error {
	if err := address(&d.p.Src, f[2]); err != nil {
		return err
	}
	if d.p.Proto = protocol(f[4]); d.p.Proto == packet.TCP || d.p.Proto == 0 {
		d.p.Proto, d.p.Flags = packet.TCP, packet.SYN
	}
	d.p.SrcPort, d.p.DstPort = uint16(decimal(f[3], 16)), uint16(decimal(f[5], 16))
	return d.packet(f[0], f[1])
}

// nict reads timestamp, hash of the source /16, hash of the source, low 16
// bits of the destination, port. The set has TCP SYN packets only; its sources
// are hashes, which stay apart from addresses and keep what shares a /16.
func (d *darknet) nict(f [][]byte) error {
	if len(f[1]) == 0 || len(f[2]) == 0 {
		return errNoAddress
	}
	for i, h := range f[1:3] {
		sum := sha256.Sum256(h)
		copy(d.p.Src[8*i:], sum[:8])
	}
	d.p.Hashed, d.p.Proto, d.p.Flags = true, packet.TCP, packet.SYN
	low := f[3]
	if i := bytes.LastIndexByte(low, '.'); i >= 0 { // written as "x.y"
		d.p.Dst = packet.V4(uint32(decimal(low[:i], 8))<<8 | uint32(decimal(low[i+1:], 8)))
	} else {
		d.p.Dst = packet.V4(uint32(decimal(low, 16)))
	}
	d.p.DstPort = uint16(decimal(f[4], 16))
	return d.packet(f[0], nil)
}

// flow reads time, src_ip, dst_ip, src_port, dst_port, protocol, ttl,
// tcp_flags, packets.
func (d *darknet) flow(f [][]byte) error {
	if err := address(&d.p.Src, f[1]); err != nil {
		return err
	}
	_ = address(&d.p.Dst, f[2]) // some logs leave it out
	d.p.SrcPort, d.p.DstPort = uint16(decimal(f[3], 16)), uint16(decimal(f[4], 16))
	if d.p.Proto = protocol(f[5]); d.p.Proto == 0 {
		return errRow
	}
	if d.p.Proto == packet.ICMP || d.p.Proto == packet.ICMPv6 { // type and code stand as ports
		d.p.Type, d.p.SrcPort, d.p.DstPort = uint8(d.p.SrcPort), 0, 0
	}
	d.p.TTL, d.p.Flags = uint8(decimal(f[6], 8)), flagsOf(f[7])
	d.p.Count = uint32(max(1, decimal(f[8], 32)))
	return d.packet(f[0], nil)
}

// scannersAt is the event time of rows that have none: those of the list.
var scannersAt = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// scanner reads an entry of the list of scanners: who lists it, whose it is,
// address or prefix.
func (d *darknet) scanner(f [][]byte) error {
	kind := cure.KindCIDR
	if bytes.IndexByte(f[2], '/') < 0 {
		kind = cure.KindIP
	}
	if !observe(&d.ev, kind, string(f[2]), cure.RoleScanner) {
		return errNoAddress
	}
	group := f[1]
	if len(group) == 0 {
		group = f[0]
	}
	d.ev.Kind, d.ev.Key, d.ev.Time = kindScanner, scannerName(string(group)), scannersAt
	return nil
}

// scannerName makes a word for a tag out of the name of a group.
func scannerName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '-', r == '_', r == ' ':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, s)
	return strings.Join(strings.Fields(s[:min(len(s), 64)]), " ")
}

func address(a *packet.Addr, b []byte) error {
	v, err := netip.ParseAddr(string(b))
	if err != nil {
		return errNoAddress
	}
	*a = packet.From(v)
	return nil
}

// decimal reads a decimal number, 0 for what is none.
func decimal(b []byte, bits int) uint64 {
	v, err := strconv.ParseUint(string(b), 10, bits)
	if err != nil {
		return 0
	}
	return v
}

func protocol(b []byte) uint8 {
	switch strings.ToLower(string(b)) {
	case "tcp":
		return packet.TCP
	case "udp":
		return packet.UDP
	case "icmp":
		return packet.ICMP
	case "icmp6", "icmpv6", "ipv6-icmp":
		return packet.ICMPv6
	}
	return uint8(decimal(b, 8))
}

// flagsOf reads TCP flags as a number, 0x02, or letters ("SA").
func flagsOf(b []byte) (flags uint8) {
	if v, err := strconv.ParseUint(string(b), 0, 8); err == nil {
		return uint8(v) & 0x3f
	}
	for _, c := range b {
		if i := strings.IndexByte("FSRPAU", c&^0x20); i >= 0 {
			flags |= 1 << i
		}
	}
	return flags
}

// hash64 spreads an address for sketches (the finaliser of SplitMix64).
func hash64(a *packet.Addr) uint64 {
	h := binary.LittleEndian.Uint64(a[:]) ^ binary.LittleEndian.Uint64(a[8:])*0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
