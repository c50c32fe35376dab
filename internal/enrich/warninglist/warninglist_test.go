package warninglist

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opencure/cure"
)

// sample is one list of each type, in the format of the MISP project.
const sample = `{"name":"Private","description":"RFC 1918","version":3,"type":"cidr","matching_attributes":["ip-src","ip-dst","domain|ip"],"list":["10.0.0.0/8","10.1.0.0/16","192.0.2.1","FE80::/10","::ffff:10.0.0.0/104","nonsense"],"slug":"private"}
{"name":"Scanner","version":1,"type":"cidr","matching_attributes":["ip-src"],"list":["10.1.2.0/24"],"slug":"scanner"}
{"name":"Shop","version":1,"type":"hostname","matching_attributes":["hostname","domain","url"],"list":[".Shop.example","pay.example",""],"slug":"shop"}
{"name":"Exact","version":1,"type":"string","matching_attributes":["domain","md5","sha1"],"list":["www.exact.example",".below.example","D41D8CD98F00B204E9800998ECF8427E"],"slug":"exact"}
{"name":"Throwaway","version":1,"type":"substring","matching_attributes":["email-src"],"list":["0-mail.example","x@","mail"],"slug":"throwaway"}
{"name":"Contact","version":1,"type":"regex","matching_attributes":["email-dst"],"list":["/^(security|noc)\\@.*\\..*$/i","/(?<!a)b/","/a/x","plain","/(/"],"slug":"contact"}
{"name":"Phones","version":1,"type":"regex","matching_attributes":["phone-number"],"list":["/0120/"],"slug":"phones"}
`

