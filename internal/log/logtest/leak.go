package logtest

import (
	"bytes"
	"runtime/pprof"
	"testing"
	"time"
)

// goroutines returns the stacks of those of package log and of the client
// library. The server's own are left out: an external one goes on living.
func goroutines() [][]byte {
	var buf bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&buf, 2)
	var of [][]byte
	for g := range bytes.SplitSeq(buf.Bytes(), []byte("\n\n")) {
		if bytes.Contains(g, []byte("internal/log.")) && !bytes.Contains(g, []byte("testing.tRunner")) ||
			bytes.Contains(g, []byte("nats-io/nats.go")) && !bytes.Contains(g, []byte("testing.tRunner")) {
			of = append(of, g)
		}
	}
	return of
}

// checkLeak fails when there are more goroutines than before, after giving
// those that were told to end the time to do it: the client library may wait
// for an answer up to its time limit for a request.
func checkLeak(t *testing.T, before int) {
	t.Helper()
	var now [][]byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if now = goroutines(); len(now) <= before {
			return
		}
	}
	t.Errorf("%d goroutines after the test, %d before:\n%s", len(now), before, bytes.Join(now, []byte("\n\n")))
}
