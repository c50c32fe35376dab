//go:build eval

package smoke

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// The sources the files become.
const (
	ipsum   = "feeds/ipsum"
	multi   = "feeds/ip-multi-source"
	dionaea = "dionaea"
	cowrie  = "cowrie"
)

func TestRealFiles(t *testing.T) {
	data := filepath.Join(os.Getenv("CUREDATA"), "intel")
	file := func(name string) string { return filepath.Join(data, filepath.FromSlash(name)) }
	truth := map[string]addresses{}
	for name, read := range map[string]func() (addresses, error){
		ipsum:   func() (addresses, error) { return list(file("feeds/ipsum.txt.gz")) },
		multi:   func() (addresses, error) { return list(file("feeds/ip-multi-source.tsv.gz")) },
		dionaea: func() (addresses, error) { return sources(file("logs/dionaea.json.gz")) },
		cowrie:  func() (addresses, error) { return sources(file("logs/cowrie-2020-03-19.json.gz")) },
	} {
		set, err := read()
		if err != nil {
			t.Fatal(err)
		}
		truth[name] = set
		t.Logf("%s: %d addresses", name, len(set))
	}

	h := start(t)
	h.cure("publish", "cowrie", "-q", file("logs/cowrie-2020-03-19.json.gz"))
	h.cure("publish", "dionaea", "-q", file("logs/dionaea.json.gz"))
	h.cure("publish", "feeds", "-q", "--feed", "ipsum", file("feeds/ipsum.txt.gz"))
	h.cure("publish", "feeds", "-q", "--feed", "ip-multi-source", file("feeds/ip-multi-source.tsv.gz"))

	before := h.matrix()
	n, some := truth[ipsum].common(truth[multi])
	t.Logf("%s and %s share %d addresses", ipsum, multi, n)
	if got := shared(before, ipsum, multi); got != uint64(n) || n < 50_000 {
		t.Errorf("%s and %s share %d, counted %d from the files", ipsum, multi, got, n)
	}
	for _, feed := range []string{ipsum, multi} {
		n, _ := truth[dionaea].common(truth[feed])
		if got := shared(before, dionaea, feed); got != uint64(n) {
			t.Errorf("%s and %s share %d, counted %d from the files", dionaea, feed, got, n)
		}
		// Cowrie also sees the hosts of what its visitors fetch.
		n, _ = truth[cowrie].common(truth[feed])
		if got := shared(before, cowrie, feed); got < uint64(n) {
			t.Errorf("%s and %s share %d, of visitors alone %d", cowrie, feed, got, n)
		}
	}
	h.answers(some, ipsum, multi)

	h.kill()
	h.serve()
	if diff := cmp.Diff(before, h.matrix()); diff != "" {
		t.Errorf("links after kill -9 and restart (-before +after)\n%s", diff)
	}
	h.answers(some, ipsum, multi)
}

// shared returns what two names of a matrix share; a name without instance
// stands for the first source of that publisher.
func shared(m *client.Matrix, a, b string) uint64 {
	at := func(name string) int {
		return slices.IndexFunc(m.Names, func(n string) bool { return n == name || strings.HasPrefix(n, name+"/") })
	}
	i, j := at(a), at(b)
	if i < 0 || j < 0 {
		return 0
	}
	return max(m.Shared[i][j], m.Shared[j][i])
}

// hub is a hub process on a folder of its own.
type hub struct {
	t      *testing.T
	bin    string
	data   string
	cmd    *exec.Cmd
	client *client.Client
}

func start(t *testing.T) *hub {
	t.Helper()
	dir := t.TempDir()
	h := &hub{t: t, bin: filepath.Join(dir, "cure"), data: filepath.Join(dir, "data")}
	if out, err := exec.Command("go", "build", "-o", h.bin, "../../cmd/cure").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	h.serve()
	t.Cleanup(h.kill)
	return h
}

// serve starts the hub and waits until it says where it listens.
func (h *hub) serve() {
	h.t.Helper()
	h.cmd = exec.Command(h.bin, "serve", "--data", h.data, "--listen", "127.0.0.1:0")
	h.cmd.Stdout, h.cmd.Stderr = os.Stderr, os.Stderr
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	address := filepath.Join(h.data, "url")
	if err := os.Remove(address); err != nil && !os.IsNotExist(err) {
		h.t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	url := h.wait(address)
	key := h.wait(filepath.Join(h.data, "admin.key"))
	c, err := client.New(url, key)
	if err != nil {
		h.t.Fatal(err)
	}
	h.client = c
	for range 600 {
		if me, err := c.Me(h.t.Context()); err == nil && me.Ready {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	h.t.Fatal("the hub is not ready after a minute")
}

// wait returns the text of a file once it is there.
func (h *hub) wait(name string) string {
	h.t.Helper()
	for range 600 {
		text, err := os.ReadFile(name)
		if err == nil && len(text) > 0 {
			return strings.TrimSpace(string(text))
		}
		time.Sleep(100 * time.Millisecond)
	}
	h.t.Fatalf("%s is not there after a minute", filepath.Base(name))
	return ""
}

// kill ends the hub without a chance to say goodbye.
func (h *hub) kill() {
	_ = h.cmd.Process.Kill()
	_ = h.cmd.Wait()
}

// cure runs a command of the binary.
func (h *hub) cure(args ...string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.bin, append(args, "--data", h.data)...)
	out, err := cmd.CombinedOutput()
	h.t.Logf("cure %s %s", strings.Join(args, " "), bytes.TrimSpace(out))
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hub) matrix() *client.Matrix {
	h.t.Helper()
	m, err := h.client.Links(h.t.Context(), true)
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

// answers wants each address to be known to each source.
func (h *hub) answers(addrs []netip.Addr, names ...cure.Source) {
	h.t.Helper()
	for _, addr := range addrs {
		a, err := h.client.Answer(h.t.Context(), cure.Observable{Kind: cure.KindIP, Value: addr.String()})
		if err != nil {
			h.t.Fatal(err)
		}
		for _, src := range names {
			if !slices.ContainsFunc(a.Sights, func(s client.SourceSight) bool { return s.Source == src }) {
				h.t.Errorf("%v: %s does not answer", addr, src)
			}
		}
	}
}
