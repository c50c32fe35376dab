package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/log"
	"github.com/opencure/cure/internal/ops"
)

// cluster starts a NATS server with the users that 'cure log users' makes and
// returns their addresses by name.
func cluster(t *testing.T, sources ...string) map[string]string {
	t.Helper()
	var conf, secrets bytes.Buffer
	if code := run(&env{out: &conf, err: &secrets}, append([]string{"log", "users"}, sources...)); code != exitFound {
		t.Fatalf("exit code %d: %s", code, secrets.String())
	}
	file := filepath.Join(t.TempDir(), "users.conf")
	if err := os.WriteFile(file, conf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	opts, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	opts.Host, opts.Port, opts.JetStream, opts.StoreDir, opts.NoLog, opts.NoSigs = "127.0.0.1", server.RANDOM_PORT, true, t.TempDir(), true, true
	srv, err := server.NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	if !srv.ReadyForConnections(20 * time.Second) {
		t.Fatal("the server does not start")
	}
	urls := map[string]string{}
	for _, m := range regexp.MustCompile(`CURE_LOG_URL=tls://(\S+):(\S+)@SERVER:4222`).FindAllStringSubmatch(secrets.String(), -1) {
		urls[m[1]] = "nats://" + m[1] + ":" + m[2] + "@" + srv.Addr().String()
	}
	return urls
}

// TestDirect publishes straight to a cluster, as the user of the source.
func TestDirect(t *testing.T) {
	urls := cluster(t, "cowrie/tokyo1", "dionaea/osaka1")
	data := t.TempDir()
	world := func(ctx context.Context, out *bytes.Buffer, url string) *env {
		vars := map[string]string{"CURE_LOG_MODE": "cluster", "CURE_LOG_URL": url, "CURE_DATA": data}
		return &env{ctx: ctx, in: strings.NewReader(""), out: out, err: out, now: time.Now, getenv: func(name string) string { return vars[name] }}
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan struct{})
	var hubOut bytes.Buffer
	go func() {
		defer close(served)
		run(world(ctx, &hubOut, urls["hub"]), []string{"serve", "--data", data, "--listen", "127.0.0.1:0"})
	}()
	defer func() {
		stop()
		<-served
	}()
	for !ready(data) {
		select {
		case <-served:
			t.Fatalf("the hub ended: %s", hubOut.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	raw := filepath.Join(t.TempDir(), "cowrie.json")
	line := `{"eventid":"cowrie.session.connect","src_ip":"198.51.100.7","src_port":40000,"dst_ip":"10.0.0.5","dst_port":22,"session":"0123456789ab","protocol":"ssh","sensor":"s","timestamp":"2026-11-20T00:00:00.000000Z"}` + "\n"
	if err := os.WriteFile(raw, []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	do := func(user, source string) (int, string) {
		var out bytes.Buffer
		publisher, _, _ := strings.Cut(source, "/")
		code := run(world(t.Context(), &out, urls[user]), []string{"--data", data, "publish", publisher, "--source", source, "--direct", raw})
		return code, out.String()
	}
	if code, out := do("cowrie.tokyo1", "cowrie/tokyo1"); code != exitFound {
		t.Fatalf("exit code %d: %s", code, out)
	}
	search := func() (int, string) {
		var out bytes.Buffer
		code := run(world(t.Context(), &out, urls["hub"]), []string{"--data", data, "search", "198.51.100.7"})
		return code, out.String()
	}
	// The log has it; the hub reads it a moment later.
	code, found := search()
	for deadline := time.Now().Add(time.Minute); code != exitFound && time.Now().Before(deadline); code, found = search() {
		time.Sleep(10 * time.Millisecond)
	}
	if code != exitFound || !strings.Contains(found, "cowrie/tokyo1") {
		t.Errorf("search: %d, %s", code, found)
	}
	if code, out := do("dionaea.osaka1", "cowrie/other"); code != exitError || !strings.Contains(out, "refuse") && !strings.Contains(out, "ermission") {
		t.Errorf("another source's user: code %d, %s", code, out)
	}
}

// TestSourceUserReadsNothing: who may publish one subject may ask for nothing.
func TestSourceUserReadsNothing(t *testing.T) {
	urls := cluster(t, "cowrie/tokyo1")
	logger, err := ops.NewLogger(os.Stderr, "error", "text")
	if err != nil {
		t.Fatal(err)
	}
	b, err := log.OpenCluster(t.Context(), log.ClusterConfig{URLs: []string{urls["cowrie.tokyo1"]}}, logger)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.Stream(t.Context(), log.StreamConfig{Name: "obs", Subjects: []string{"obs.>"}}); cure.KindOf(err) != cure.Denied {
		t.Errorf("opens the stream: %v", err)
	}
}
