package ioc

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// row is a line of a table under testdata: what goes in and what must come out.
type row struct{ name, in, want string }

// table reads testdata/name: "input ⇒ want", '#' begins a comment, "== x"
// names what follows. An input in double quotes is a Go string.
func table(t testing.TB, name string) []row {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []row
	section := ""
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line := sc.Text()
		if title, ok := strings.CutPrefix(line, "== "); ok {
			section = title + "/"
			continue
		}
		if line == "" || line[0] == '#' {
			continue
		}
		in, want, ok := strings.Cut(line, " ⇒")
		if !ok {
			t.Fatalf("%s:%d: no ⇒ in %q", name, n, line)
		}
		rows = append(rows, row{section + strconv.Itoa(n) + " " + in, in, strings.TrimSpace(want)})
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

func unquote(t testing.TB, s string) string {
	t.Helper()
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	u, err := strconv.Unquote(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return u
}

func TestCanonical(t *testing.T) {
	for _, r := range table(t, "canonical.txt") {
		t.Run(r.name, func(t *testing.T) {
			name, in, _ := strings.Cut(r.in, ": ")
			kind, err := cure.ParseKind(name)
			if err != nil {
				t.Fatal(err)
			}
			check(t, r.want, func() (cure.Observable, error) { return Canonical(kind, unquote(t, in)) })
		})
	}
}

func TestClassify(t *testing.T) {
	for _, r := range table(t, "classify.txt") {
		t.Run(r.name, func(t *testing.T) {
			check(t, r.want, func() (cure.Observable, error) { return Classify(unquote(t, r.in)) })
		})
	}
}

func check(t *testing.T, want string, read func() (cure.Observable, error)) {
	t.Helper()
	o, err := read()
	got := o.String()
	if err != nil {
		got = "refused"
		if cure.KindOf(err) != cure.Invalid || !o.IsZero() {
			t.Errorf("got %v with error %v of kind %v, want nothing and Invalid", o, err, cure.KindOf(err))
		}
	} else if err := o.Check(); err != nil {
		t.Error(err)
	}
	if got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
}

// The same thing written ten ways is one item (row M-01).
func TestTenWays(t *testing.T) {
	for _, tt := range []struct {
		kind cure.Kind
		want string
		ways []string
	}{
		{cure.KindIP, "198.51.100.77", []string{
			"198.51.100.77", "198[.]51[.]100[.]77", "198.51.100[.]77", "198(.)51(.)100(.)77", "198{dot}51{dot}100{dot}77",
			"198.51.100.77:23", "::ffff:198.51.100.77", "198.051.100.077", "１９８．５１．１００．７７", "198.51.100［.］77", "198。51。100。77",
		}},
		{cure.KindDomain, "xn--bcher-kva.example", []string{
			"bücher.example", "BÜCHER.EXAMPLE", "xn--bcher-kva.example", "XN--BCHER-KVA.example.", "bücher[.]example",
			"bu\u0308cher.example", "bücher(dot)example", "bücher。example", "ｂücher．example", "bücher.example:443", "bücher\\.example",
		}},
		{cure.KindURL, "http://c2a.kagerou.example/a", []string{
			"http://c2a.kagerou.example/a", "hxxp://c2a.kagerou.example/a", "hXXp://c2a[.]kagerou[.]example/a", "HTTP://C2A.KAGEROU.EXAMPLE/a",
			"http[:]//c2a.kagerou.example/a", "hxxp[://]c2a(.)kagerou(.)example/a", "http://c2a.kagerou.example:80/a", "http://c2a.kagerou.example./a#x",
			"<http://c2a.kagerou.example/a>", "ｈｔｔｐ：／／c2a．kagerou．example／a", "h**p://c2a[dot]kagerou[dot]example[/]a",
		}},
		{cure.KindEmail, "billing@hinata-denki.example", []string{
			"billing@hinata-denki.example", "BILLING@Hinata-Denki.EXAMPLE", "billing[@]hinata-denki[.]example", "billing[at]hinata-denki[dot]example",
			"billing(at)hinata-denki(dot)example", "billing@hinata-denki.example.", "mailto:billing@hinata-denki.example", "<billing@hinata-denki.example>",
			"Billing <billing@hinata-denki.example>", "billing＠hinata-denki．example", "billing{at}hinata-denki.example",
		}},
		{cure.KindCVE, "CVE-1337-20261", []string{
			"CVE-1337-20261", "cve-1337-20261", "Cve-1337-20261", "CVE 1337-20261", "CVE1337-20261", "CVE–1337–20261", "CVE‑1337‑20261",
			"CVE_1337_20261", "ＣＶＥ－１３３７－２０２６１", "CVE - 1337 - 20261",
		}},
	} {
		if len(tt.ways) < 10 {
			t.Errorf("%s: %d ways, want 10", tt.want, len(tt.ways))
		}
		want := cure.Observable{Kind: tt.kind, Value: tt.want}
		for _, way := range tt.ways {
			if got, err := Canonical(tt.kind, way); got != want {
				t.Errorf("Canonical(%v, %q) = %v (%v), want %v", tt.kind, way, got, err, want)
			}
			if got, err := Classify(way); got != want {
				t.Errorf("Classify(%q) = %v (%v), want %v", way, got, err, want)
			}
		}
	}
}

func TestCompanions(t *testing.T) {
	for in, want := range map[string]string{
		"http://c2a.kagerou.example:8080/a?b=http://x.example/": "domain:c2a.kagerou.example",
		"http://198.51.100.23/bins/kage.arm":                    "ip:198.51.100.23",
		"http://[2001:db8::1]:8080/":                            "ip:2001:db8::1",
		"ftp://www.example.org@198.51.100.23/":                  "ip:198.51.100.23",
		"http://localhost/":                                     "",
	} {
		o, err := Canonical(cure.KindURL, in)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range Companions(o) {
			got = append(got, c.String())
		}
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("companions of %s (-want +got):\n%s", in, diff)
		}
	}
	if got := Companions(cure.Observable{Kind: cure.KindDomain, Value: "example.org"}); got != nil {
		t.Errorf("a domain has companions %v", got)
	}
}

func TestCanonicalValuesCostNothing(t *testing.T) {
	for kind, s := range map[cure.Kind]string{
		cure.KindIP:     "198.51.100.7",
		cure.KindDomain: "www.example.org",
		cure.KindHash:   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	} {
		if n := testing.AllocsPerRun(10, func() {
			if _, err := Canonical(kind, s); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%v: %v allocations, want 0", kind, n)
		}
	}
}
