//go:build loss

package log_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/log/logtest"
)

// TestReplicas runs a stream of three copies and stops two servers in turn:
// what was acknowledged stays, and a reader that goes on all the while sees
// every message once and in order.
func TestReplicas(t *testing.T) {
	servers := logtest.StartCluster(t, 3)
	cfg := log.ClusterConfig{User: logtest.HubUser, Password: logtest.Password, Replicas: 3}
	for _, s := range servers {
		cfg.URLs = append(cfg.URLs, s.URL())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	b := openCluster(t, cfg)
	var s log.Stream
	insist(t, ctx, func(ctx context.Context) (err error) {
		s, err = b.Stream(ctx, logtest.Config)
		return err
	})
	var o log.Objects
	insist(t, ctx, func(ctx context.Context) (err error) {
		o, err = b.Objects(ctx, "bodies")
		return err
	})
	var sum log.Sum
	insist(t, ctx, func(ctx context.Context) (err error) {
		sum, err = o.Put(ctx, make([]byte, 1<<20))
		return err
	})
	read, ended := make(chan log.Message, 10_000), make(chan error, 1)
	reading, stop := context.WithCancel(ctx)
	go func() {
		ended <- s.Consume(reading, 1, func(m log.Message) error {
			read <- m
			return nil
		})
	}()
	acknowledged := map[uint64]string{}
	for round, server := range servers[:2] {
		for i := range 30 {
			if i == 10 {
				server.Stop()
			}
			if i == 20 {
				server.Start(t)
			}
			data := fmt.Sprintf("round %d message %d", round, i)
			insist(t, ctx, func(ctx context.Context) error {
				seq, err := s.Append(ctx, "obs.cowrie.tokyo1", "", []byte(data))
				if err == nil {
					acknowledged[seq] = data
				}
				return err
			})
		}
	}
	for want := uint64(1); len(acknowledged) > 0; want++ {
		var m log.Message
		select {
		case m = <-read:
		case err := <-ended:
			t.Fatalf("the reader gave up: %v", err)
		}
		if data, ok := acknowledged[m.Seq]; m.Seq != want || ok && data != string(m.Data) {
			t.Fatalf("read message %d %q, want %d %q", m.Seq, m.Data, want, data)
		}
		delete(acknowledged, m.Seq)
	}
	stop()
	<-ended
	insist(t, ctx, func(ctx context.Context) error {
		_, err := o.Get(ctx, sum)
		return err
	})
}

// insist tries again while the servers agree on a leader, as a publisher does.
func insist(t *testing.T, ctx context.Context, f func(context.Context) error) {
	t.Helper()
	for {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		err := f(attempt)
		cancel()
		if err == nil {
			return
		}
		if ctx.Err() != nil || cure.KindOf(err) != cure.Unavailable {
			t.Fatal(err)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}
