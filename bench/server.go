package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// server is a hub in a process of its own, as a user runs it.
type server struct {
	bin    string
	dir    string // data folder, removed by stop
	cmd    *exec.Cmd
	done   chan struct{} // closed when it has ended
	url    string
	Client *client.Client
	Ready  time.Duration // from start to the first answer
}

// startServer runs "cure serve" of this binary, with more arguments if there
// are any, on a new data folder under parent, and waits for its first answer.
func startServer(ctx context.Context, parent string, args ...string) (*server, error) {
	bin, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, "bench-hub-")
	if err != nil {
		return nil, err
	}
	s := &server{bin: bin, dir: dir}
	if err := s.start(ctx, args); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// start runs the hub on the data folder as it is.
func (s *server) start(ctx context.Context, args []string) error {
	logFile, err := os.Create(filepath.Join(s.dir, "serve.log"))
	if err != nil {
		return err
	}
	defer logFile.Close()
	_ = os.Remove(filepath.Join(s.dir, "url"))
	s.cmd = exec.Command(s.bin, append([]string{"serve", "--data", s.dir, "--listen", "127.0.0.1:0"}, args...)...)
	s.cmd.Stdout, s.cmd.Stderr = logFile, logFile
	s.cmd.SysProcAttr = childAttr()
	start := time.Now()
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.done = make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(s.done) }()
	for time.Since(start) < 2*time.Minute {
		if s.connect(ctx) == nil {
			s.Ready = time.Since(start)
			return nil
		}
		select {
		case <-s.done:
			return fmt.Errorf("start a hub: it ended: %s", s.said())
		case <-ctx.Done():
			s.end()
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
	s.end()
	return fmt.Errorf("start a hub: no answer within two minutes: %s", s.said())
}

// said returns the end of what the hub wrote.
func (s *server) said() string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "serve.log"))
	return strings.TrimSpace(string(b[max(0, len(b)-1000):]))
}

// connect succeeds once the hub answers a question.
func (s *server) connect(ctx context.Context) error {
	url, err := os.ReadFile(filepath.Join(s.dir, "url"))
	if err != nil {
		return err
	}
	key, err := os.ReadFile(filepath.Join(s.dir, "admin.key"))
	if err != nil {
		return err
	}
	s.url = strings.TrimSpace(string(url))
	c, err := client.New(s.url, strings.TrimSpace(string(key)), client.WithTries(1))
	if err != nil {
		return err
	}
	if _, err = c.Search(ctx, "198.51.100.7", client.Page{}); err == nil {
		s.Client = c
	}
	return err
}

// viewer makes a key that may see GREEN at most: half of what the generated
// records are marked with.
func (s *server) viewer(ctx context.Context) (*client.Client, error) {
	key, _, err := s.Client.CreateKey(ctx, client.KeySpec{Name: "bench", Role: "analyst", MaxTLP: cure.TLPGreen})
	if err != nil {
		return nil, err
	}
	return client.New(s.url, key)
}

// stop ends the process and removes its folder.
func (s *server) stop() {
	s.end()
	_ = os.RemoveAll(s.dir)
}

// end ends the process and waits for it.
func (s *server) end() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(30 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

// run runs a command of this binary against the hub and returns what it wrote
// and its processor time.
func (s *server) run(ctx context.Context, args ...string) (out []byte, cpu time.Duration, err error) {
	cmd := s.command(ctx, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if out, err = cmd.Output(); ctx.Err() != nil {
		return nil, 0, ctx.Err()
	} else if err != nil {
		return nil, 0, fmt.Errorf("cure %s: %w\n%s", strings.Join(args, " "), err, said.Bytes())
	}
	return out, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// usage returns what the hub has used so far.
func (s *server) usage() Usage {
	u, _ := Process(s.cmd.Process.Pid)
	return u
}

// command is a command of this binary against the hub.
func (s *server) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.bin, append(args, "--data", s.dir)...)
	cmd.SysProcAttr = childAttr()
	return cmd
}
