package observe_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

	"github.com/opencure/cure"
	"github.com/opencure/cure/internal/publish"
	"github.com/opencure/cure/internal/publish/observe"
	"github.com/opencure/cure/internal/publish/publishtest"
)

func TestEndpointGolden(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: ownSide}, "endpoint", observe.Endpoint(), "endpoint/a", nil)
}

func TestEndpointBroken(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: ownSide}, "endpoint-broken", observe.Endpoint(), "endpoint/a", nil)
}

func FuzzEndpoint(f *testing.F) {
	fuzzDecoder(f, observe.Endpoint(), publish.Options{Source: "endpoint/a", Own: publish.NewOwnSide(ownSide)}, "endpoint.in", "endpoint-broken.in", "endpoint-exports.in")
}

func FuzzEndpointState(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0})
	fuzzState(f, observe.Endpoint(), "endpoint/a")
}

// TestEndpointHidesUsers: no name of a user, and no usual command, leaves.
func TestEndpointHidesUsers(t *testing.T) {
	h := &publishtest.Hub{Own: ownSide}
	for _, in := range []string{"endpoint.in", "endpoint-broken.in", "endpoint-exports.in"} {
		runInto(t, h, observe.Endpoint(), "endpoint/a", nil, filepath.Join("testdata", in))
	}
	all := everything(t, h)
	for _, secret := range []string{"hanako", "private"} {
		if i := strings.Index(all, secret); i >= 0 {
			t.Errorf("%s left: …%q…", secret, all[max(0, i-100):min(len(all), i+60)])
		}
	}
}

// quiet is a day of starts that are alike; nothing in it is unusual.
func quiet(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"EventID":1,"Hostname":"pc%d","UtcTime":"2026-11-19 %02d:%02d:%02d.000","ProcessGuid":"{%d}","Image":"C:\\p%d.exe","ParentImage":"C:\\p%d.exe","Hashes":"SHA256=%064x"}`+"\n",
			i%500, i/3600, i/60%60, i%60, i, i%40, i%8, i%40)
	}
	return b.String()
}

// TestEndpointBaseline: on quiet data at most one start in a hundred is
// unusual, a new pair afterwards is, and a kill at any batch changes no count.
func TestEndpointBaseline(t *testing.T) {
	in := filepath.Join(t.TempDir(), "sysmon.json")
	text := quiet(3000) + `{"EventID":1,"Hostname":"pc31","UtcTime":"2026-11-20 00:00:00.000","ProcessGuid":"{x}","Image":"C:\\new.exe","ParentImage":"C:\\p1.exe"}` + "\n"
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	whole, _ := run(t, observe.Endpoint(), "endpoint/a", nil, in)
	var unusual []string
	for _, r := range whole.Records {
		for _, a := range r.Attrs {
			if a.Name == "unusual" {
				unusual = append(unusual, a.Value)
			}
		}
	}
	if len(unusual) != 1 || unusual[0] != "p1.exe never started new.exe here" {
		t.Errorf("unusual: %q", unusual)
	}
	want := counted(whole)
	cfg := publish.Config{Source: "endpoint/a", Publisher: observe.Endpoint(), Now: now, Checkpoint: 2}
	publishtest.KillEach(t, cfg, nil, func(kill uint64, h *publishtest.Hub) {
		if got := counted(h); got != want {
			t.Errorf("killed at batch %d: %s, want %s", kill, got, want)
		}
	}, in)
}

// TestTrafficHasItsTree: a start without a hash says nothing by itself, and
// the connection of the program says from what it was started.
func TestTrafficHasItsTree(t *testing.T) {
	in := filepath.Join(t.TempDir(), "osquery.json")
	const text = `{"name":"processes","hostIdentifier":"pc1","unixTime":1795082400,"columns":{"pid":"100","path":"/bin/sh","parent":"1"},"action":"added"}
{"name":"processes","hostIdentifier":"pc1","unixTime":1795082401,"columns":{"pid":"101","path":"/usr/bin/wget","parent":"100"},"action":"added"}
{"name":"socket_events","hostIdentifier":"pc1","unixTime":1795082402,"columns":{"pid":"101","path":"/usr/bin/wget","protocol":"6","remote_address":"198.51.100.9","remote_port":"80"},"action":"added"}
`
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	h, _ := run(t, observe.Endpoint(), "endpoint/a", nil, in)
	if len(h.Records) != 1 || !slices.Contains(h.Records[0].Attrs, cure.Attr{Name: "path", Value: "sh > wget"}) {
		t.Errorf("want one record with the path sh > wget, have %+v", h.Records)
	}
}

func TestEndpointExports(t *testing.T) {
	goldenInto(t, &publishtest.Hub{Own: ownSide}, "endpoint-exports", observe.Endpoint(), "endpoint/a", nil)
}

// TestEndpointReadsUTF16: PowerShell writes what it redirects in UTF-16.
func TestEndpointReadsUTF16(t *testing.T) {
	text, err := os.ReadFile("testdata/endpoint-exports.in")
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(text)
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(t.TempDir(), "sysmon.xml")
	if err := os.WriteFile(in, wide, 0o600); err != nil {
		t.Fatal(err)
	}
	want, got := &publishtest.Hub{}, &publishtest.Hub{}
	runInto(t, want, observe.Endpoint(), "endpoint/a", nil, "testdata/endpoint-exports.in")
	runInto(t, got, observe.Endpoint(), "endpoint/a", nil, in)
	if diff := cmp.Diff(want.Digest(), got.Digest()); diff != "" || len(got.Bad) != len(want.Bad) {
		t.Errorf("%d refused, want %d (-UTF-8 +UTF-16):\n%s", len(got.Bad), len(want.Bad), diff)
	}
}
