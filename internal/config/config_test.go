package config

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opencure/cure"
)

var update = flag.Bool("update", false, "rewrite docs/config.md")

// host returns a Host with the given environment, "NAME=value" each.
func host(env ...string) Host {
	vars := map[string]string{"HOME": "/home/me"}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		vars[name] = value
	}
	return Host{Getenv: func(name string) string { return vars[name] }}
}

func TestDefaultsAreValid(t *testing.T) {
	c, err := Load("", host())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Data, "/home/me/.local/share/cure"; got != want {
		t.Errorf("data %q, want %q", got, want)
	}
	if w := c.Warnings(); len(w) > 0 {
		t.Errorf("the defaults are warned of: %q", w)
	}
}

func TestDataFolder(t *testing.T) {
	tests := []struct {
		name string
		host Host
		want string
	}{
		{"root", Host{Root: true, Getenv: host("XDG_DATA_HOME=/x").Getenv}, "/var/lib/cure"},
		{"xdg", host("XDG_DATA_HOME=/x"), "/x/cure"},
		{"relative xdg is ignored", host("XDG_DATA_HOME=x"), "/home/me/.local/share/cure"},
		{"no home", Host{}, "cure-data"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Default(tt.host).Data; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

const full = `
listen: 127.0.0.1:9090
data: /srv/cure
log:
  mode: cluster
  url: "nats://a:4222,tls://b:4222"
  creds: /etc/cure/nats.creds
  replicas: 3
  max_bytes: 64GiB
memory: {budget: 8GiB}
retention:
  segments: 1d12h
sources:
  cowrie/tokyo1:
    marking: TLP:AMBER personal
    zone: Asia/Tokyo
  feeds/ipsum: {licence: public}
  social/mastodon: {enabled: true}
own:
  networks: [203.0.113.0/26, "2001:db8::/32"]
  domains:
    - hinata.example
`

func TestParse(t *testing.T) {
	got, err := Parse("cure.yaml", []byte(full), host("CURE_LISTEN=127.0.0.1:1", "CURE_OWN_DOMAINS=a.example, b.example", "CURE_LOG_SYNC=2s", "CURE_API_HOSTS=cure.hinata.example"))
	if err != nil {
		t.Fatal(err)
	}
	want := Default(host())
	want.Listen, want.Data = "127.0.0.1:1", "/srv/cure"
	want.Log.Mode, want.Log.URL, want.Log.Creds = "cluster", "nats://a:4222,tls://b:4222", "/etc/cure/nats.creds"
	want.Log.Replicas, want.Log.MaxBytes, want.Log.Sync = 3, 64<<30, Sync(2*time.Second)
	want.API.Hosts = []string{"cure.hinata.example"}
	want.Memory.Budget = 8 << 30
	want.Retention.Segments = Duration(36 * time.Hour)
	want.Sources = map[cure.Source]Source{
		"cowrie/tokyo1":   {Marking: cure.Marking{TLP: cure.TLPAmber, Personal: true}, Zone: "Asia/Tokyo"},
		"feeds/ipsum":     {Licence: cure.LicencePublic},
		"social/mastodon": {Enabled: true},
	}
	want.Own.Networks = []string{"203.0.113.0/26", "2001:db8::/32"}
	want.Own.Domains = []string{"a.example", "b.example"}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMistakesNameTheirPlace(t *testing.T) {
	tests := []struct {
		name, file, env string
		want            []string
	}{
		{"unknown key", "listen: 127.0.0.1:1\nlog:\n  mod: x\n", "", []string{"f:3:3: log.mod: unknown key; known here: mode, sync"}},
		{"dotted key", "log.mode: cluster\n", "", []string{"f:1:1: log.mode: unknown key"}},
		{"one of", "log: {mode: nats}\n", "", []string{`f:1:13: log.mode: "nats" is not embedded or cluster`}},
		{"twice", "data: a\ndata: b\n", "", []string{"f:2:1: "}},
		{"size", "memory:\n  budget: 8 gigs\n", "", []string{`f:2:11: memory.budget: "8 gigs" is not a size`}},
		{"negative", "retention: {pairs: -5m}\n", "", []string{`retention.pairs: "-5m" is not a duration`}},
		{"list for text", "listen: [a, b]\n", "", []string{"f:1:9: listen: takes a text, not a list"}},
		{"map for list", "own: {domains: {a: b}}\n", "", []string{"own.domains: takes a list of plain values, not keys and values"}},
		{"neither", "sources: {social/a: {enabled: perhaps}}\n", "", []string{`sources.social/a.enabled: "perhaps" is not true or false`}},
		{"text for section", "log: fast\n", "", []string{"f:1:6: log: takes keys and values, not a plain value"}},
		{"anchor", "data: &d x\n", "", []string{"data: takes a text, not an anchor, alias or tag"}},
		{"syntax", "log: [a\n", "", []string{"f:1:"}},
		{"two documents", "data: a\n---\ndata: b\n", "", []string{"one document only"}},
		{"not a mapping", "- a\n", "", []string{"f:1:1: takes keys and values, not a list"}},
		{"source name", "sources: {Cowrie: {zone: UTC}}\n", "", []string{`sources: "Cowrie" is not publisher/instance`}},
		{"source zone", "sources:\n  cowrie/a:\n    zone: Tokio\n", "", []string{`f:3:11: sources.cowrie/a.zone: "Tokio" is not a time zone`}},
		{"source marking", "sources:\n  cowrie/a: {marking: TLP:PINK}\n", "", []string{"f:2:23: sources.cowrie/a.marking: unknown TLP label"}},
		{"range", "own: {networks: [203.0.113.9/24]}\n", "", []string{`own.networks: "203.0.113.9/24" is not a range`}},
		{"cluster without url", "log: {mode: cluster}\n", "", []string{"log.url: is needed"}},
		{"secret in the file", "log: {mode: cluster, url: 'nats://u:p@h:1'}\n", "", []string{"f:1:27: log.url: holds a secret"}},
		{"override", "", "CURE_API_RATE=many", []string{`CURE_API_RATE: api.rate: "many" is not a whole number`}},
		{"override out of range", "", "CURE_API_RATE=0", []string{"CURE_API_RATE: api.rate: 0 is less than 1"}},
		{"host with a port", "api: {hosts: ['cure.example:8080']}\n", "", []string{`f:1:14: api.hosts: "cure.example:8080" is not a host name`}},
		{"pprof beyond loopback", "pprof: 0.0.0.0:6060\n", "", []string{"f:1:8: pprof:"}},
		{"all at once", "x: 1\ny: 2\n", "", []string{"f:1:1: x", "f:2:1: y"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("f", []byte(tt.file), host(tt.env))
			if cure.KindOf(err) != cure.Invalid || err == nil {
				t.Fatalf("got %v, want an Invalid error", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got\n%v\nwant %q in it", err, want)
				}
			}
		})
	}
}

func TestEmptyFiles(t *testing.T) {
	for _, file := range []string{"", "# nothing\n", "---\n", "listen:\nlog:\n"} {
		c, err := Parse("f", []byte(file), host())
		if err != nil {
			t.Errorf("%q: %v", file, err)
			continue
		}
		if diff := cmp.Diff(Default(host()), c, cmpopts.IgnoreUnexported(Config{})); diff != "" {
			t.Errorf("%q changes the defaults (-want +got)\n%s", file, diff)
		}
	}
}

func TestLoadMissingFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "no.yaml"), host())
	if cure.KindOf(err) != cure.Invalid || !strings.Contains(err.Error(), "no.yaml") {
		t.Errorf("got %v, want an Invalid error that names the file", err)
	}
}

// TestPrintRoundTrip holds that the effective configuration is a
// configuration, and the same one.
func TestPrintRoundTrip(t *testing.T) {
	c, err := Parse("cure.yaml", []byte(full), host("CURE_LOGGING_LEVEL=debug"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	again, err := Parse("printed", out.Bytes(), host())
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if diff := cmp.Diff(c, again, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s\n%s", diff, out.String())
	}
	for _, want := range []string{"level: debug # CURE_LOGGING_LEVEL", "data: /srv/cure # cure.yaml:3:7"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

func TestPrintHidesSecrets(t *testing.T) {
	c, err := Parse("f", []byte("log: {mode: cluster}\n"), host("CURE_LOG_URL=nats://user:hunter2@h:4222"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hunter2") || strings.Contains(out.String(), "user:") {
		t.Errorf("the password is printed:\n%s", out.String())
	}
}

func TestWarnings(t *testing.T) {
	c, err := Parse("f", []byte("listen: 0.0.0.0:80\nlog: {sync: 2m}\n"), host())
	if err != nil {
		t.Fatal(err)
	}
	if w := c.Warnings(); len(w) != 2 {
		t.Errorf("got %q, want one for listen and one for sync", w)
	}
}

func TestSourceDefault(t *testing.T) {
	s := Source{Marking: cure.Marking{TLP: cure.TLPGreen}, Licence: cure.LicenceInternal}
	if got, want := s.Default(), (cure.Marking{TLP: cure.TLPGreen, Licence: cure.LicenceInternal}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestReference holds docs/config.md true.
func TestReference(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "config.md")
	want := Reference()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/config.md is stale; run with -update (-want +got)\n%s", diff)
	}
}

// TestEveryKeyIsDocumented also holds that every override is a name of its own.
func TestEveryKeyIsDocumented(t *testing.T) {
	envs := map[string]string{}
	for _, k := range Default(Host{}).keys() {
		if len(k.doc) < 10 || !strings.HasSuffix(k.doc, ".") || strings.Contains(k.doc, "|") {
			t.Errorf("%s: comment %q", k.path, k.doc)
		}
		if env := k.env(); env != "" {
			if other, ok := envs[env]; ok {
				t.Errorf("%s overrides %s and %s", env, other, k.path)
			}
			envs[env] = k.path
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte("a: &a [*a]\n<<: *a\n"))
	f.Add([]byte("log: |\n  x\nown: {mail: !!str x}\n"))
	f.Add([]byte("? a\n: b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4<<10 {
			return
		}
		c, err := Parse("f", data, host())
		if err != nil {
			if cure.KindOf(err) != cure.Invalid {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		var out bytes.Buffer
		if err := c.Print(&out); err != nil {
			t.Fatal(err)
		}
		again, err := Parse("printed", out.Bytes(), host())
		if err != nil {
			t.Fatalf("printed configuration is refused: %v\n%s", err, out.String())
		}
		if diff := cmp.Diff(c, again, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}
