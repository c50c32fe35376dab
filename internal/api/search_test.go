package api

import "testing"

func TestListsOfValuesAskForAnyOfThem(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"one", "198.51.100[.]7", `"198.51.100.7"`},
		{"several", "198.51.100.7, hxxp://a[.]example[.]org/x CVE-2021-44228", `"198.51.100.7" or "http://a.example.org/x" or "CVE-2021-44228"`},
		{"Japanese spaces", "198.51.100.7　192.0.2.1", `"198.51.100.7" or "192.0.2.1"`},
		{"network in a list", "198.51.100.0/24 192.0.2.1", `198.51.100.0/24 or "192.0.2.1"`},
		{"expression", "198.51.100.7 and source:feeds", "198.51.100.7 and source:feeds"},
		{"subdomains", "*.example.org", "*.example.org"},
		{"subdomain among values", "*.example.org 192.0.2.1", `*.example.org or "192.0.2.1"`},
		{"tag", "cobalt strike", "cobalt strike"},
		{"nothing", " ", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Understand(tt.in); got != tt.want {
				t.Errorf("Understand(%q) = %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}
