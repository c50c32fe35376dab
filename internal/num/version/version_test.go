package version_test

import (
	"testing"

	"github.com/opencure/cure/internal/num/version"
)

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		kind, a, b string
		want       int
	}{
		{"npm", "1.9.0", "1.10.0", -1},
		{"npm", "1.0.0-rc.1", "1.0.0", -1},
		{"npm", "1.0.0+build5", "1.0.0", 0},
		{"golang", "v1.2.3", "1.2.3", 0},
		{"pypi", "1.0rc1", "1.0", -1},
		{"pypi", "1.0.post1", "1.0", 1},
		{"pypi", "1!0.5", "9.0", 1},
		{"deb", "1.1.1n-0+deb11u4", "1.1.1n-0+deb11u3", 1},
		{"deb", "1.0~rc1-1", "1.0-1", -1},
		{"deb", "2:0.9", "1:9.0", 1},
		{"rpm", "1.1.1k-9.el8_7", "1.1.1k-7.el8_6", 1},
		{"rpm", "1:1.0-1", "2.0-1", 1},
		{"apk", "1.2.3-r1", "1.2.3-r10", -1},
		{"maven", "2.0-beta-1", "2.0", -1},
		{"gem", "1.0.0.pre", "1.0.0", -1},
		{"cpe", "1.1.1k", "1.1.1", 1},
		{"cpe", "2.4.10", "2.4.9", 1},
		{"cpe", "3.0-rc1", "3.0", -1},
		{"cpe", "v7.2", "7.2", 0},
	} {
		got, err := version.Compare(c.kind, c.a, c.b)
		if err != nil || got != c.want {
			t.Errorf("%s: Compare(%q, %q) = %d, %v, want %d", c.kind, c.a, c.b, got, err, c.want)
		}
		if got, err := version.Compare(c.kind, c.b, c.a); err != nil || got != -c.want {
			t.Errorf("%s: Compare(%q, %q) = %d, %v, want %d", c.kind, c.b, c.a, got, err, -c.want)
		}
	}
}

func TestRangeHas(t *testing.T) {
	for _, c := range []struct {
		kind, set, v string
		want, fails  bool
	}{
		{"npm", ">=1.0.0 <1.2.3", "1.2.2", true, false},
		{"npm", ">=1.0.0 <1.2.3", "1.2.3", false, false},
		{"npm", ">=1.0.0 <=1.2.3", "1.2.3", true, false},
		{"npm", ">1.0.0 <=1.2.3", "1.0.0", false, false},
		{"npm", "<1.0.0 || >=2.0.0 <2.1.0", "2.0.5", true, false},
		{"npm", "=1.5.0", "1.5.0", true, false},
		{"npm", "*", "0.0.1", true, false},
		{"npm", "", "0.0.1", false, false},
		{"deb", "<1.1.1n-0+deb11u4", "1.1.1k-1", true, false},
		{"pypi", "<2.0", "not a version", false, true},
		{"pypi", "<x1 || =3.0", "3.0", true, false},
	} {
		r, err := version.ParseRange(c.set)
		if err != nil {
			t.Fatalf("ParseRange(%q): %v", c.set, err)
		}
		if r.String() != c.set {
			t.Errorf("ParseRange(%q).String() = %q", c.set, r)
		}
		if got, err := r.Has(c.kind, c.v); got != c.want || (err != nil) != c.fails {
			t.Errorf("%s: %q has %q = %v, %v", c.kind, c.set, c.v, got, err)
		}
	}
	for _, bad := range []string{"1.0", ">= 1.0", ">=1.0 <2.0 <3.0", "||", "=a b", "~1.0", ">=1,0"} {
		if r, err := version.ParseRange(bad); err == nil {
			t.Errorf("ParseRange(%q) = %q, want an error", bad, r)
		}
	}
}

func FuzzRange(f *testing.F) {
	for _, s := range []string{">=1.0.0 <1.2.3", "<1.0.0 || >=2.0.0", "=1:2.3~rc1-4", "*", ">=1.0rc1"} {
		f.Add("npm", s, "1.2")
		f.Add("deb", s, "1:1.2~a")
		f.Add("pypi", s, "1!2.0.post1")
		f.Add("rpm", s, "1.2^git")
		f.Add("cpe", s, "1.2k")
		f.Add("maven", s, "1.2-beta")
	}
	f.Fuzz(func(t *testing.T, kind, set, v string) {
		r, err := version.ParseRange(set)
		if err != nil {
			return
		}
		again, err := version.ParseRange(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q reads back as %q, %v", r, again, err)
		}
		first, err1 := r.Has(kind, v)
		if second, err2 := again.Has(kind, v); first != second || (err1 == nil) != (err2 == nil) {
			t.Fatalf("%q has %q: %v, then %v", r, v, first, second)
		}
	})
}
