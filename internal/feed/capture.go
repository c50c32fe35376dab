package feed

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// PacketHead is the length of what stands before each packet of a framing of
// [Packets]: time in nanoseconds since 1970 (8 bytes, 0: none), length on the
// wire (4), link type of the interface (4), all little-endian. So a record can
// be read without the head of its capture.
const PacketHead = 16

// IsPacket tells a packet with its head from a line of text: link types have
// sixteen bits. The beginning of an event log of Windows, which is of 1970 as a
// time, is no packet.
func IsPacket(record []byte) bool {
	return !bytes.HasPrefix(record, []byte("ElfFile\x00")) && len(record) >= PacketHead && record[14] == record[15] && (record[15] == 0 || record[15] == 0xff)
}

// Link types that no capture has.
const (
	NoLink    = 1<<32 - 1 // of a packet whose interface was never described
	FrameLink = 1<<32 - 2 // of a data frame of Frame Streams, which has no time
)

// DataFrame returns what a record of Frame Streams holds, false for others.
func DataFrame(record []byte) ([]byte, bool) {
	if len(record) < PacketHead || binary.LittleEndian.Uint32(record[12:]) != FrameLink {
		return nil, false
	}
	return record[PacketHead:], true
}

// Capture formats: draft-ietf-opsawg-pcap and -pcapng. Both begin with a
// magic number that also tells the byte order. Frame Streams
// (farsightsec.github.io/fstrm), in which resolvers write dnstap, are lengths
// and frames; a length of 0 stands before a control frame, the first of which
// is START.
const (
	maxControl   = 512
	controlStart = 2

	magicMicro  = 0xa1b2c3d4
	magicNano   = 0xa1b23c4d
	blockHead   = 0x0a0d0d0a // of a section of a pcapng
	magicOrder  = 0x1a2b3c4d
	blockIface  = 1
	blockOld    = 2
	blockSimple = 3
	blockPacket = 6

	maxInterfaces = 1 << 12
)

// capture is what was said of the packets that follow.
type capture struct {
	lines  bool // it is none
	ng     bool
	frames bool // Frame Streams
	order  binary.ByteOrder
	nano   bool
	link   uint32
	ifaces []iface
	spare  []byte // of packets without room for the head before them
}

// iface is an interface of a pcapng.
type iface struct {
	link  uint32
	per   uint64 // ticks of its clock in a second
	shift int64  // seconds to add
}

// open reads the head of a capture from the first 24 bytes or fewer.
func (c *capture) open(b []byte) (head int) {
	*c = capture{lines: true, spare: c.spare}
	if len(b) < 24 {
		return 0
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(b) {
		case magicMicro, magicNano:
			*c = capture{order: order, nano: order.Uint32(b) == magicNano, link: order.Uint32(b[20:]) & 0x0fffffff, spare: c.spare}
			return 24
		case blockHead:
			if order.Uint32(b[8:]) == magicOrder {
				*c = capture{ng: true, order: order, spare: c.spare}
				return 0
			}
		}
	}
	if binary.BigEndian.Uint32(b) == 0 && binary.BigEndian.Uint32(b[4:]) <= maxControl && binary.BigEndian.Uint32(b[8:]) == controlStart {
		*c = capture{frames: true, order: binary.BigEndian, spare: c.spare}
	}
	return 0
}

// unit is the next record of a pcap or block of a pcapng at the beginning of b.
type unit struct {
	need  int // bytes that are needed to say more
	size  int // with head and padding
	most  int // of size, for which it is believed and held
	block uint32
}

// unit measures what stands at the beginning of b. A length that cannot be is
// an error: nothing behind it can be found.
func (c *capture) unit(b []byte, max int) (unit, error) {
	u := unit{need: 16, most: max + 16}
	if c.frames {
		return c.frameUnit(b, max)
	}
	if c.ng {
		u.need, u.most = 12, max+64
	}
	if len(b) < u.need {
		return u, nil
	}
	if !c.ng {
		n := c.order.Uint32(b[8:])
		if int64(n) > int64(max) {
			return u, fmt.Errorf("a packet of %d bytes, at most %d can be: damaged from here on", n, max)
		}
		u.size = 16 + int(n)
		return u, nil
	}
	if u.block = c.order.Uint32(b); u.block == blockHead { // its own byte order
		switch uint32(magicOrder) {
		case binary.LittleEndian.Uint32(b[8:]):
			c.order = binary.LittleEndian
		case binary.BigEndian.Uint32(b[8:]):
			c.order = binary.BigEndian
		default:
			return u, errors.New("section without byte order: damaged from here on")
		}
	}
	n := c.order.Uint32(b[4:])
	if n < 12 || n%4 != 0 || int64(n) > 1<<31-4 {
		return u, fmt.Errorf("a block of %d bytes: damaged from here on", n)
	}
	u.size = int(n)
	return u, nil
}

