package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/opencure/cure/client"
)

// server is a hub in a process of its own, as a user runs it.
type server struct {
	bin    string
	dir    string // data folder
	cmd    *exec.Cmd
	Client *client.Client
	Ready  time.Duration // from start to the first answer
}

// startServer runs "cure serve" of this binary on a new data folder under
// parent, or on dir when it is not "", and waits for its first answer.
func startServer(ctx context.Context, parent, dir string) (*server, error) {
	bin, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if dir == "" {
		if dir, err = os.MkdirTemp(parent, "bench-hub-"); err != nil {
			return nil, err
		}
	}
	s := &server{bin: bin, dir: dir}
	_ = os.Remove(filepath.Join(dir, "url"))
	logFile, err := os.Create(filepath.Join(dir, "serve.log"))
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	s.cmd = exec.Command(bin, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	s.cmd.Stdout, s.cmd.Stderr = logFile, logFile
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	start := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(start) < 2*time.Minute {
		if err := s.connect(ctx); err == nil {
			s.Ready = time.Since(start)
			return s, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.stop()
	return nil, errors.New("the hub did not answer within two minutes; see " + filepath.Join(dir, "serve.log"))
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
	c, err := client.New(strings.TrimSpace(string(url)), strings.TrimSpace(string(key)), client.WithTries(1))
	if err != nil {
		return err
	}
	if _, err = c.Search(ctx, "198.51.100.7", client.Page{}); err == nil {
		s.Client = c
	}
	return err
}

// stop ends the process and waits for it.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
	}
}

// run runs a command of this binary against the hub and returns its usage of
// processor time.
func (s *server) run(ctx context.Context, args ...string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, s.bin, append(args, "--data", s.dir)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("cure %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// usage returns what the hub has used so far.
func (s *server) usage() Usage {
	u, _ := Process(s.cmd.Process.Pid)
	return u
}
