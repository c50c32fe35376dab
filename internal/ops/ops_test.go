package ops

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

func TestNewLogger(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(&out, "warn", "json")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("quiet")
	log.Warn("heard", slog.Int("n", 1))
	if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, `"msg":"heard","n":1`) {
		t.Errorf("wrote %q", got)
	}
	for _, bad := range [][2]string{{"loud", "text"}, {"info", "xml"}} {
		if _, err := NewLogger(&out, bad[0], bad[1]); cure.KindOf(err) != cure.Invalid || err == nil {
			t.Errorf("%v: %v, want an Invalid error", bad, err)
		}
	}
}

func TestVersion(t *testing.T) {
	info := &debug.BuildInfo{
		Main: debug.Module{Version: "(devel)"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef"},
			{Key: "vcs.time", Value: "2026-11-20T01:40:00Z"},
			{Key: "vcs.modified", Value: "true"},
		},
	}
	v := versionOf(info)
	if v.Version != "devel" || v.Commit != "0123456789ab" || !v.Dirty || v.Time != "2026-11-20T01:40:00Z" {
		t.Errorf("got %+v", v)
	}
	if got := v.String(); !strings.HasPrefix(got, "cure devel (0123456789ab with changes, go1.") {
		t.Errorf("got %q", got)
	}
	if v := versionOf(&debug.BuildInfo{}); v.Version != "devel" || v.Go == "" || v.Target == "" {
		t.Errorf("without build information: %+v", v)
	}
}

const limits = `Limit                     Soft Limit           Hard Limit           Units
Max open files            512                  4096                 files
`

// machine returns a machine of 8 GiB with the given files on top.
func machine(files map[string]string) Machine {
	tree := fstest.MapFS{
		"proc/meminfo": {Data: []byte("MemTotal:        8388608 kB\nMemAvailable:    4194304 kB\n")},
	}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Machine{Files: tree, Disk: func(string) (int64, int64, error) { return 100 << 30, 200 << 30, nil }}
}

func TestMemory(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"machine", nil, 8 << 30},
		{"group without limit", map[string]string{"sys/fs/cgroup/memory.max": "max\n"}, 8 << 30},
		{"container", map[string]string{"sys/fs/cgroup/memory.max": "2147483648\n"}, 2 << 30},
		{"service below a slice", map[string]string{
			"proc/self/cgroup":                                   "0::/system.slice/cure.service\n",
			"sys/fs/cgroup/system.slice/memory.max":              "3221225472\n",
			"sys/fs/cgroup/system.slice/cure.service/memory.max": "max\n",
		}, 3 << 30},
		{"version 1", map[string]string{"sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n"}, 1 << 30},
		{"version 1 without limit", map[string]string{"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 8 << 30},
		{"unreadable", map[string]string{"proc/meminfo": "?"}, 0},
		{"garbage", map[string]string{"proc/meminfo": "MemTotal: much kB\n", "proc/self/cgroup": "0::/../..\n"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := machine(tt.files).Memory(); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
	if got := machine(nil).Available(); got != 4<<30 {
		t.Errorf("available %d, want 4 GiB", got)
	}
}

func TestBudget(t *testing.T) {
	if got, err := machine(nil).Budget(0); err != nil || got != 4<<30 {
		t.Errorf("half of the machine: %d, %v", got, err)
	}
	if got, err := machine(nil).Budget(5); err != nil || got != 5 {
		t.Errorf("configured: %d, %v", got, err)
	}
	if _, err := machine(map[string]string{"proc/meminfo": ""}).Budget(0); err == nil {
		t.Error("a budget out of nothing")
	}
}

func TestCheck(t *testing.T) {
	good := t.TempDir()
	open := t.TempDir()
	if err := os.WriteFile(filepath.Join(open, "admin.key"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(good, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	full := machine(nil)
	full.Disk = func(string) (int64, int64, error) { return 1 << 20, 200 << 30, nil }
	blind := machine(map[string]string{"proc/meminfo": ""})
	blind.Disk = func(string) (int64, int64, error) { return 0, 0, errors.New("unknown") }
	const pages = "sys/kernel/mm/transparent_hugepage/enabled"
	tests := []struct {
		name    string
		machine Machine
		plan    Plan
		want    map[string]State
	}{
		{
			"fit", machine(map[string]string{pages: "always [madvise] never"}),
			Plan{good, 1 << 30},
			map[string]State{"data folder": OK, "disk": OK, "memory": OK, "huge pages": OK},
		},
		{
			"no folder", machine(nil),
			Plan{filepath.Join(good, "none"), 1 << 30},
			map[string]State{"data folder": Fail, "disk": OK, "memory": OK},
		},
		{
			"file for folder", machine(nil),
			Plan{file, 1 << 30},
			map[string]State{"data folder": Fail, "disk": OK, "memory": OK},
		},
		{
			"key for everyone", machine(nil),
			Plan{open, 1 << 30},
			map[string]State{"data folder": Warn, "disk": OK, "memory": OK},
		},
		{
			"full disk", full,
			Plan{good, 1 << 30},
			map[string]State{"data folder": OK, "disk": Fail, "memory": OK},
		},
		{
			"greedy", machine(nil),
			Plan{good, 9 << 30},
			map[string]State{"data folder": OK, "disk": OK, "memory": Fail},
		},
		{
			"nearly all", machine(nil),
			Plan{good, 8<<30 - 1},
			map[string]State{"data folder": OK, "disk": OK, "memory": Warn},
		},
		{
			"kernel", machine(map[string]string{pages: "always madvise [never]", "proc/self/limits": limits}),
			Plan{good, 1 << 30},
			map[string]State{"data folder": OK, "disk": OK, "memory": OK, "huge pages": Warn, "open files": Warn},
		},
		{
			"unknown system", blind,
			Plan{good, 1 << 30},
			map[string]State{"data folder": OK},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := map[string]State{}
			worst := OK
			checks := tt.machine.Check(tt.plan)
			for _, c := range checks {
				got[c.Name] = c.State
				worst = max(worst, c.State)
				if (c.Advice != "") != (c.State != OK) || c.Found == "" {
					t.Errorf("%+v: advice without need, or none", c)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if Worst(checks) != worst {
				t.Errorf("worst is %v, want %v", Worst(checks), worst)
			}
		})
	}
	left, err := filepath.Glob(filepath.Join(good, ".probe-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("the probe stays: %v, %v", left, err)
	}
}

func TestLocal(t *testing.T) {
	free, total, err := Local().Disk(t.TempDir())
	if err != nil || free < 0 || total < free {
		t.Errorf("disk: %d of %d, %v", free, total, err)
	}
	if Local().Memory() <= 0 {
		t.Error("no memory")
	}
}

// pipeListener is a listener without a network.
type pipeListener struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	close(l.done)
	return nil
}

func (l *pipeListener) Addr() net.Addr { return l.addr }

func TestPprof(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ln := &pipeListener{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1).To4(), Port: 6060}, make(chan net.Conn), make(chan struct{})}
	ended := make(chan error)
	go func() { ended <- servePprof(ctx, ln) }()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			ln.conns <- far
			return near, nil
		},
	}}
	resp, err := client.Get("http://127.0.0.1:6060/debug/pprof/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestPprofRefusesTheNetwork(t *testing.T) {
	ln := &pipeListener{&net.TCPAddr{IP: net.IPv4zero.To4(), Port: 6060}, nil, make(chan struct{})}
	if err := servePprof(t.Context(), ln); cure.KindOf(err) != cure.Invalid || err == nil {
		t.Errorf("got %v, want an Invalid error", err)
	}
}
