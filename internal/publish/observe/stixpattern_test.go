package observe

import (
	"strings"
	"testing"

	"github.com/opencure/cure/internal/publish"
)

// patternOf returns the observables of a pattern, in order.
func patternOf(text string) (string, error) {
	r := row{def: &publish.Definition{}}
	r.begin()
	err := r.pattern(text)
	var all []string
	for _, o := range r.ev.Observations {
		all = append(all, o.Observable.String())
	}
	return strings.Join(all, " "), err
}

func TestSTIXPattern(t *testing.T) {
	const sha = "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c"
	tests := []struct{ name, pattern, want string }{
		{"one", "[ipv4-addr:value = '192.0.2.1']", "ip:192.0.2.1"},
		{"no spaces", "[ipv4-addr:value='192.0.2.1']", "ip:192.0.2.1"},
		{"two equals signs", "[url:value == 'http://c2.example.org/']", "url:http://c2.example.org/"},
		{"or", "[ipv4-addr:value = '192.0.2.1' OR ipv6-addr:value = '2001:db8::1']", "ip:192.0.2.1 ip:2001:db8::1"},
		{"observations", "([domain-name:value = 'a.example.org'] FOLLOWEDBY [domain-name:value = 'b.example.org']) WITHIN 300 SECONDS", "domain:a.example.org domain:b.example.org"},
		{"list", "[domain-name:value IN ('a.example.org','b.example.org') AND file:name = 'x']", "domain:a.example.org domain:b.example.org"},
		{"hash, quoted", "[file:hashes.'SHA-256' = '" + sha + "']", "hash:" + sha},
		{"hash, plain", "[file:hashes.SHA256 = '" + strings.ToUpper(sha) + "']", "hash:" + sha},
		{"hash of another kind", "[file:hashes.SSDEEP = '3:abc:def']", ""},
		{"prefix", "[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "cidr:198.51.100.0/24"},
		{"not", "[ipv4-addr:value NOT = '192.0.2.1' AND ipv4-addr:value = '192.0.2.2']", "ip:192.0.2.2"},
		{"unequal", "[ipv4-addr:value != '192.0.2.1']", ""},
		{"like", "[url:value LIKE 'http://%' AND url:value MATCHES '^http://a']", ""},
		{"traffic", "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND network-traffic:dst_port = 23]", "ip:192.0.2.1"},
		{"mail", "[email-message:from_ref.value = 'a@example.org']", "email:a@example.org"},
		{"escaped", `[file:name = 'it\'s [ipv4-addr:value = ' AND url:value = 'http://a.example.org/x']`, "url:http://a.example.org/x"},
		{"list of a property", "[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]", ""},
		{"started", "[ipv4-addr:value = '192.0.2.1'] START t'2026-11-20T00:00:00Z' STOP t'2026-11-21T00:00:00Z'", "ip:192.0.2.1"},
		{"broken", "[ipv4-addr:value = '192.0.2.1", "ip:192.0.2.1"},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := patternOf(tt.pattern); got != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	if got, err := patternOf("[ipv4-addr:value = 'no address'] OR [ipv4-addr:value = '192.0.2.1']"); err == nil || got != "ip:192.0.2.1" {
		t.Errorf("a value of another kind: %q, %v", got, err)
	}
}

func FuzzSTIXPattern(f *testing.F) {
	f.Add("[file:hashes.'SHA-256' = 'x' AND NOT ipv4-addr:value IN ('192.0.2.1', \"2\")]")
	f.Add("[a:b[*].c = t'2026']")
	f.Fuzz(func(t *testing.T, text string) {
		r := row{def: &publish.Definition{}}
		r.begin()
		_ = r.pattern(text)
		for _, o := range r.ev.Observations {
			if err := o.Observable.Check(); err != nil {
				t.Error(err)
			}
		}
		if n := len(r.ev.Observations); n > maxValues {
			t.Errorf("%d observables", n)
		}
	})
}
