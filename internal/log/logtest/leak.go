package logtest

import (
	"bytes"
	"runtime/pprof"
	"testing"
	"time"
)

// goroutines counts those of package log and of the client library. The
// server's own are left out: an external one goes on living.
func goroutines() int {
	var buf bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&buf, 2)
	n := 0
	for g := range bytes.SplitSeq(buf.Bytes(), []byte("\n\n")) {
		if bytes.Contains(g, []byte("internal/log.")) && !bytes.Contains(g, []byte("testing.tRunner")) ||
			bytes.Contains(g, []byte("nats-io/nats.go")) && !bytes.Contains(g, []byte("testing.tRunner")) {
			n++
		}
	}
	return n
}

// checkLeak fails when there are more goroutines than before, after giving
// those that were told to end the time to do it.
func checkLeak(t *testing.T, before int) {
	t.Helper()
	var now int
	for range 500 {
		if now = goroutines(); now <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines after the test, %d before", now, before)
}