// frameUnit measures a frame; block 1 is a control frame.
func (c *capture) frameUnit(b []byte, max int) (unit, error) {
	u := unit{need: 4, most: max + 8}
	if len(b) < u.need {
		return u, nil
	}
	n := binary.BigEndian.Uint32(b)
	u.size = 4 + int(n)
	if n == 0 {
		if u.need = 8; len(b) < u.need {
			return u, nil
		}
		if n = binary.BigEndian.Uint32(b[4:]); n > maxControl {
			return u, fmt.Errorf("a control frame of %d bytes: damaged from here on", n)
		}
		u.block, u.size = 1, 8+int(n)
	}
	if int64(n) > int64(max) {
		return u, fmt.Errorf("a frame of %d bytes, at most %d can be: damaged from here on", n, max)
	}
	return u, nil
}

var errNoRoom = errors.New("a packet is longer than its block")

// packet returns the packet of a whole unit with its head, nil for a block
// that holds none. It may write the head over what stood before the packet.
func (c *capture) packet(b []byte, u unit) ([]byte, error) {
	if c.frames {
		if u.block == 1 {
			return nil, nil
		}
		c.spare = append(append(c.spare[:0], make([]byte, PacketHead)...), b[4:]...)
		c.head(c.spare, 0, uint32(len(b)-4), FrameLink)
		return c.spare, nil
	}
	if !c.ng {
		sec, frac := int64(c.order.Uint32(b)), int64(c.order.Uint32(b[4:]))
		if !c.nano {
			frac *= 1000
		}
		c.head(b, sec*int64(time.Second)+frac, c.order.Uint32(b[12:]), c.link)
		return b, nil
	}
	switch u.block {
	case blockHead:
		c.ifaces = c.ifaces[:0]
	case blockIface:
		c.describe(b)
	case blockPacket, blockOld:
		if len(b) < 32 {
			return nil, errNoRoom
		}
		n, at := c.order.Uint32(b[8:]), c.order.Uint32(b[20:])
		if u.block == blockOld {
			n = uint32(c.order.Uint16(b[8:]))
		}
		if int64(at) > int64(len(b)-32) {
			return nil, errNoRoom
		}
		in := iface{link: NoLink}
		if int64(n) < int64(len(c.ifaces)) {
			in = c.ifaces[n]
		}
		ticks := uint64(c.order.Uint32(b[12:]))<<32 | uint64(c.order.Uint32(b[16:]))
		p := b[12 : 28+at]
		c.head(p, in.nanos(ticks), c.order.Uint32(b[24:]), in.link)
		return p, nil
	case blockSimple: // without a time
		if len(b) < 16 {
			return nil, errNoRoom
		}
		n := c.order.Uint32(b[8:])
		in := iface{link: NoLink}
		if len(c.ifaces) > 0 {
			in = c.ifaces[0]
		}
		c.spare = append(c.spare[:0], make([]byte, PacketHead)...)
		c.spare = append(c.spare, b[12:12+min(int64(n), int64(len(b)-16))]...)
		c.head(c.spare, 0, n, in.link)
		return c.spare, nil
	}
	return nil, nil
}

func (c *capture) head(b []byte, nanos int64, wire, link uint32) {
	binary.LittleEndian.PutUint64(b, uint64(nanos))
	binary.LittleEndian.PutUint32(b[8:], wire)
	binary.LittleEndian.PutUint32(b[12:], link)
}

// nanos turns a time of the interface into nanoseconds since 1970, 0 for one
// that cannot be.
func (i iface) nanos(ticks uint64) int64 {
	if i.per == 0 {
		return 0
	}
	sec := ticks / i.per
	if sec > 1<<33 || i.shift > 1<<33 || i.shift < -1<<33 {
		return 0
	}
	frac := float64(ticks%i.per) / float64(i.per) * 1e9
	if i.per <= 1e9 && uint64(1e9)%i.per == 0 {
		return (int64(sec)+i.shift)*int64(time.Second) + int64(ticks%i.per*(1e9/i.per))
	}
	return (int64(sec)+i.shift)*int64(time.Second) + int64(frac)
}

