//go:build browser

package browsertest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opencure/cure/client"
)

// root is the top of the tree as seen from this package.
var root = filepath.Join("..", "..")

// program builds the command once.
var program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("CURE"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "cure-browsertest-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "cure")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/cure")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build cure: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	for _, end := range atEnd {
		end()
	}
	if path, err := program(); err == nil && os.Getenv("CURE") == "" {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// house is a running hub.
type house struct {
	url   string
	key   string
	admin *client.Client
}

var demo struct {
	sync.Mutex
	*house
}

// openDemo returns the hub with the demo's story, the same for all tests: it
// is not changed by them.
func openDemo(t *testing.T) *house {
	t.Helper()
	demo.Lock()
	defer demo.Unlock()
	if demo.house == nil {
		demo.house = start(t, false, "demo")
	}
	return demo.house
}

// openEmpty returns a hub without anything.
func openEmpty(t *testing.T) *house { return start(t, true, "serve") }

// start runs a hub, for the one test or for all of them.
func start(t *testing.T, own bool, args ...string) *house {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "cure-browsertest-data-")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, append(args, "--data", dir, "--listen", "127.0.0.1:0")...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := func() {
		stop()
		_ = cmd.Wait()
		_ = os.RemoveAll(dir)
	}
	if own {
		t.Cleanup(end)
	} else {
		atEnd = append(atEnd, end)
	}
	url := addressIn(t, out)
	key, err := os.ReadFile(filepath.Join(dir, "admin.key"))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{url: url, key: strings.TrimSpace(string(key))}
	if h.admin, err = client.New(h.url, h.key); err != nil {
		t.Fatal(err)
	}
	return h
}

// atEnd is what ends with the process.
var atEnd []func()

// addressIn reads the address that the command prints.
func addressIn(t *testing.T, out io.Reader) string {
	t.Helper()
	found := make(chan string, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			line := lines.Text()
			if at := strings.Index(line, "http://"); at >= 0 {
				url, _, _ := strings.Cut(line[at:], " ")
				url, _, _ = strings.Cut(url, "/login")
				select {
				case found <- url:
				default:
				}
			}
		}
	}()
	select {
	case url, ok := <-found:
		if !ok {
			t.Fatal("the hub ended before it said where it is")
		}
		return url
	case <-time.After(2 * time.Minute):
		t.Fatal("the hub did not say where it is")
		return ""
	}
}
