package logtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// testConsume reads from the beginning, from the middle, and across the tail.
func testConsume(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	appendN(t, s, 10)
	for _, from := range []uint64{0, 1, 4, 10} {
		want := max(from, 1)
		for _, m := range take(t, s, from, int(11-want)) {
			if m.Seq != want || string(m.Data) != fmt.Sprintf("message %d", want) {
				t.Errorf("from %d: got %d %q, want %d", from, m.Seq, m.Data, want)
			}
			want++
		}
	}
	got := make(chan uint64, 100)
	c, cancel := context.WithCancel(ctx(t))
	ended := make(chan error, 1)
	go func() {
		ended <- s.Consume(c, 11, func(m log.Message) error {
			got <- m.Seq
			return nil
		})
	}()
	for want := uint64(11); want <= 30; want++ {
		appendN(t, s, 1)
		wantEqual(t, "sequence at the tail", <-got, want)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("consume after cancel: %v", err)
	}
	err := s.Consume(ctx(t), 32, func(log.Message) error { return nil })
	wantKind(t, "from beyond the end", err, cure.Invalid)
	noError(t, b.Close())
}

// testConsumeEnds checks the ways a reader ends, and that large messages do
// not overrun it while it stands still.
func testConsumeEnds(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	const n = 30
	data := make([]byte, log.MaxPayload)
	for range n {
		_, err := s.Append(ctx(t), subject, "", data)
		noError(t, err)
	}
	stop := errors.New("stop here")
	seen := uint64(0)
	err := s.Consume(ctx(t), 1, func(m log.Message) error {
		if seen++; m.Seq != seen || len(m.Data) != len(data) {
			t.Fatalf("message %d of %d bytes, want %d", m.Seq, len(m.Data), seen)
		}
		if seen == n {
			return stop
		}
		return nil
	})
	if err != stop {
		t.Errorf("consume returned %v, want the error of the function", err)
	}
	c, cancel := context.WithCancel(ctx(t))
	cancel()
	if err := s.Consume(c, 1, func(log.Message) error { return stop }); !errors.Is(err, context.Canceled) {
		t.Errorf("consume with an ended context: %v", err)
	}
	if _, err := s.Append(c, subject, "", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("append with an ended context: %v", err)
	}
	noError(t, b.Close())
}

func testTruncate(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	appendN(t, s, 10)
	noError(t, s.TruncateBefore(ctx(t), 6))
	noError(t, s.TruncateBefore(ctx(t), 2)) // already gone
	info, err := s.Info(ctx(t))
	noError(t, err)
	wantEqual(t, "after truncation", [3]uint64{info.First, info.Last, info.Messages}, [3]uint64{6, 10, 5})
	_, err = s.Read(ctx(t), 5)
	wantKind(t, "read what was truncated", err, cure.NotFound)
	m, err := s.Read(ctx(t), 6)
	noError(t, err)
	wantEqual(t, "first kept", string(m.Data), "message 6")
	wantEqual(t, "consume from before the first", take(t, s, 2, 1)[0].Seq, uint64(6))
	wantKind(t, "truncate beyond the end", s.TruncateBefore(ctx(t), 12), cure.Invalid)
	noError(t, s.TruncateBefore(ctx(t), 11))
	info, err = s.Info(ctx(t))
	noError(t, err)
	wantEqual(t, "all truncated", [3]uint64{info.First, info.Last, info.Messages}, [3]uint64{11, 10, 0})
	appendN(t, s, 1)
	wantEqual(t, "sequences go on", take(t, s, 1, 1)[0].Seq, uint64(11))
	noError(t, b.Close())
}

func testVerify(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	report, err := log.Verify(ctx(t), s, func(log.Message) error { return nil })
	noError(t, err)
	wantEqual(t, "empty", report, log.VerifyReport{First: 1})
	appendN(t, s, 6)
	noError(t, s.TruncateBefore(ctx(t), 3))
	bad := errors.New("crc differs")
	report, err = log.Verify(ctx(t), s, func(m log.Message) error {
		if m.Seq == 4 {
			return bad
		}
		return nil
	})
	noError(t, err)
	if report.OK() || len(report.Flaws) != 1 || report.Flaws[0].Err != bad || report.Flaws[0].First != 4 {
		t.Errorf("flaws %+v, want message 4", report.Flaws)
	}
	wantEqual(t, "counts", [4]uint64{report.First, report.Last, report.Messages, report.Bytes}, [4]uint64{3, 6, 4, 36})
	noError(t, b.Close())
}
