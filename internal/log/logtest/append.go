package logtest

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
)

func testAppendRead(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	info, err := s.Info(ctx(t))
	noError(t, err)
	wantEqual(t, "empty stream", [3]uint64{info.First, info.Last, info.Messages}, [3]uint64{1, 0, 0})
	big := bytes.Repeat([]byte{0, 1, 2, 0xff}, log.MaxPayload/4)
	for i, data := range [][]byte{[]byte("one"), {}, big} {
		seq, err := s.Append(ctx(t), subject, "", data)
		noError(t, err)
		wantEqual(t, "sequence", seq, uint64(i+1))
		m, err := s.Read(ctx(t), seq)
		noError(t, err)
		if m.Seq != seq || m.Subject != subject || !bytes.Equal(m.Data, data) || m.Time.IsZero() {
			t.Errorf("read %d: seq %d subject %s, %d bytes, time %v", seq, m.Seq, m.Subject, len(m.Data), m.Time)
		}
	}
	seq, err := b.Appender().Append(ctx(t), "ctl.regrade", "", []byte("routed by subject"))
	noError(t, err)
	wantEqual(t, "sequence", seq, uint64(4))
	_, err = s.Read(ctx(t), 5)
	wantKind(t, "read beyond the end", err, cure.NotFound)
	_, err = s.Read(ctx(t), 0)
	wantKind(t, "read 0", err, cure.NotFound)
	again, err := b.Stream(ctx(t), Config)
	noError(t, err)
	info, err = again.Info(ctx(t))
	noError(t, err)
	wantEqual(t, "opened again", [3]uint64{info.First, info.Last, info.Messages}, [3]uint64{1, 4, 4})
	noError(t, b.Close())
}

// testConcurrent appends from several goroutines: each sequence is given once,
// and the messages of one goroutine keep their order.
func testConcurrent(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	const writers, each = 8, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				data := fmt.Appendf(nil, "%d %d", w, i)
				seq, err := s.Append(ctx(t), subject, "", data)
				if err != nil {
					t.Error(err)
					return
				}
				if m, err := s.Read(ctx(t), seq); err != nil || !bytes.Equal(m.Data, data) {
					t.Errorf("read %d: %q, %v; want %q", seq, m.Data, err, data)
				}
			}
		})
	}
	wg.Wait()
	next := make([]int, writers)
	for i, m := range take(t, s, 1, writers*each) {
		var w, n int
		if _, err := fmt.Sscanf(string(m.Data), "%d %d", &w, &n); err != nil {
			t.Fatal(err)
		}
		if m.Seq != uint64(i+1) || next[w] != n {
			t.Fatalf("message %d of the stream has sequence %d and is number %d of writer %d, want %d", i+1, m.Seq, n, w, next[w])
		}
		next[w]++
	}
	noError(t, b.Close())
}

// testWindow checks that results come in the order of the calls, that a full
// window makes the caller wait, and that a refused call has no result.
func testWindow(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	const n = 3 * log.Window
	var seqs []uint64
	var wg sync.WaitGroup
	gate, first := make(chan struct{}), make(chan struct{})
	wg.Add(n)
	accepted := make(chan int, n)
	go func() {
		for i := range n {
			err := s.AppendAsync(ctx(t), subject, "", fmt.Appendf(nil, "%d", i), func(seq uint64, err error) {
				if err != nil {
					t.Error(err)
				}
				if len(seqs) == 0 {
					close(first)
					<-gate
				}
				seqs = append(seqs, seq)
				wg.Done()
			})
			if err != nil {
				t.Error(err)
			}
			accepted <- i
		}
	}()
	<-first
	for range log.Window {
		<-accepted
	}
	if len(accepted) > 0 {
		t.Errorf("more than %d appends in flight", log.Window)
	}
	close(gate)
	wg.Wait()
	for i, m := range take(t, s, 1, n) {
		if string(m.Data) != fmt.Sprint(i) || seqs[i] != m.Seq {
			t.Fatalf("message %d is %q and was acknowledged as %d", m.Seq, m.Data, seqs[i])
		}
	}
	err := s.AppendAsync(ctx(t), "other.subject", "", nil, func(uint64, error) { t.Error("result of a refused call") })
	wantKind(t, "foreign subject", err, cure.Invalid)
	noError(t, b.Close())
}

