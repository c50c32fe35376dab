package gen

import (
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/opencure/cure/internal/publish/packet"
)

// DarkNet is the first half of the dark addresses: of a range for benchmarks.
const DarkNet = 198<<24 | 18<<16

// Capture writes packets as a pcap of raw IP with the headers' marks.
type Capture struct {
	w   *bufio.Writer
	buf []byte
	err error
}

// NewCapture begins a capture.
func NewCapture(w io.Writer) *Capture {
	c := &Capture{w: bufio.NewWriterSize(w, 1<<20)}
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, 65535)
	b = binary.LittleEndian.AppendUint32(b, 101) // raw IP
	_, c.err = c.w.Write(b)
	return c
}

// Write writes a packet. Checksums are 0.
func (c *Capture) Write(p *Packet) {
	if c.err != nil {
		return
	}
	size := 40
	if p.Proto == packet.UDP {
		size = 28
	}
	dst := DarkNet | uint32(p.Dst)
	b := binary.LittleEndian.AppendUint32(c.buf[:0], uint32(p.At.Unix()))
	b = binary.LittleEndian.AppendUint32(b, uint32(p.At.Nanosecond()/1000))
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	seq, id, window, ttl := p.Src*2654435761+uint32(p.Port), uint16(p.Src>>3), uint16(14600), byte(48)
	switch p.Tool {
	case Mirai:
		seq = dst
	case ZMap:
		id, window, ttl = 54321, 65535, 240
	case Masscan:
		id, window, ttl = uint16(dst^uint32(p.Port)^seq), 1024, 244
	}
	b = append(b, 0x45, 0, 0, byte(size))
	b = binary.BigEndian.AppendUint16(b, id)
	b = append(b, 0, 0, ttl, p.Proto, 0, 0)
	b = binary.BigEndian.AppendUint32(b, p.Src)
	b = binary.BigEndian.AppendUint32(b, dst)
	from, to, flags := p.SrcPort, p.Port, byte(2)
	if p.Answer {
		from, to, flags = p.Port, p.SrcPort, 0x12
	}
	b = binary.BigEndian.AppendUint16(b, from)
	b = binary.BigEndian.AppendUint16(b, to)
	if p.Proto == packet.UDP {
		b = append(b, 0, 8, 0, 0)
	} else {
		b = binary.BigEndian.AppendUint32(b, seq)
		b = append(b, 0, 0, 0, 0, 5<<4, flags)
		b = binary.BigEndian.AppendUint16(b, window)
		b = append(b, 0, 0, 0, 0)
	}
	c.buf = b
	_, c.err = c.w.Write(b)
}

// Close writes what is left and returns the first error.
func (c *Capture) Close() error {
	if c.err != nil {
		return c.err
	}
	return c.w.Flush()
}

// Table writes TCP SYN packets as the NICT darknet data set has them:
// timestamp, hash of the source /16, hash of the source, low 16 bits of the
// destination, port.
type Table struct {
	w   *csv.Writer
	key uint64
	err error
}

// NewTable begins a table; the hashes are keyed by the seed.
func NewTable(w io.Writer, seed uint64) *Table {
	t := &Table{w: csv.NewWriter(w), key: seed}
	t.err = t.w.Write([]string{"timestamp", "hash_src16", "hash_src32", "dst_low16", "dstport"})
	return t
}

// Write writes a packet, if it is a TCP SYN.
func (t *Table) Write(p *Packet) {
	if t.err != nil || p.Proto != packet.TCP || p.Answer {
		return
	}
	t.err = t.w.Write([]string{
		p.At.Format("2006-01-02 15:04:05.000"), t.hash(p.Src >> 16), t.hash(^p.Src),
		fmt.Sprintf("%d.%d", p.Dst>>8, p.Dst&255), strconv.Itoa(int(p.Port)),
	})
}

func (t *Table) hash(v uint32) string {
	x := (uint64(v)+1)*0x9e3779b97f4a7c15 ^ t.key
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return fmt.Sprintf("%016x", x^x>>31)
}

// Close writes what is left and returns the first error.
func (t *Table) Close() error {
	t.w.Flush()
	if t.err != nil {
		return t.err
	}
	return t.w.Error()
}

// WriteLabels writes the labels, a JSON object a line.
func (w *World) WriteLabels(to io.Writer) error {
	e := json.NewEncoder(to)
	for _, l := range w.Labels {
		if err := e.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

// WriteScanners writes the list of research scanners as the darknet publisher
// reads it.
func (w *World) WriteScanners(to io.Writer) error {
	if _, err := io.WriteString(to, "source,group,cidr\n"); err != nil {
		return err
	}
	for _, p := range w.Listed {
		a := packet.V4(p.Net)
		if _, err := fmt.Fprintf(to, "SYNTHETIC,%s,%s/%d\n", p.Name, a.Netip(), p.Bits); err != nil {
			return err
		}
	}
	return nil
}

// Length is how long what is made lasts.
func (w *World) Length() time.Duration { return w.end.Sub(Begin) }
