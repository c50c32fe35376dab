// Package netflow says what the flow records of routers hold: NetFlow 5 and 9
// and IPFIX.
//
// In goes the payload of one datagram and who sent it, out come [Flow] values.
// Versions 9 and 10 (IPFIX) describe their records by templates that come now
// and then; a [Reader] keeps them by exporter, bounded, and counts the sets
// whose template it has not seen. Its state can be saved, so that a reader that
// was stopped goes on as if it had not been.
//
// Nothing in a datagram is believed: each length is checked against what is
// there, and a template that leads nowhere is refused. Cost: some 100 ns and no
// allocation a flow. Not kept: sampling rates, interfaces, AS numbers, names.
//
// References: Cisco "NetFlow Export Datagram Format" (5), RFC 3954 (9), RFC 7011
// and 7012 (IPFIX), RFC 5103 (biflows).
package netflow

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"
)

// Flow is one record: what one side sent the other, or both sides each other.
type Flow struct {
	Start    time.Time // when it began; where nobody says, when it was exported
	Src, Dst netip.Addr
	SrcPort  uint16
	DstPort  uint16
	Proto    uint8  // IANA number
	Flags    uint8  // all that were set in TCP, 0 where nobody says
	Bytes    uint64 // from Src to Dst
	Back     uint64 // from Dst to Src
	Both     bool   // Back is known: Src began the conversation
	IPFIX    bool
}

// Reasons for which a datagram is refused.
var (
	ErrOther  = errors.New("neither NetFlow 5 or 9 nor IPFIX")
	ErrShort  = errors.New("flow datagram is cut short")
	ErrLength = errors.New("flow datagram with a length that cannot be")
)

// Sent tells what a datagram held.
type Sent struct {
	Flows   int
	Missing int // sets without their template: nobody can say how many flows they held
}

// Reader reads datagrams. The zero value is ready. Not safe for concurrent use.
type Reader struct {
	byKey map[key]*template
	order []*template // by when they were told
	size  int         // fields of all
	flow  Flow
}

// Read reads the payload of a datagram that an exporter sent and calls fn for
// each flow; the flow is valid during the call. After an error what came before
// it holds.
func (r *Reader) Read(exporter netip.Addr, b []byte, fn func(*Flow)) (Sent, error) {
	if len(b) < 2 {
		return Sent{}, ErrOther
	}
	m := message{reader: r, exporter: exporter, fn: fn}
	switch version := binary.BigEndian.Uint16(b); {
	case version == 5:
		return m.v5(b)
	case version == 9:
		if len(b) < 20 {
			return Sent{}, ErrShort
		}
		m.uptime = binary.BigEndian.Uint32(b[4:])
		m.export = time.Unix(int64(binary.BigEndian.Uint32(b[8:])), 0).UTC()
		m.domain = binary.BigEndian.Uint32(b[16:])
		return m.sets(b[20:])
	case version == 10:
		if len(b) < 16 {
			return Sent{}, ErrShort
		}
		n := int(binary.BigEndian.Uint16(b[2:]))
		if n < 16 {
			return Sent{}, ErrLength
		}
		if n > len(b) {
			return Sent{}, ErrShort
		}
		m.ipfix = true
		m.export = time.Unix(int64(binary.BigEndian.Uint32(b[4:])), 0).UTC()
		m.domain = binary.BigEndian.Uint32(b[12:])
		return m.sets(b[16:n])
	}
	return Sent{}, ErrOther
}

// message is a datagram that is being read.
type message struct {
	reader   *Reader
	exporter netip.Addr
	domain   uint32
	ipfix    bool
	export   time.Time
	uptime   uint32 // milliseconds
	fn       func(*Flow)
	sent     Sent
}

// since returns the time of an uptime of the exporter, which starts anew every
// 49 days.
func (m *message) since(uptime uint32) time.Time {
	return m.export.Add(time.Duration(int32(uptime-m.uptime)) * time.Millisecond)
}

// v5 reads a datagram of the old fixed form.
func (m *message) v5(b []byte) (Sent, error) {
	const head, each = 24, 48
	if len(b) < head {
		return m.sent, ErrShort
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	m.uptime = binary.BigEndian.Uint32(b[4:])
	m.export = time.Unix(int64(binary.BigEndian.Uint32(b[8:])), int64(binary.BigEndian.Uint32(b[12:])%1e9)).UTC()
	if n > 30 {
		return m.sent, ErrLength
	}
	for b = b[head:]; n > 0; n-- {
		if len(b) < each {
			return m.sent, ErrShort
		}
		f := &m.reader.flow
		*f = Flow{
			Start: m.since(binary.BigEndian.Uint32(b[24:])),
			Src:   netip.AddrFrom4([4]byte(b)), Dst: netip.AddrFrom4([4]byte(b[4:])),
			SrcPort: binary.BigEndian.Uint16(b[32:]), DstPort: binary.BigEndian.Uint16(b[34:]),
			Proto: b[38], Flags: b[37], Bytes: uint64(binary.BigEndian.Uint32(b[20:])),
		}
		m.say(f)
		b = b[each:]
	}
	return m.sent, nil
}

func (m *message) say(f *Flow) {
	m.sent.Flows++
	m.fn(f)
}

// sets reads the sets of a message.
func (m *message) sets(b []byte) (Sent, error) {
	for len(b) >= 4 {
		id, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if n < 4 {
			return m.sent, ErrLength
		}
		if n > len(b) {
			return m.sent, ErrShort
		}
		var err error
		switch body := b[4:n]; {
		case id >= minTemplate:
			err = m.data(id, body)
		case id == 0 && !m.ipfix, id == 2 && m.ipfix:
			err = m.templates(body)
		case id == 1 && !m.ipfix, id == 3 && m.ipfix:
			err = m.options(body)
		}
		if err != nil {
			return m.sent, err
		}
		b = b[n:]
	}
	return m.sent, nil
}

// data reads the records of a set.
func (m *message) data(id uint16, b []byte) error {
	t := m.reader.find(m.key(id))
	if t == nil {
		m.sent.Missing++
		return nil
	}
	if t.options {
		return nil
	}
	for len(b) >= t.least { // what is less is padding
		n, err := m.record(t, b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// record reads one record and returns its length.
func (m *message) record(t *template, b []byte) (int, error) {
	r := record{message: m}
	f := &m.reader.flow
	*f = Flow{IPFIX: m.ipfix}
	at := 0
	for _, field := range t.fields {
		n := int(field.length)
		if field.length == variable {
			if at >= len(b) {
				return 0, ErrShort
			}
			n = int(b[at])
			if at++; n == 255 {
				if at+2 > len(b) {
					return 0, ErrShort
				}
				n = int(binary.BigEndian.Uint16(b[at:]))
				at += 2
			}
		}
		if n > len(b)-at {
			return 0, ErrShort
		}
		if field.what != skip {
			r.take(f, field.what, b[at:at+n])
		}
		at += n
	}
	if f.Start = r.start(); f.Src.IsValid() && f.Dst.IsValid() {
		m.say(f)
	}
	return at, nil
}
