package log

import (
	"context"

	"github.com/opencure/cure"
)

// Flaw is what [Verify] found wrong: a message or a run of missing ones.
type Flaw struct {
	First, Last uint64 // sequences; equal for a single message
	Err         error  // why; nil for a gap
}

// VerifyReport is the result of [Verify].
type VerifyReport struct {
	First, Last uint64 // range that was walked; First > Last when empty
	Messages    uint64
	Bytes       uint64 // of payload
	Missing     uint64 // messages in gaps
	Flaws       []Flaw // in order, at most maxFlaws
	Cut         uint64 // flaws beyond those listed
}

// maxFlaws bounds the report of a log that is damaged throughout.
const maxFlaws = 1000

// OK reports whether nothing was found.
func (r VerifyReport) OK() bool { return len(r.Flaws) == 0 }

func (r *VerifyReport) add(f Flaw) {
	if len(r.Flaws) == maxFlaws {
		r.Cut++
		return
	}
	r.Flaws = append(r.Flaws, f)
}

// Verify reads all messages that the stream holds when it begins, and reports
// gaps in their sequence and payloads that check refuses. Messages truncated
// meanwhile count as gaps. One pass, in memory bounded by the prefetch.
func Verify(ctx context.Context, s Stream, check func(Message) error) (VerifyReport, error) {
	info, err := s.Info(ctx)
	if err != nil {
		return VerifyReport{}, err
	}
	report := VerifyReport{First: info.First, Last: info.Last}
	if info.Messages == 0 {
		return report, nil
	}
	ctx, finish := context.WithCancel(ctx)
	defer finish()
	next := info.First
	gap := func(to uint64) { // to is the first sequence that is there again
		if to > next {
			report.Missing += to - next
			report.add(Flaw{First: next, Last: to - 1})
		}
	}
	err = s.Consume(ctx, next, func(m Message) error {
		gap(min(m.Seq, info.Last+1))
		if m.Seq > info.Last {
			return errVerified
		}
		next = m.Seq + 1
		report.Messages++
		report.Bytes += uint64(len(m.Data))
		if err := check(m); err != nil {
			report.add(Flaw{First: m.Seq, Last: m.Seq, Err: err})
		}
		if m.Seq == info.Last {
			return errVerified
		}
		return nil
	})
	if err == errVerified {
		err = nil
	}
	return report, err
}

var errVerified = cure.Errorf(cure.Internal, "verified")
