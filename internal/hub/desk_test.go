package hub

import (
	"bytes"
	"context"
	"testing"

	"github.com/opencure/cure"
)

var ctx = context.Background()

func TestBatchesCountOnce(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	one := p.batch(1, record("a", "198.51.100.1"))
	at, err := r.Send(ctx, p.src, p.desk.Token, one)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Send(ctx, p.src, p.desk.Token, one)
	if err != nil || again != at {
		t.Errorf("batch sent again: sequence %d, error %v, want %d", again, err, at)
	}
	_, err = r.Send(ctx, p.src, p.desk.Token, p.batch(3, record("c", "198.51.100.3")))
	want(t, cure.Conflict, err)
	// The same batch in the log twice, as after an acknowledgement was lost.
	twice, err := r.stream.Append(ctx, p.src.Subject(), "", one)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Applied(ctx, twice); err != nil {
		t.Fatal(err)
	}
	if n := r.count("198.51.100.1"); n != 1 {
		t.Errorf("counted %d times, want once", n)
	}
	if c := r.ledger.counts(p.src); c.Duplicates != 1 {
		t.Errorf("%d duplicates in the ledger, want 1", c.Duplicates)
	}
}

func TestOpeningTakesTheSourceOver(t *testing.T) {
	r := newRig(t)
	first := r.publisher("cowrie/a")
	first.send(record("a", "198.51.100.1"))
	second := r.publisher("cowrie/a")
	if second.desk.Epoch != first.desk.Epoch || second.desk.Seq != 1 || second.desk.Pseudonym != first.desk.Pseudonym {
		t.Errorf("second opening %+v does not continue the first %+v", second.desk, first.desk)
	}
	_, err := r.Send(ctx, first.src, first.desk.Token, first.batch(2, record("b", "198.51.100.2")))
	want(t, cure.Conflict, err)
	second.send(record("b", "198.51.100.2"))

	other := r.publisher("cowrie/b")
	if other.desk.Epoch == first.desk.Epoch || other.desk.Pseudonym == first.desk.Pseudonym {
		t.Error("two sources share epoch or pseudonym key")
	}
}

func TestTokenIsAdoptedAfterRestart(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	p.send(record("a", "198.51.100.1"))
	r.restart()
	p.send(record("b", "198.51.100.1"))
	if n := r.count("198.51.100.1"); n != 2 {
		t.Errorf("counted %d times, want 2", n)
	}
	_, err := r.Send(ctx, p.src, "another", p.batch(3, record("c", "198.51.100.1")))
	want(t, cure.Conflict, err)
}

func TestCheckpointComesBack(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	if len(p.desk.State) != 0 || p.desk.Seq != 0 {
		t.Errorf("new source begins with %+v", p.desk)
	}
	state := []byte("file 7, offset 1234")
	p.send(record("a", "198.51.100.1"), cure.Record{Controls: []cure.Control{{Op: cure.OpCheckpoint, State: state}}})
	p.send(record("b", "198.51.100.1"))
	for range 2 { // from the ledger in memory, then from its file
		if d := r.publisher("cowrie/a").desk; !bytes.Equal(d.State, state) || d.Seq != 2 {
			t.Errorf("checkpoint %q after batch %d, want %q after 2", d.State, d.Seq, state)
		}
		r.restart()
	}
}

func TestSendRefuses(t *testing.T) {
	r := newRig(t)
	p := r.publisher("cowrie/a")
	good := p.batch(1, record("a", "198.51.100.1"))
	for _, tt := range []struct {
		name    string
		src     cure.Source
		token   string
		payload []byte
		kind    cure.ErrorKind
	}{
		{"another source", "cowrie/b", p.desk.Token, good, cure.Invalid},
		{"damage", p.src, p.desk.Token, append([]byte("x"), good...), cure.Invalid},
		{"cut", p.src, p.desk.Token, good[:len(good)-1], cure.Invalid},
		{"no token", p.src, "", good, cure.Conflict},
		{"nothing", p.src, p.desk.Token, nil, cure.Invalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.Send(ctx, tt.src, tt.token, tt.payload)
			want(t, tt.kind, err)
		})
	}
	_, err := r.OpenSource(ctx, "Cowrie/../a")
	want(t, cure.Invalid, err)
}

func TestPushIsRecognisedByItsKey(t *testing.T) {
	r := newRig(t)
	push := func(key string) {
		t.Helper()
		at, err := r.Push(ctx, "tickets/own", key, []cure.Record{record("a", "198.51.100.1")})
		if err == nil {
			err = r.Applied(ctx, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	push("monday")
	push("monday")
	r.restart()
	push("monday")
	if n := r.count("198.51.100.1"); n != 1 {
		t.Errorf("one key three times counts %d times, want once", n)
	}
	push("tuesday")
	push("")
	push("")
	if n := r.count("198.51.100.1"); n != 4 {
		t.Errorf("counted %d times, want 4", n)
	}
	p := r.publisher("tickets/own") // pushes do not move the publisher's own batches
	if p.desk.Seq != 0 {
		t.Errorf("publisher begins behind batch %d, want 0", p.desk.Seq)
	}
	p.send(record("b", "198.51.100.1"))
	if n := r.count("198.51.100.1"); n != 5 {
		t.Errorf("counted %d times, want 5", n)
	}
	_, err := r.Push(ctx, "tickets/own", "", nil)
	want(t, cure.Invalid, err)
	_, err = r.Push(ctx, "tickets/own", "", []cure.Record{record("b", "198.51.100.01")})
	want(t, cure.Invalid, err)
}
