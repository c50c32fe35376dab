//go:build loss

package losstest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
	"github.com/opencure/cure/internal/wire"
)

// TestAcknowledgedAfterSync traces a hub's system calls while batches are sent
// one after the other, and holds that each acknowledgement is written to the
// socket after the batch was written to the log's file and a sync of that file,
// begun after the write, was completed. The page cache survives kill -9, so
// the kills cannot show this.
func TestAcknowledgedAfterSync(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("strace is not installed")
	}
	bin, dir := build(t), t.TempDir()
	trace := filepath.Join(dir, "trace")
	h, alive := start(t, bin, filepath.Join(dir, "hub"), "", "strace", "-f", "-y", "-ttt", "-s", "2048",
		"-e", "trace=write,pwrite64,writev,pwritev,fsync,fdatasync", "-o", trace)
	if !alive {
		t.Fatal("the traced hub did not start")
	}
	const batches = 40
	sent := sendOneByOne(t, h, batches)
	h.kill()
	calls := readTrace(t, trace)
	for i, seq := range sent {
		ack := fmt.Sprintf(`{\"sequences\":[%d]}`, seq)
		if err := calls.holds(ack); err != nil {
			t.Errorf("batch %d: %v", i, err)
		}
	}
	t.Logf("%d acknowledgements, each after a completed sync of its file", len(sent))
}

// sendOneByOne sends batches and waits for each; it returns their sequences.
func sendOneByOne(t *testing.T, h *hub, n int) []uint64 {
	t.Helper()
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(h.data, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	c, err := client.New(read("url"), read("admin.key"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	const src = "cowrie/traced"
	desk, err := c.Open(ctx, src)
	if err != nil {
		t.Fatal(err)
	}
	_, seed, err := desk.Secrets()
	if err != nil {
		t.Fatal(err)
	}
	enc, err := wire.NewEncoder(seed)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []uint64
	for i := range n {
		rec := cure.Record{Observations: []cure.Observation{{
			Observable: cure.Observable{Kind: cure.KindIP, Value: fmt.Sprintf("198.18.0.%d", i)}, First: time.Now(),
		}}}
		if err := enc.Add(&rec); err != nil {
			t.Fatal(err)
		}
		payload, err := enc.Flush(wire.Header{Source: src, Epoch: desk.Epoch, Seq: desk.Seq + uint64(i) + 1, Created: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Send(ctx, src, desk.Token, payload)
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, got...)
	}
	return seqs
}

// call is one completed system call; begin and end are lines of the trace.
type call struct {
	name, file, text string
	begin, end       int
}

// calls are in order of their end.
type calls []call

// holds reports what is wrong with an acknowledgement: going back from the
// write of the answer, there must be a completed sync of a file of the obs
// stream that began after the last write to that file ended.
func (cs calls) holds(ack string) error {
	at := -1
	for i, c := range cs {
		if c.name == "write" && strings.Contains(c.text, ack) {
			at = i
			break
		}
	}
	if at < 0 {
		return fmt.Errorf("answer %s is not in the trace", ack)
	}
	for i := at - 1; i >= 0; i-- {
		c := cs[i]
		if !strings.Contains(c.file, "/obs/msgs/") || !strings.HasSuffix(c.file, ".blk") || c.end > cs[at].begin {
			continue
		}
		if strings.HasSuffix(c.name, "sync") {
			for j := i - 1; j >= 0; j-- {
				if w := cs[j]; w.file == c.file && strings.Contains(w.name, "write") {
					if w.end > c.begin {
						return fmt.Errorf("answer %s: the sync of %s began before the write ended", ack, c.file)
					}
					return nil
				}
			}
			return fmt.Errorf("answer %s: nothing was written to %s", ack, c.file)
		}
		return fmt.Errorf("answer %s: the last thing done to %s is %s, not a sync", ack, c.file, c.name)
	}
	return fmt.Errorf("answer %s: no sync before it", ack)
}

var (
	whole      = regexp.MustCompile(`^(\d+) +[\d.]+ (\w+)\(\d+<([^>]*)>?(.*)\) += \d`)
	unfinished = regexp.MustCompile(`^(\d+) +[\d.]+ (\w+)\(\d+<([^>]*)>?(.*) <unfinished`)
	resumed    = regexp.MustCompile(`^(\d+) +[\d.]+ <\.\.\. (\w+) resumed>.*\) += \d`)
)

func readTrace(t *testing.T, name string) calls {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var done calls
	open := map[string]call{} // by thread
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for line := 0; sc.Scan(); line++ {
		s := sc.Text()
		if m := whole.FindStringSubmatch(s); m != nil {
			done = append(done, call{m[2], m[3], m[4], line, line})
		} else if m := unfinished.FindStringSubmatch(s); m != nil {
			open[m[1]] = call{m[2], m[3], m[4], line, 0}
		} else if m := resumed.FindStringSubmatch(s); m != nil {
			c := open[m[1]]
			c.end = line
			done = append(done, c)
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return done
}
