package logtest

import (
	"bytes"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

// testBackup copies one place to another while it is in use, and cuts the
// archive everywhere it may be cut.
func testBackup(t *testing.T, from, to Place) {
	b := open(t, from)
	defer b.Close()
	var archive bytes.Buffer
	if !from.Durable {
		wantKind(t, "backup of a memory", b.Backup(ctx(t), &archive, t.TempDir()), cure.Unavailable)
		return
	}
	s := openStream(t, b, Config)
	appendN(t, s, 20)
	noError(t, s.TruncateBefore(ctx(t), 5))
	before, err := s.Info(ctx(t))
	noError(t, err)
	o, err := b.Objects(ctx(t), "bodies")
	noError(t, err)
	sum, err := o.Put(ctx(t), bytes.Repeat([]byte("body "), 60_000))
	noError(t, err)
	k, err := b.Keys(ctx(t), "boot")
	noError(t, err)
	_, err = k.Create(ctx(t), "admin", []byte("a"))
	noError(t, err)
	noError(t, b.Backup(ctx(t), &archive, t.TempDir()))
	wantKind(t, "restore over what is there", b.Restore(ctx(t), bytes.NewReader(archive.Bytes())), cure.Conflict)
	appendN(t, s, 1) // the backup did not end its use

	c := open(t, to)
	noError(t, c.Restore(ctx(t), bytes.NewReader(archive.Bytes())))
	s = openStream(t, c, Config)
	info, err := s.Info(ctx(t))
	noError(t, err)
	wantEqual(t, "messages", info.Messages, before.Messages)
	wantEqual(t, "first", info.First, before.First)
	wantEqual(t, "last", info.Last, before.Last)
	was, err := b.Stream(ctx(t), Config)
	noError(t, err)
	wantEqual(t, "time of a message", take(t, s, 5, 1)[0].Time, take(t, was, 5, 1)[0].Time)
	appendN(t, s, 1)
	wantEqual(t, "sequences go on", take(t, s, 21, 1)[0].Seq, uint64(21))
	restoredBuckets(t, c, sum)
	noError(t, c.Close())
}

func restoredBuckets(t *testing.T, b log.Backend, sum log.Sum) {
	t.Helper()
	o, err := b.Objects(ctx(t), "bodies")
	noError(t, err)
	if data, err := o.Get(ctx(t), sum); err != nil || len(data) != 300_000 {
		t.Errorf("object after restore: %d bytes, %v", len(data), err)
	}
	k, err := b.Keys(ctx(t), "boot")
	noError(t, err)
	_, err = k.Create(ctx(t), "admin", []byte("b"))
	wantKind(t, "create after restore", err, cure.Conflict)
}
