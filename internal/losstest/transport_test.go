//go:build loss

package losstest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// transportFaults are where publishers without end kill themselves, beside the
// kills at random moments.
var transportFaults = []string{"", "spool.write:9", "", "spool.sync:25", "spool.write:60"}

const transportRounds = 10

// TestKillTransports lets a log be written and rotated, and records be sent by
// HTTP and syslog, while the hub and the three publishers are killed over and
// over. What stood in the log and what was answered 204 must be there once;
// of each syslog connection, which knows no answer, its beginning, once.
func TestKillTransports(t *testing.T) {
	bin, dir := build(t), t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	data := filepath.Join(dir, "hub")
	log := &rotating{path: filepath.Join(dir, "cowrie.json")}
	push := &pusher{address: freeAddress(t)}
	line := &liner{address: freeAddress(t)}
	sources := [][]string{
		{"--source", "cowrie/follow", "--follow", log.path},
		{"--source", "cowrie/push", "--listen", "http://" + push.address},
		{"--source", "cowrie/line", "--listen", "syslog+tcp://" + line.address},
	}
	for i := range transportRounds {
		h, alive := start(t, bin, data, []string{"", "log.append:30"}[i%4/3])
		if !alive {
			t.Fatal("the hub did not start")
		}
		var running []*exec.Cmd
		for k, args := range sources {
			running = append(running, endless(h, transportFaults[(i+k)%len(transportFaults)], args...))
		}
		ctx, stop := context.WithTimeout(t.Context(), 1500*time.Millisecond+time.Duration(rng.IntN(2000))*time.Millisecond)
		speak(ctx, t, log, push, line)
		stop()
		if i%2 == 0 {
			h.kill()
		}
		for _, p := range running {
			_ = p.Process.Kill()
			_ = p.Wait()
		}
		h.kill()
	}
	last, _ := start(t, bin, data, "")
	defer last.kill()
	for _, args := range sources {
		p := endless(last, "", args...)
		defer func() { _ = p.Process.Kill(); _ = p.Wait() }()
	}
	for !push.once(t.Context()) { // the one that may not have been answered
		time.Sleep(100 * time.Millisecond)
	}
	last.holdsOnce("cowrie/follow", log.lines)
	last.holdsOnce("cowrie/push", push.answered)
	last.holdsBeginnings("cowrie/line", line.connections)
}

// speak lets all three write until ctx ends.
func speak(ctx context.Context, t *testing.T, log *rotating, push *pusher, line *liner) {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() {
		for ctx.Err() == nil {
			if err := log.write(40); err != nil {
				t.Error(err)
				return
			}
			pauseFor(ctx, 30*time.Millisecond)
		}
	})
	all.Go(func() {
		for ctx.Err() == nil {
			push.once(ctx)
			pauseFor(ctx, 20*time.Millisecond)
		}
	})
	all.Go(func() {
		for ctx.Err() == nil {
			line.connect(ctx)
			pauseFor(ctx, 20*time.Millisecond)
		}
	})
}

func pauseFor(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// synthetic is a line of a session that nobody else has: made for this test.
func synthetic(base, n int) (address, text string) {
	a := 198<<24 | 18<<16 + base + n
	address = netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)}).String()
	return address, fmt.Sprintf(`{"eventid":"cowrie.session.connect","src_ip":"%s","src_port":4000,"dst_ip":"203.0.113.41","dst_port":22,"session":"%08x%04x","sensor":"lab","timestamp":"%s"}`,
		address, n, base>>4, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"))
}

// rotating is a log that is rotated by renaming.
type rotating struct {
	path  string
	n     int // rotations
	lines []string
}

func (l *rotating) write(n int) error {
	if len(l.lines) > 0 && len(l.lines)%400 == 0 {
		for i := l.n; i > 0; i-- {
			if err := os.Rename(fmt.Sprintf("%s.%d", l.path, i), fmt.Sprintf("%s.%d", l.path, i+1)); err != nil {
				return err
			}
		}
		if err := os.Rename(l.path, l.path+".1"); err != nil {
			return err
		}
		l.n++
	}
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	for range n {
		address, text := synthetic(0, len(l.lines))
		if _, err := f.WriteString(text + "\n"); err != nil {
			return err
		}
		l.lines = append(l.lines, address)
	}
	return nil
}

// pusher sends bodies by HTTP, each until it is answered.
type pusher struct {
	address  string
	sent     int
	body     string
	holds    []string
	answered []string
}