func read(t testing.TB, text string, disabled ...string) *Set {
	t.Helper()
	s, err := Read(strings.NewReader(text), disabled)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func value(t testing.TB, word string) cure.Observable {
	kind, v, _ := strings.Cut(word, ":")
	k, err := cure.ParseKind(kind)
	if err != nil {
		t.Fatal(err)
	}
	o := cure.Observable{Kind: k, Value: v}
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	return o
}

func found(s *Set, o cure.Observable) []string {
	var got []string
	for _, m := range s.Lookup(o, nil) {
		got = append(got, m.List.Slug+" "+m.Entry)
	}
	return got
}

func TestLookup(t *testing.T) {
	s := read(t, sample)
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"ip:10.9.9.9", []string{"private 10.0.0.0/8"}},
		{"ip:10.1.2.3", []string{"scanner 10.1.2.0/24", "private 10.1.0.0/16"}},
		{"ip:192.0.2.1", []string{"private 192.0.2.1/32"}},
		{"ip:192.0.2.2", nil},
		{"ip:fe80::1", []string{"private fe80::/10"}},
		{"cidr:10.1.2.0/25", []string{"scanner 10.1.2.0/24", "private 10.1.0.0/16"}},
		{"cidr:10.0.0.0/7", nil},
		{"domain:shop.example", []string{"shop shop.example"}},
		{"domain:www.shop.example", []string{"shop shop.example"}},
		{"domain:workshop.example", nil},
		{"domain:www.exact.example", []string{"exact www.exact.example"}},
		{"domain:a.www.exact.example", nil},
		{"domain:a.below.example", []string{"exact below.example"}},
		{"url:http://www.pay.example/x?y", []string{"shop pay.example"}},
		{"url:http://user@pay.example:8080/", []string{"shop pay.example"}},
		{"url:http://other.example/pay.example", nil},
		{"url:http://[fe80::1]/", nil},
		{"hash:d41d8cd98f00b204e9800998ecf8427e", []string{"exact d41d8cd98f00b204e9800998ecf8427e"}},
		{"email:u@sub.0-mail.example", []string{"throwaway 0-mail.example"}},
		{"email:x@y.example", []string{"throwaway x@"}},
		{"email:security@y.example", []string{"contact (?i)^(security|noc)@.*\\..*$"}},
		{"email:insecurity@y.example", nil},
		{"domain:0-mail.example", nil},
		{"port:tcp/23", nil},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, found(s, value(t, tt.in))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestListsAreNamed(t *testing.T) {
	s := read(t, sample, "Private", "shop")
	type line struct {
		Slug             string
		Entries, Refused int
		Off              bool
	}
	var got []line
	for _, l := range s.Lists() {
		got = append(got, line{l.Slug, l.Entries, l.Refused, l.Off})
	}
	if diff := cmp.Diff([]line{
		{"contact", 1, 4, false},
		{"exact", 3, 0, false},
		{"phones", 0, 0, false},
		{"private", 0, 0, true},
		{"scanner", 1, 0, false},
		{"shop", 0, 0, true},
		{"throwaway", 3, 0, false},
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := found(s, value(t, "ip:10.9.9.9")); got != nil {
		t.Errorf("a list switched off finds %q", got)
	}
	if got := read(t, sample).Lists()[3]; got.Entries != 5 || got.Refused != 1 {
		t.Errorf("private: %d entries, %d refused, want 5 and 1", got.Entries, got.Refused)
	}
}

func TestFingerprint(t *testing.T) {
	lines := strings.SplitAfter(sample, "\n")
	turned := strings.Join(append(lines[3:len(lines)-1:len(lines)-1], lines[:3]...), "")
	sum := read(t, sample).Fingerprint()
	if read(t, turned).Fingerprint() != sum {
		t.Error("the order of the lists changes the fingerprint")
	}
	for name, other := range map[string]*Set{
		"fewer lists": read(t, lines[0]),
		"an entry":    read(t, strings.Replace(sample, "192.0.2.1", "192.0.2.3", 1)),
		"a version":   read(t, strings.Replace(sample, `"version":3`, `"version":4`, 1)),
		"a list off":  read(t, sample, "shop"),
	} {
		if other.Fingerprint() == sum {
			t.Errorf("%s: the fingerprint stays", name)
		}
	}
	two := read(t, lines[1]+strings.Replace(lines[1], `"version":1,"type":"cidr"`, `"version":2,"type":"cidr"`, 1))
	if l := two.Lists(); len(l) != 1 || l[0].Version != 2 {
		t.Errorf("two versions of a list give %+v, want the newer", l)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	lines := strings.SplitAfter(sample, "\n")
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if strings.HasSuffix(name, ".gz") {
			z := gzip.NewWriter(&b)
			z.Write([]byte(text))
			z.Close()
			text = b.String()
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("private/list.json", lines[0])
	write("more.jsonl.gz", lines[1]+"\n"+lines[2])
	write("README.md", "not a list")
	write("broken.jsonl", lines[3]+`{"name":`+"\n"+`{"name":"x","type":"colour"}`+"\n")
	s, err := Load(dir, nil)
	if err == nil || !strings.Contains(err.Error(), "broken.jsonl:2") || !strings.Contains(err.Error(), `broken.jsonl:3: unknown type "colour"`) {
		t.Errorf("error %v, want both places", err)
	}
	if n := len(s.Lists()); n != 4 {
		t.Errorf("%d lists, want 4", n)
	}
	if s, err := Load(filepath.Join(dir, "none"), nil); err == nil || s != nil {
		t.Errorf("a folder that is not there gives %v, %v", s, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, line := range strings.SplitAfter(sample, "\n") {
		f.Add(line, "10.1.2.3")
		f.Add(line, "www.shop.example")
	}
	f.Fuzz(func(t *testing.T, text, v string) {
		s, _ := Read(strings.NewReader(text), nil)
		for _, k := range cure.Kinds() {
			if o := (cure.Observable{Kind: k, Value: v}); o.Check() == nil {
				for _, m := range s.Lookup(o, nil) {
					if m.List.Off || !m.List.covers(k) || m.Why() == "" {
						t.Errorf("%s matches %+v", o, m)
					}
				}
			}
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	s := read(b, sample)
	var dst []Match
	for _, in := range []string{"ip:198.51.100.7", "ip:10.1.2.3", "domain:a.b.other.example", "email:somebody@mail.example"} {
		o := value(b, in)
		b.Run(in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst = s.Lookup(o, dst[:0])
			}
		})
	}
}
