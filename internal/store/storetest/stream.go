package storetest

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store"
	"github.com/opencure/cure/internal/wire"
)

// Stream is a deterministic stream of observations with the shape of real
// ones: 70 % IPv4 clustered in 4,000 networks, 3 % IPv6, 15 % domains, 8 %
// hashes, 4 % mail addresses; 18 sources with Zipf shares; a third of the
// values private to one source; reuse by a power law; 5 % tagged with 2,000
// tags; 12 % of the records with a second value; thirty days. Of 100
// observations about 45 bring a new value.
//
// It makes batches of 500 rows at a few tens of nanoseconds a row.
type Stream struct {
	n, made int // rows in all and so far
	values  uint64
	seqs    [streamSources]uint64
	stream  uint64
	state   uint64
	b       wire.Batch
	sources []cure.Source
}

const (
	streamSources = 18
	batchRows     = 500
	streamStart   = 1_700_000_000
	streamSpan    = 30 * 86400
)

// NewStream makes a stream of n rows.
func NewStream(n int, seed uint64) *Stream {
	s := &Stream{n: n, state: seed}
	publishers := []string{"cowrie", "feeds", "darknet", "dionaea", "reports", "amppot"}
	for i := range streamSources {
		s.sources = append(s.sources, cure.Source(fmt.Sprintf("%s/s%d", publishers[i%len(publishers)], i)))
	}
	return s
}

// Half is a scope that hides about half of the stream's cells.
func Half() cure.Scope {
	return See(func(src cure.Source, m cure.Marking) bool { return m.TLP < cure.TLPAmber })
}

// rand is splitmix64 (Steele, Lea and Flood, 2014).
func (s *Stream) rand() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return mix(s.state)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *Stream) float() float64 { return float64(s.rand()>>11) / (1 << 53) }

// Next returns the next batch, nil at the end; it is valid until the next.
func (s *Stream) Next() (store.Arrival, *wire.Batch) {
	if s.made >= s.n {
		return store.Arrival{}, nil
	}
	src := min(int(math.Pow(streamSources+1, s.float()))-1, streamSources-1)
	s.seqs[src]++
	s.stream++
	b := &s.b
	*b = wire.Batch{
		Header:      wire.Header{Source: s.sources[src], Epoch: 1, Seq: s.seqs[src]},
		Markings:    append(b.Markings[:0], cure.Marking{}, cure.Marking{TLP: cure.TLPAmber}),
		Envelopes:   b.Envelopes[:0],
		Keys:        b.Keys[:0],
		Rows:        b.Rows[:0],
		Annotations: b.Annotations[:0],
	}
	for len(b.Rows) < min(batchRows, s.n-s.made) {
		s.record(src)
	}
	s.made += len(b.Rows)
	return store.Arrival{Seq: s.stream, Time: Unix(s.now() / 1000)}, b
}

// now is the event time of the stream, in milliseconds.
func (s *Stream) now() int64 {
	return streamStart*1000 + int64(float64(s.made)/float64(s.n)*streamSpan*1000)
}

func (s *Stream) record(src int) {
	b := &s.b
	var id cure.ID
	binary.LittleEndian.PutUint64(id[:], s.rand())
	binary.LittleEndian.PutUint64(id[8:], s.rand())
	r := s.rand()
	marking := uint8(0)
	if (r%20 == 0) != (src%2 == 1) { // the odd sources are amber, as a rule
		marking = 1
	}
	b.Envelopes = append(b.Envelopes, wire.Envelope{ID: id, Marking: marking})
	record := uint16(len(b.Envelopes) - 1)
	rows := 1
	if r>>8%100 < 12 {
		rows = 2
	}
	for range rows {
		s.row(src, record)
	}
	if r>>16%100 < 5 {
		s.annotation(record)
	}
}

