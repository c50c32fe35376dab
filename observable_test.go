package cure

import (
	"strings"
	"testing"
)

// canonicalValues are in canonical form; each must survive key and back.
var canonicalValues = []Observable{
	{KindIP, "198.51.100.7"},
	{KindIP, "2001:db8::1"},
	{KindIP, "::"},
	{KindCIDR, "198.51.100.0/24"},
	{KindCIDR, "2001:db8::/32"},
	{KindCIDR, "0.0.0.0/0"},
	{KindDomain, "www.example.org"},
	{KindDomain, "_dmarc.xn--r8jz45g.example"},
	{KindHash, strings.Repeat("0a", 16)},
	{KindHash, strings.Repeat("0b", 20)},
	{KindHash, strings.Repeat("0c", 32)},
	{KindHash, strings.Repeat("0d", 64)},
	{KindEmail, "billing@hinata-denki.example"},
	{KindEmail, "a.b+c@x.example"},
	{KindURL, "http://198.51.100.23/bins/kage.arm"},
	{KindURL, "https://example.org:8443/a?b=c%20d"},
	{KindCVE, "CVE-2021-44228"},
	{KindCVE, "CVE-1337-20261"},
	{KindTag, "mirai"},
	{KindTag, "attack:t1110.001"},
	{KindTag, "カゲロウ"},
	{KindTag, "two words"},
	{KindPort, "tcp/23"},
	{KindPort, "udp/65535"},
	{KindFingerprint, "hassh:51cba57125523ce4b9db67714a90bf6e"},
	{KindASN, "AS64500"},
}

func TestKeyRoundTrip(t *testing.T) {
	for _, o := range canonicalValues {
		if err := o.Check(); err != nil {
			t.Errorf("%v is canonical: %v", o, err)
		}
		got, err := FromKey(o.Kind, o.AppendKey(nil))
		if err != nil || got != o {
			t.Errorf("key of %v came back as %v, %v", o, got, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	refused := []Observable{
		{},
		{KindNone, "x"},
		{kindEnd, "x"},
		{KindIP, ""},
		{KindTag, strings.Repeat("a", MaxValue+1)},
		{KindIP, "198.051.100.7"},
		{KindIP, "2001:DB8::1"},
		{KindIP, "::ffff:198.51.100.7"},
		{KindIP, "fe80::1%eth0"},
		{KindCIDR, "198.51.100.7/24"},
		{KindCIDR, "198.51.100.0"},
		{KindDomain, "WWW.example.org"},
		{KindDomain, "example"},
		{KindDomain, "a..b"},
		{KindDomain, "a.b."},
		{KindDomain, "-a.example"},
		{KindDomain, "198.51.100.7"},
		{KindDomain, "例え.example"},
		{KindDomain, strings.Repeat("a", 64) + ".example"},
		{KindHash, strings.Repeat("0A", 16)},
		{KindHash, "0a0b"},
		{KindHash, strings.Repeat("g", 32)},
		{KindEmail, "a@b"},
		{KindEmail, "@x.example"},
		{KindEmail, "A@x.example"},
		{KindEmail, "a b@x.example"},
		{KindURL, "http://example.org"},
		{KindURL, "HTTP://example.org/"},
		{KindURL, "http://example.org/#f"},
		{KindURL, "http:///a"},
		{KindURL, "example.org/a"},
		{KindURL, "http://example.org/a b"},
		{KindCVE, "cve-2021-44228"},
		{KindCVE, "CVE-2021-1"},
		{KindCVE, "CVE-2021-44228x"},
		{KindTag, "Mirai"},
		{KindTag, " a"},
		{KindTag, "a  b"},
		{KindTag, "a\x1bb"},
		{KindTag, "a\u202eb"},
		{KindPort, "23"},
		{KindPort, "tcp/65536"},
		{KindPort, "tcp/023"},
		{KindPort, "icmp/1"},
		{KindFingerprint, "hassh"},
		{KindFingerprint, "Hassh:1"},
		{KindFingerprint, "a:b c"},
		{KindASN, "64500"},
		{KindASN, "AS0"},
		{KindASN, "AS007"},
	}
	for _, o := range refused {
		if err := o.Check(); KindOf(err) != Invalid {
			t.Errorf("%v passed the check (%v)", o, err)
		}
	}
}

func TestKeysSortRelated(t *testing.T) {
	parent := string(Observable{KindDomain, "example.org"}.AppendKey(nil))
	for _, v := range []string{"www.example.org", "a.b.example.org"} {
		if k := string(Observable{KindDomain, v}.AppendKey(nil)); !strings.HasPrefix(k, parent+".") {
			t.Errorf("key %q of %s does not begin with its parent's", k, v)
		}
	}
	if k := string(Observable{KindEmail, "u@example.org"}.AppendKey(nil)); k != parent+"@u" {
		t.Errorf("mail key %q", k)
	}
}

func FuzzFromKey(f *testing.F) {
	for _, o := range canonicalValues {
		f.Add(uint8(o.Kind), o.AppendKey(nil))
	}
	f.Add(uint8(KindCIDR), []byte{198, 51, 100, 7, 33})
	f.Add(uint8(KindEmail), []byte("nothing"))
	f.Fuzz(func(t *testing.T, kind uint8, key []byte) {
		o, err := FromKey(Kind(kind), key)
		if err != nil {
			return
		}
		if got := string(o.AppendKey(nil)); got != string(key) {
			t.Fatalf("%v accepted from key %q but has key %q", o, key, got)
		}
	})
}