// once tries to send what is waiting, and reports whether it was answered.
func (p *pusher) once(ctx context.Context) bool {
	if p.body == "" {
		for range 10 {
			address, text := synthetic(40_000, p.sent)
			p.body, p.holds = p.body+text+"\n", append(p.holds, address)
			p.sent++
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+p.address+"/", strings.NewReader(p.body))
	if err != nil {
		return false
	}
	req.Header.Set("Idempotency-Key", fmt.Sprint("body ", p.sent))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		return false
	}
	p.answered, p.body, p.holds = append(p.answered, p.holds...), "", nil
	return true
}

// liner sends lines of syslog over connections that break.
type liner struct {
	address     string
	sent        int
	connections [][]string
}

func (l *liner) connect(ctx context.Context) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		return
	}
	defer c.Close()
	var sent []string
	for ctx.Err() == nil {
		address, text := synthetic(80_000, l.sent)
		l.sent++
		sent = append(sent, address)
		if _, err := c.Write([]byte("<14>Nov 20 01:00:00 lab cowrie: " + text + "\n")); err != nil {
			break
		}
		pauseFor(ctx, time.Millisecond)
	}
	l.connections = append(l.connections, sent)
}

// freeAddress returns a loopback address that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// endless starts a publisher without end.
func endless(h *hub, fault string, args ...string) *exec.Cmd {
	cmd := exec.Command(h.bin, append([]string{"publish", "cowrie", "--quiet", "--data", h.data}, args...)...)
	cmd.Env = append(os.Environ(), "CURE_FAULT="+fault)
	cmd.Stderr = h.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	return cmd
}

// seen returns how often each value was published by a source.
func (h *hub) seen(source string) map[string]int {
	h.t.Helper()
	got := map[string]int{}
	out, _ := h.cure("replay", "--json", "--from", "24h", "--source", source) // 1: nothing yet
	for dec := json.NewDecoder(strings.NewReader(out)); ; {
		var rec struct {
			Observations []struct {
				Observable struct{ Kind, Value string }
			}
		}
		if dec.Decode(&rec) != nil {
			return got
		}
		for _, o := range rec.Observations {
			if o.Observable.Kind == "ip" {
				got[o.Observable.Value]++
			}
		}
	}
}

// holdsOnce waits until everything is there, and fails unless it is once.
func (h *hub) holdsOnce(source string, want []string) {
	h.t.Helper()
	got := h.seen(source)
	for deadline := time.Now().Add(90 * time.Second); len(got) < len(want) && time.Now().Before(deadline); got = h.seen(source) {
		time.Sleep(500 * time.Millisecond)
	}
	if len(got) > len(want) {
		h.t.Errorf("%s: %d records, of which %d were sent", source, len(got), len(want))
	}
	lost, twice := 0, 0
	for _, v := range want {
		switch {
		case got[v] == 0:
			lost++
		case got[v] > 1:
			twice++
		}
	}
	if lost+twice > 0 || len(want) == 0 {
		h.t.Errorf("%s: of %d records %d are lost and %d are there twice", source, len(want), lost, twice)
	}
	h.t.Logf("%s: %d records", source, len(want))
}

// holdsBeginnings fails unless of each connection its beginning is there, once.
func (h *hub) holdsBeginnings(source string, connections [][]string) {
	h.t.Helper()
	sent, kept := slices.Concat(connections...), 0
	got := h.seen(source)
	for stable := 0; stable < 4; {
		time.Sleep(500 * time.Millisecond)
		if now := h.seen(source); len(now) == len(got) {
			stable++
		} else {
			got, stable = now, 0
		}
	}
	for i, c := range connections {
		n := 0
		for n < len(c) && got[c[n]] == 1 {
			n++
		}
		kept += n
		for _, v := range c[n:] {
			if got[v] != 0 {
				h.t.Errorf("%s: connection %d: %s is there %d times behind a gap", source, i, v, got[v])
				break
			}
		}
	}
	for v := range got {
		if !slices.Contains(sent, v) {
			h.t.Errorf("%s: %s was never sent", source, v)
		}
	}
	if kept == 0 {
		h.t.Errorf("%s: %d of %d in beginnings, %d in all", source, kept, len(sent), len(got))
	}
	h.t.Logf("%s: %d of %d messages were kept, over %d connections", source, kept, len(sent), len(connections))
}