// describe reads an interface description: link type, and of its options
// if_tsresol (9) and if_tsoffset (14).
func (c *capture) describe(b []byte) {
	if len(c.ifaces) >= maxInterfaces {
		return
	}
	in := iface{link: NoLink, per: 1e6}
	if len(b) >= 20 {
		in.link = uint32(c.order.Uint16(b[8:]))
		for o := b[16 : len(b)-4]; len(o) >= 4; {
			code, n := c.order.Uint16(o), int(c.order.Uint16(o[2:]))
			padded := 4 + (n+3)&^3
			if code == 0 || padded > len(o) {
				break
			}
			switch v := o[4 : 4+n]; {
			case code == 9 && n == 1:
				in.per = resolution(v[0])
			case code == 14 && n == 8:
				in.shift = int64(c.order.Uint64(v))
			}
			o = o[padded:]
		}
	}
	c.ifaces = append(c.ifaces, in)
}

// resolution returns the ticks of a second; 0 for one that nobody has.
func resolution(v byte) uint64 {
	n := v & 0x7f
	if v&0x80 != 0 {
		if n > 40 {
			return 0
		}
		return 1 << n
	}
	per := uint64(1)
	for range n {
		if per *= 10; per > 1e12 {
			return 0
		}
	}
	return per
}

// nextPacket returns the next packet.
func (f *File) nextPacket(ctx context.Context, wait time.Duration) (Frame, error) {
	for f.capture == nil {
		if len(f.buf)-f.at < 24 && f.end == nil {
			if err := f.fill(ctx, wait); err != nil {
				return Frame{}, err
			}
			continue
		}
		f.capture = &capture{}
		f.at += f.capture.open(f.buf[f.at:])
	}
	if f.capture.lines {
		return f.nextLine(ctx, wait)
	}
	for {
		fr, found, err := f.packet(ctx, wait)
		if found || err != nil {
			return fr, err
		}
	}
}

// packet reads one record or block.
func (f *File) packet(ctx context.Context, wait time.Duration) (Frame, bool, error) {
	u, err := f.capture.unit(f.buf[f.at:], f.max)
	if err != nil {
		return Frame{}, false, f.damaged(err)
	}
	if u.size > u.most { // a block of names or keys, say
		return Frame{}, false, f.passBlock(ctx, u.size)
	}
	if have := len(f.buf) - f.at; have < u.need || have < u.size {
		switch {
		case f.end == io.EOF && have > 0:
			return Frame{}, false, f.damaged(io.ErrUnexpectedEOF)
		case f.end != nil:
			return Frame{}, false, f.end
		}
		return Frame{}, false, f.fill(ctx, wait)
	}
	fr := Frame{Offset: f.base + int64(f.at), Next: f.base + int64(f.at+u.size)}
	fr.Data, err = f.capture.packet(f.buf[f.at:f.at+u.size], u)
	f.at += u.size
	if err != nil { // what is left of it cannot be read; the next can
		fr.Data, err = nil, nil
	} else if fr.Data == nil {
		return fr, false, nil
	}
	f.line++
	fr.Line = f.line
	return fr, true, err
}

// damaged ends the input here.
func (f *File) damaged(err error) error {
	f.end = &ErrCut{Offset: f.base + int64(f.at), Err: err}
	f.at = len(f.buf)
	return f.end
}

// passBlock passes over a block that is not held.
func (f *File) passBlock(ctx context.Context, size int) error {
	from := f.base + int64(f.at)
	err := f.skipBytes(ctx, from+int64(size))
	if err == io.EOF {
		f.end = &ErrCut{Offset: from, Err: io.ErrUnexpectedEOF}
		return f.end
	}
	return err
}

// skipPackets passes over the packets before an offset: what describes the
// later ones stands among them.
func (f *File) skipPackets(ctx context.Context, offset int64) error {
	for f.capture == nil || !f.capture.lines && f.base+int64(f.at) < offset {
		if f.capture == nil && f.end == nil && len(f.buf)-f.at < 24 {
			if err := f.fill(ctx, Forever); err != nil {
				return err
			}
			continue
		}
		if f.capture == nil {
			f.capture = &capture{}
			f.at += f.capture.open(f.buf[f.at:])
			continue
		}
		if _, _, err := f.packet(ctx, Forever); err != nil {
			return err
		}
	}
	if f.capture.lines {
		return f.skipBytes(ctx, offset)
	}
	return nil
}

// captureID is [Head] for the beginning of a capture: cut behind a whole packet
// and not a line. old says that it was known; "" that it is no capture.
func captureID(b []byte, known func(string) bool) (id string, old bool) {
	c := &capture{}
	at := c.open(b)
	for !c.lines {
		u, err := c.unit(b[at:], MaxRecord)
		if err != nil || u.size == 0 || u.size > len(b)-at {
			break
		}
		at += u.size
		if id = identity(b[:at]); known != nil && known(id) {
			return id, true
		}
	}
	return id, false
}
