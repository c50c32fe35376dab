package exposure

import (
	"slices"
	"testing"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// TestJudge: a range of one release says nothing about another, and what
// cannot be compared is unsure, never affected and never safe.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name, kind, version, release, said string
		how                                client.AffectedHow
		fixed                              string
	}{
		{"in the range", "npm", "1.1.0", "", ">=1.0.0 <1.2.0", client.AffectedVersion, "1.2.0"},
		{"the fixed one", "npm", "1.2.0", "", ">=1.0.0 <1.2.0", "", ""},
		{"ten is above nine", "npm", "1.10.0", "", "<1.9.0", "", ""},
		{"of two spans", "npm", "2.0.1", "", "<1.2.0 || >=2.0.0 <2.0.5", client.AffectedVersion, "2.0.5"},
		{"without a fix", "npm", "1.0.0", "", "<=1.2.0", client.AffectedVersion, ""},
		{"all versions", "npm", "0.0.1", "", "*", client.AffectedVersion, ""},
		{"its release", "deb", "1.1.1k-1", "debian-11.6", "[debian-11] <1.1.1n; [debian-12] <3.0.1", client.AffectedVersion, "1.1.1n"},
		{"another release", "deb", "1.1.1w", "debian-11", "[debian-11] <1.1.1n; [debian-12] <3.0.1", "", ""},
		{"no part of a number", "deb", "1.0", "debian-110", "[debian-11] <1.1", "", ""},
		{"no release told", "deb", "1.1.1k-1", "", "[debian-11] <1.1.1n", client.AffectedUnsure, "1.1.1n"},
		{"no range told", "npm", "1.0.0", "", "", client.AffectedUnsure, ""},
		{"a version nobody can read", "deb", "a:1", "", "<2.0", client.AffectedUnsure, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := judge(c.kind, c.version, c.release, c.said)
			if v.how != c.how || v.fixed != c.fixed || (v.how != "") != (v.why != "") {
				t.Errorf("%+v, want %q, fixed in %q", v, c.how, c.fixed)
			}
		})
	}
}

func TestNewestFirst(t *testing.T) {
	var got []string
	var all []cure.Observable
	for _, v := range []string{"CVE-2024-9999", "CVE-2023-123456", "CVE-2024-10000", "CVE-2024-0001"} {
		all = append(all, cure.Observable{Kind: cure.KindCVE, Value: v})
	}
	slices.SortFunc(all, newestFirst)
	for _, o := range all {
		got = append(got, o.Value)
	}
	if want := []string{"CVE-2024-10000", "CVE-2024-9999", "CVE-2024-0001", "CVE-2023-123456"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
