package publish

import (
	"fmt"
	"testing"
)

func TestMaskText(t *testing.T) {
	names := NewPseudonyms([32]byte{1})
	ip, six, name := names.Sensor("192.0.2.10"), names.Sensor("2001:db8::a"), names.Sensor("hp-1.site.example")
	tests := map[string]struct{ in, want string }{
		"alone":                   {"192.0.2.10", ip},
		"with port":               {"(192.0.2.10:2222)", "(" + ip + ":2222)"},
		"in IPv6 form":            {"::ffff:192.0.2.10", "::ffff:" + ip},
		"part of a longer one":    {"192.0.2.100 1192.0.2.10 7.192.0.2.10 192.0.2.10.5", "192.0.2.100 1192.0.2.10 7.192.0.2.10 192.0.2.10.5"},
		"end of a sentence":       {"from 192.0.2.10.", "from " + ip + "."},
		"twice":                   {"192.0.2.10,192.0.2.10", ip + "," + ip},
		"IPv6":                    {"[2001:db8::a]:22", "[" + six + "]:22"},
		"IPv6 as it was written":  {"2001:0DB8::A", six},
		"name":                    {"ssh://hp-1.site.example/x", "ssh://" + name + "/x"},
		"name in capitals":        {"HP-1.SITE.EXAMPLE", name},
		"part of another name":    {"xhp-1.site.example hp-1.site.examples", "xhp-1.site.example hp-1.site.examples"},
		"short name":              {"ssh to web", "ssh to web"},
		"nothing":                 {"198.51.100.7", "198.51.100.7"},
		"pseudonyms of spellings": {names.Sensor("::ffff:192.0.2.10") + names.Sensor("HP-1.Site.Example."), ip + name},
	}
	m := NewMasker(names, []string{"192.0.2.10"})
	m.Learn([]string{"2001:0DB8::A", "hp-1.site.example", "web"})
	for what, tt := range tests {
		t.Run(what, func(t *testing.T) {
			if got := m.Text(tt.in); got != tt.want {
				t.Errorf("%q becomes %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestMaskerForgetsTheOldest(t *testing.T) {
	m := NewMasker(NewPseudonyms([32]byte{1}), []string{"192.0.2.10"})
	for i := range maxLearned + 10 {
		m.Learn([]string{fmt.Sprintf("198.51.100.%d", i), fmt.Sprintf("198.51.100.%d", i)})
	}
	for v, masked := range map[string]bool{"192.0.2.10": true, "198.51.100.5": false, "198.51.100.10": true, "198.51.100.137": true} {
		if got := m.Text(v) != v; got != masked {
			t.Errorf("%s masked: %v", v, got)
		}
	}
}

func TestKeysGiveOtherPseudonyms(t *testing.T) {
	a, b := NewPseudonyms([32]byte{1}), NewPseudonyms([32]byte{2})
	if a.Sensor("x") == b.Sensor("x") || a.Secret("x") == b.Secret("x") || a.Sensor("x")[7:] == a.Secret("x")[7:19] {
		t.Error("pseudonyms of two keys or purposes are the same")
	}
}
