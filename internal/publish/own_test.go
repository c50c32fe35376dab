package publish

import (
	"testing"

	"github.com/opencure/cure"
)

func TestOwnSide(t *testing.T) {
	own := NewOwnSide([]string{"203.0.113.0/26", "2001:db8:7::/48", "192.0.2.9", "hinata.example", "@mail.example"})
	tests := map[string]struct {
		kind  cure.Kind
		value string
		want  bool
	}{
		"network":             {cure.KindIP, "203.0.113.20", true},
		"next network":        {cure.KindIP, "203.0.113.64", false},
		"one address":         {cure.KindIP, "192.0.2.9", true},
		"IPv6":                {cure.KindIP, "2001:db8:7::1", true},
		"private":             {cure.KindIP, "192.168.0.2", true},
		"unique local":        {cure.KindIP, "fd00::1", true},
		"link-local":          {cure.KindIP, "fe80::1", true},
		"somebody":            {cure.KindIP, "198.51.100.7", false},
		"range inside":        {cure.KindCIDR, "203.0.113.0/28", true},
		"domain":              {cure.KindDomain, "hinata.example", true},
		"below it":            {cure.KindDomain, "www.hinata.example", true},
		"looks alike":         {cure.KindDomain, "not-hinata.example", false},
		"mail domain":         {cure.KindEmail, "info@mail.example", true},
		"mail of own domain":  {cure.KindEmail, "info@hinata.example", true},
		"mail domain as host": {cure.KindDomain, "mail.example", false},
		"URL by name":         {cure.KindURL, "http://www.hinata.example:8080/a", true},
		"URL by address":      {cure.KindURL, "http://203.0.113.20/a", true},
		"URL by IPv6":         {cure.KindURL, "http://[2001:db8:7::1]:80/a", true},
		"URL of somebody":     {cure.KindURL, "http://198.51.100.7/hinata.example", false},
		"hash":                {cure.KindHash, "d41d8cd98f00b204e9800998ecf8427e", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := cure.Observable{Kind: tt.kind, Value: tt.value}
			if err := o.Check(); err != nil {
				t.Fatal(err)
			}
			if got := own.Has(o); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	var nobody *OwnSide
	if nobody.Has(cure.Observable{Kind: cure.KindIP, Value: "203.0.113.20"}) || !nobody.Has(cure.Observable{Kind: cure.KindIP, Value: "10.0.0.1"}) {
		t.Error("without configuration only private addresses are own")
	}
}