func testRefusals(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	tests := []struct {
		name, subject, id string
		size              int
	}{
		{"payload over the cap", subject, "", log.MaxPayload + 1},
		{"subject of no one", "other.subject", "", 1},
		{"no subject", "", "", 1},
		{"wildcard", "obs.*", "", 1},
		{"rest wildcard", "obs.>", "", 1},
		{"empty word", "obs..a", "", 1},
		{"space", "obs.a b", "", 1},
		{"line end", "obs.a\r\nPUB x", "", 1},
		{"server's own", "$JS.API.STREAM.DELETE.data", "", 1},
		{"subject too long", "obs." + strings.Repeat("a", 256), "", 1},
		{"id too long", subject, strings.Repeat("a", log.MaxID+1), 1},
		{"id with a line end", subject, "a\r\nNats-Rollup: all", 1},
	}
	for _, tt := range tests {
		_, err := s.Append(ctx(t), tt.subject, tt.id, make([]byte, tt.size))
		wantKind(t, tt.name, err, cure.Invalid)
	}
	_, err := b.Appender().Append(ctx(t), "nobody.listens", "", nil)
	wantKind(t, "no stream", err, cure.Unavailable)
	for _, cfg := range []log.StreamConfig{
		{Name: "", Subjects: []string{"a"}},
		{Name: "a.b", Subjects: []string{"a"}},
		{Name: "a"},
		{Name: "a", Subjects: []string{"a.>.b"}},
		{Name: "a", Subjects: []string{"$SYS.>"}},
		{Name: "a", Subjects: []string{">"}},
		{Name: "a", Subjects: []string{"a"}, MaxBytes: -1},
		{Name: "a", Subjects: []string{"a"}, MaxAge: -1},
	} {
		_, err := b.Stream(ctx(t), cfg)
		wantKind(t, fmt.Sprintf("%+v", cfg), err, cure.Invalid)
	}
	_, err = b.Stream(ctx(t), log.StreamConfig{Name: "second", Subjects: []string{"obs.*.tokyo1"}})
	wantKind(t, "overlapping subjects", err, cure.Conflict)
	info, err := s.Info(ctx(t))
	noError(t, err)
	wantEqual(t, "messages", info.Messages, uint64(0))
	noError(t, b.Close())
}

func testDuplicates(t *testing.T, p Place) {
	b := open(t, p)
	s := openStream(t, b, Config)
	appendN(t, s, 1)
	for range 3 {
		seq, err := s.Append(ctx(t), subject, "cowrie/tokyo1:7:42", []byte("batch"))
		noError(t, err)
		wantEqual(t, "sequence", seq, uint64(2))
	}
	appendN(t, s, 1)
	info, err := s.Info(ctx(t))
	noError(t, err)
	wantEqual(t, "messages", info.Messages, uint64(3))
	noError(t, b.Close())
}

// testLimits fills a stream: it refuses, keeps what it has, and takes more
// after truncation or with a higher limit.
func testLimits(t *testing.T, p Place) {
	b := open(t, p)
	cfg := Config
	cfg.MaxBytes = 100_000
	s := openStream(t, b, cfg)
	data := make([]byte, 20_000)
	var err error
	n := uint64(0)
	for err == nil && n < 10 {
		if _, err = s.Append(ctx(t), subject, "", data); err == nil {
			n++
		}
	}
	wantKind(t, "append to a full stream", err, cure.Unavailable)
	wantEqual(t, "messages before it was full", n, uint64(4))
	info, err := s.Info(ctx(t))
	noError(t, err)
	wantEqual(t, "first and last", [2]uint64{info.First, info.Last}, [2]uint64{1, 4})
	noError(t, s.TruncateBefore(ctx(t), 3))
	seq, err := s.Append(ctx(t), subject, "", data)
	noError(t, err)
	wantEqual(t, "sequence after truncation", seq, uint64(5))
	cfg.MaxBytes = 1_000_000
	s = openStream(t, b, cfg)
	for range 10 {
		_, err := s.Append(ctx(t), subject, "", data)
		noError(t, err)
	}
	noError(t, b.Close())
}
