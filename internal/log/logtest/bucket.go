package logtest

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

func testObjects(t *testing.T, p Place) {
	b := open(t, p)
	o, err := b.Objects(ctx(t), "bodies")
	noError(t, err)
	big := make([]byte, 5<<20)
	for i := range big {
		big[i] = byte(i * i >> 8)
	}
	for name, data := range map[string][]byte{"5 MiB": big, "small": []byte("body"), "empty": {}} {
		sum := log.SumOf(data)
		_, err := o.Get(ctx(t), sum)
		wantKind(t, name+" before", err, cure.NotFound)
		there, err := o.Has(ctx(t), sum)
		if there || err != nil {
			t.Errorf("%s: has before put: %v, %v", name, there, err)
		}
		for range 2 {
			got, err := o.Put(ctx(t), data)
			noError(t, err)
			wantEqual(t, name, got, sum)
		}
		got, err := o.Get(ctx(t), sum)
		noError(t, err)
		if !bytes.Equal(got, data) {
			t.Errorf("%s: got %d bytes back, want %d", name, len(got), len(data))
		}
		there, err = o.Has(ctx(t), sum)
		if !there || err != nil {
			t.Errorf("%s: has after put: %v, %v", name, there, err)
		}
		noError(t, o.Delete(ctx(t), sum))
		_, err = o.Get(ctx(t), sum)
		wantKind(t, name+" deleted", err, cure.NotFound)
		wantKind(t, name+" deleted twice", o.Delete(ctx(t), sum), cure.NotFound)
		_, err = o.Put(ctx(t), data)
		noError(t, err)
	}
	_, err = o.Put(ctx(t), make([]byte, log.MaxObject+1))
	wantKind(t, "too big", err, cure.Invalid)
	other, err := b.Objects(ctx(t), "samples")
	noError(t, err)
	_, err = other.Get(ctx(t), log.SumOf(big))
	wantKind(t, "another bucket", err, cure.NotFound)
	_, err = b.Objects(ctx(t), "a.b")
	wantKind(t, "name of a bucket", err, cure.Invalid)
	noError(t, b.Close())
}

func testKeys(t *testing.T, p Place) {
	b := open(t, p)
	k, err := b.Keys(ctx(t), "boot")
	noError(t, err)
	_, _, err = k.Get(ctx(t), "admin")
	wantKind(t, "get before create", err, cure.NotFound)
	_, err = k.Update(ctx(t), "admin", []byte("x"), 0)
	wantKind(t, "update at revision 0", err, cure.Conflict)
	_, err = k.Update(ctx(t), "admin", []byte("x"), 1)
	wantKind(t, "update before create", err, cure.Conflict)
	rev, err := k.Create(ctx(t), "admin", []byte("a"))
	noError(t, err)
	_, err = k.Create(ctx(t), "admin", []byte("b"))
	wantKind(t, "create twice", err, cure.Conflict)
	next, err := k.Update(ctx(t), "admin", []byte("c"), rev)
	noError(t, err)
	if next <= rev {
		t.Errorf("revision %d after %d", next, rev)
	}
	_, err = k.Update(ctx(t), "admin", []byte("d"), rev)
	wantKind(t, "update of an old revision", err, cure.Conflict)
	value, got, err := k.Get(ctx(t), "admin")
	noError(t, err)
	if string(value) != "c" || got != next {
		t.Errorf("got %q at %d, want c at %d", value, got, next)
	}
	wantKind(t, "delete of an old revision", k.Delete(ctx(t), "admin", rev), cure.Conflict)
	noError(t, k.Delete(ctx(t), "admin", next))
	_, _, err = k.Get(ctx(t), "admin")
	wantKind(t, "get after delete", err, cure.NotFound)
	again, err := k.Create(ctx(t), "admin", []byte("e"))
	noError(t, err)
	if again <= next {
		t.Errorf("revision %d after deletion, want more than %d", again, next)
	}
	for _, bad := range []string{"", ".a", "a.", "a..b", "a b", "a*", "a>", strings.Repeat("a", 129)} {
		_, err := k.Create(ctx(t), bad, nil)
		wantKind(t, "key "+bad, err, cure.Invalid)
	}
	_, err = k.Create(ctx(t), "big", make([]byte, log.MaxValue+1))
	wantKind(t, "value too big", err, cure.Invalid)
	raceCreate(t, k)
	noError(t, b.Close())
}

// raceCreate lets several callers create one key: exactly one may win.
func raceCreate(t *testing.T, k log.Keys) {
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			switch _, err := k.Create(ctx(t), "lease/hub-1", []byte("x")); {
			case err == nil:
				won.Add(1)
			case cure.KindOf(err) != cure.Conflict:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantEqual(t, "callers that created the key", won.Load(), int32(1))
}
