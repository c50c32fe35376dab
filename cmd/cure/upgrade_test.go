package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// TestUpgrade opens data of every release: what it says must never change.
func TestUpgrade(t *testing.T) {
	const digest = "6479801bcf8feae291ad3db93c5216c3be35936f85cff5e773bd2755c0fb06a3"
	for _, name := range []string{"v1.folder.tar.zst", "v1.backup.tar.zst"} {
		t.Run(name, func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			archive := filepath.Join("testdata", "upgrade", name)
			if strings.Contains(name, "folder") {
				unpack(t, archive, data)
			} else if code, out := do(t, data, "restore", archive); code != exitFound {
				t.Fatalf("restore: %d, %s", code, out)
			}
			if code, out := do(t, data, "log", "verify"); code != exitFound {
				t.Fatalf("log verify: %d, %s", code, out)
			}
			if code, out := do(t, data, "key", "reset"); code != exitFound {
				t.Fatalf("key reset: %d, %s", code, out)
			}
			defer serveOld(t, data)()
			for _, want := range []struct {
				args []string
				text string
			}{
				{[]string{"--json", "stats", "--digest"}, digest},
				{[]string{"search", "198.51.100.23"}, "hands out malware"},
				{[]string{"org"}, "Minato University"},
				{[]string{"ticket", "list"}, "Loader of Kagerou"},
			} {
				if code, out := do(t, data, want.args...); code != exitFound || !strings.Contains(out, want.text) {
					t.Errorf("%q: %d, %s, want it to hold %q", want.args, code, out, want.text)
				}
			}
		})
	}
}

// opened is when the data are looked at: soon after they were written, so that
// nothing has expired.
func opened() time.Time { return time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC) }

func world(ctx context.Context, data string, out io.Writer) *env {
	vars := map[string]string{"CURE_DATA": data}
	return &env{ctx: ctx, in: strings.NewReader(""), out: out, err: out, now: opened, getenv: func(name string) string { return vars[name] }}
}

func do(t *testing.T, data string, args ...string) (code int, out string) {
	t.Helper()
	var b bytes.Buffer
	code = run(world(t.Context(), data, &b), args)
	return code, b.String()
}

// serveOld runs a hub, returns when it has read its log, and stops it when the
// returned function is called.
func serveOld(t *testing.T, data string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan string, 1)
	go func() {
		var out bytes.Buffer
		run(world(ctx, data, &out), []string{"serve", "--listen", "127.0.0.1:0"})
		served <- out.String()
	}()
	for !ready(data) {
		select {
		case out := <-served:
			t.Fatalf("the hub ended: %s", out)
		case <-time.After(10 * time.Millisecond):
		}
	}
	return func() {
		cancel()
		<-served
	}
}

// ready tells whether the hub of a data folder runs and has read its log.
func ready(data string) bool {
	url, err := os.ReadFile(filepath.Join(data, urlFile))
	if err != nil {
		return false
	}
	// Whose certificate it is does not matter: nothing is asked but this.
	probe := http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true,
	}}
	r, err := probe.Get(strings.TrimSpace(string(url)) + "/readyz")
	if err != nil {
		return false
	}
	r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// unpack unpacks a folder that this repository made.
func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o700)
		} else if h.Typeflag == tar.TypeReg {
			var data []byte
			if data, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(path, data, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