func (s *Stream) row(src int, record uint16) {
	b := &s.b
	v := s.pick(src)
	off := uint32(len(b.Keys))
	var kind cure.Kind
	kind, b.Keys = appendKey(b.Keys, v)
	t := s.now() + int64(s.rand()%600_000)
	b.Rows = append(b.Rows, wire.Row{
		First: t, Last: t + int64(v%30)*1000, Count: 1 + uint32(v%16/15), Record: record,
		KeyOff: off, KeyLen: uint16(uint32(len(b.Keys)) - off), Kind: kind,
		Role: cure.Role(v % 5), State: cure.State(src % 2),
	})
}

// pick chooses a value by number: a new one, or an old one by a power law. A
// private value of another source is not taken.
func (s *Stream) pick(src int) uint64 {
	for s.values > 0 && s.float() > 0.31 {
		u := s.float()
		u *= u * u
		u *= u * u // popularity falls steeply
		v := uint64(u * float64(s.values))
		if h := mix(v ^ 0x5eed); h%100 >= 35 || int(h>>32%streamSources) == src {
			return v
		}
	}
	s.values++
	return s.values - 1
}

func (s *Stream) annotation(record uint16) {
	b := &s.b
	r := &b.Rows[len(b.Rows)-1]
	off := uint32(len(b.Keys))
	b.Keys = fmt.Appendf(b.Keys, "tag-%d", int(math.Pow(2000, s.float())))
	b.Annotations = append(b.Annotations, wire.AnnotationRow{
		Time: r.First, SubjectOff: r.KeyOff, SubjectLen: r.KeyLen, SubjectKind: r.Kind,
		TagOff: off, TagLen: uint16(uint32(len(b.Keys)) - off), TagKind: cure.KindTag, Record: record, Confidence: 50,
	})
}

// appendKey appends the key of value number v.
func appendKey(dst []byte, v uint64) (cure.Kind, []byte) {
	h := mix(v*2 + 1)
	name := func(dst []byte) []byte { // about four names to a registered domain
		dst = append(dst, [][]byte{[]byte("com."), []byte("org."), []byte("net."), []byte("jp.")}[h>>20%4]...)
		dst = append(dst, "site"...)
		return appendNumber(dst, mix(v/28)%(v/20+50))
	}
	switch k := h % 100; {
	case k < 63:
		net := mix(h>>8%4000 + 77)
		return cure.KindIP, append(dst, byte(net>>8), byte(net), byte(h>>40), byte(h>>48))
	case k < 70:
		return cure.KindIP, append(dst, byte(h>>32), byte(h>>40), byte(h>>48), byte(h>>56))
	case k < 73:
		dst = append(dst, 0x20, 0x01, 0x0d, 0xb8, byte(h>>16), byte(h>>24), 0, byte(h>>32))
		return cure.KindIP, binary.BigEndian.AppendUint64(dst, mix(h))
	case k < 88:
		dst = append(name(dst), ".h"...)
		return cure.KindDomain, appendNumber(dst, h>>32%100000)
	case k < 96:
		for i := range uint64(4) {
			dst = binary.BigEndian.AppendUint64(dst, mix(h+i))
		}
		return cure.KindHash, dst
	default:
		dst = append(name(dst), "@u"...)
		return cure.KindEmail, appendNumber(dst, h>>32%100000)
	}
}

func appendNumber(dst []byte, n uint64) []byte {
	const digits = "0123456789abcdefghijklmnopqrstuv"
	for ; n > 0; n /= 32 {
		dst = append(dst, digits[n%32])
	}
	return dst
}

// Sample fills q with keys of values spread over the first n values of the
// stream; nearly all are in a store that applied them.
func Sample(q *store.Keys, n, count int, seed uint64) {
	s := Stream{state: seed}
	for range count {
		kind, data := appendKey(q.Data, s.rand()%uint64(n))
		q.Kinds, q.Data = append(q.Kinds, kind), data
		q.Ends = append(q.Ends, uint32(len(data)))
	}
}

// Values returns how many values the stream has made so far.
func (s *Stream) Values() int { return int(s.values) }

// End is the event time at the end of the stream.
func (s *Stream) End() time.Time { return Unix(streamStart + streamSpan) }
