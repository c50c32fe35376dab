package observe_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

// TestDionaeaDatabase reads the database twice: a session is one record over
// exploit and download, and the second time nothing is new.
func TestDionaeaDatabase(t *testing.T) {
	h := &publishtest.Hub{}
	in := copied(t, "dionaea.sqlite")
	got := show(t, h, runInto(t, h, observe.Dionaea(), "dionaea/a", nil, in))
	same(t, "dionaea-database", got)
	if res := runInto(t, h, observe.Dionaea(), "dionaea/a", nil, in); res.Records != 0 {
		t.Errorf("read again: %+v", res)
	}
	all := everything(t, h)
	for _, c := range []string{"192.0.2.10", "Geheim-0815", "hanako"} {
		if strings.Contains(all, c) {
			t.Errorf("%s left", c)
		}
	}
}

// TestDionaeaHpfeeds: the time of a capture is that of the sensor, whatever
// zone it names.
func TestDionaeaHpfeeds(t *testing.T) {
	h := &publishtest.Hub{}
	res, err := publish.Run(t.Context(), publish.Config{
		Source: "dionaea/a", Publisher: observe.Dionaea(), Sink: h, Now: now, Zone: time.FixedZone("JST", 9*60*60),
	}, filepath.Join("testdata", "dionaea-hpfeeds.in"))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "dionaea-hpfeeds", show(t, h, res))
	if all := everything(t, h); strings.Contains(all, "192.0.2.10") {
		t.Error("the sensor's address left")
	}
}

// TestDionaeaBinaries hashes what was caught, compressed or not, and refuses
// what is not what its name says.
func TestDionaeaBinaries(t *testing.T) {
	dir := t.TempDir()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write([]byte("private words")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	one, two := md5.Sum([]byte("hello world")), sha256.Sum256(z.Bytes()[:z.Len()-5])
	files := map[string][]byte{
		hex.EncodeToString(one[:]):         []byte("hello world"),
		hex.EncodeToString(two[:]):         z.Bytes()[:z.Len()-5], // a packed file that is cut is a sample as any
		"d41d8cd98f00b204e9800998ecf8427e": nil,
		"ffffffffffffffffffffffffffffffff": []byte("private words"),
		"notes.txt":                        []byte("private words\n"),
	}
	var paths []string
	for _, name := range []string{hex.EncodeToString(one[:]), hex.EncodeToString(two[:]), "d41d8cd98f00b204e9800998ecf8427e", "ffffffffffffffffffffffffffffffff", "notes.txt"} {
		path := filepath.Join(dir, name)
		write(t, path, files[name])
		if err := os.Chtimes(path, now(), now()); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	h := &publishtest.Hub{}
	got := show(t, h, runInto(t, h, observe.Dionaea(), "dionaea/a", nil, paths...))
	got += "\nagain: " + show(t, &publishtest.Hub{}, runInto(t, h, observe.Dionaea(), "dionaea/a", nil, paths[:3]...))
	same(t, "dionaea-binaries", got)
}

// TestDionaeaIncidents: what log_incident writes of one connection is one
// record, and no password leaves.
func TestDionaeaIncidents(t *testing.T) {
	h := &publishtest.Hub{}
	goldenInto(t, h, "dionaea-incidents", observe.Dionaea(), "dionaea/osaka", nil)
	if all := everything(t, h); strings.Contains(all, "of-hinata") || strings.Contains(all, "192.0.2.10") {
		t.Error("a password or the sensor is named")
	}
}
