package logtest

import (
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// testRestart closes and opens the place: what was acknowledged is there and
// sequences go on.
func testRestart(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	appendN(t, s, 20)
	noError(t, s.TruncateBefore(ctx(t), 5))
	before, err := s.Info(ctx(t))
	noError(t, err)
	o, err := b.Objects(ctx(t), "bodies")
	noError(t, err)
	sum, err := o.Put(ctx(t), make([]byte, 300_000))
	noError(t, err)
	k, err := b.Keys(ctx(t), "boot")
	noError(t, err)
	rev, err := k.Create(ctx(t), "admin", []byte("a"))
	noError(t, err)
	noError(t, b.Close())

	b = open(t, p)
	s = openStream(t, b, Config)
	info, err := s.Info(ctx(t))
	noError(t, err)
	if !p.Durable {
		wantEqual(t, "messages of a new memory", info.Messages, uint64(0))
		noError(t, b.Close())
		return
	}
	wantEqual(t, "info", info, before)
	wantEqual(t, "first message", string(take(t, s, 1, 16)[0].Data), "message 5")
	appendN(t, s, 1)
	wantEqual(t, "sequences go on", take(t, s, 21, 1)[0].Seq, uint64(21))
	o, err = b.Objects(ctx(t), "bodies")
	noError(t, err)
	if data, err := o.Get(ctx(t), sum); err != nil || len(data) != 300_000 {
		t.Errorf("object after restart: %d bytes, %v", len(data), err)
	}
	k, err = b.Keys(ctx(t), "boot")
	noError(t, err)
	_, err = k.Create(ctx(t), "admin", []byte("b"))
	wantKind(t, "create after restart", err, cure.Conflict)
	_, err = k.Update(ctx(t), "admin", []byte("c"), rev)
	noError(t, err)
	noError(t, b.Close())
}

// testClose checks that Close ends what is under way and that later calls say
// so.
func testClose(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	appendN(t, s, 1)
	reading, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.Consume(ctx(t), 1, func(log.Message) error {
			close(reading)
			return nil
		})
	}()
	<-reading
	noError(t, b.Close())
	noError(t, b.Close())
	wantKind(t, "consume", <-ended, cure.Unavailable)
	_, err := s.Append(ctx(t), subject, "", nil)
	wantKind(t, "append", err, cure.Unavailable)
	err = s.AppendAsync(ctx(t), subject, "", nil, func(uint64, error) {})
	wantKind(t, "append async", err, cure.Unavailable)
	_, err = s.Read(ctx(t), 1)
	wantKind(t, "read", err, cure.Unavailable)
	_, err = s.Info(ctx(t))
	wantKind(t, "info", err, cure.Unavailable)
	_, err = b.Stream(ctx(t), Config)
	wantKind(t, "stream", err, cure.Unavailable)
	_, err = b.Objects(ctx(t), "bodies")
	wantKind(t, "objects", err, cure.Unavailable)
	_, err = b.Keys(ctx(t), "boot")
	wantKind(t, "keys", err, cure.Unavailable)
	_, err = b.Info(ctx(t))
	wantKind(t, "info of the backend", err, cure.Unavailable)
}
