//go:build browser

package browsertest

import (
	"os"
	"strings"
	"testing"
)

// places are the pages and an address of each.
var places = []struct{ name, path string }{
	{"now", "/?freeze"},
	{"picture", "/picture?freeze"},
	{"wall", "/picture?wall&freeze"},
	{"answer", "/q?q=source:cowrie+kind:ip+since:7d"},
	{"answer-none", "/q?q=192.0.2.99+198.51.100.23"},
	{"entity", "/e/ip/198.51.100.23"},
	{"entity-unseen", "/e/ip/192.0.2.99"},
	{"links", "/links"},
	{"shared", "/links/cowrie/feeds"},
	{"sources", "/sources"},
	{"quarantine", "/quarantine"},
	{"pivot", "/g?n=ip:198.51.100.23"},
	{"campaigns", "/c"},
	{"alerts", "/alerts"},
	{"shift", "/shift"},
	{"tickets", "/tickets"},
	{"cases", "/cases"},
	{"searches", "/searches"},
	{"tags", "/tags"},
	{"darknet", "/darknet"},
	{"malware", "/malware"},
	{"vulnerabilities", "/vulnerabilities"},
	{"intelligence", "/intelligence"},
	{"admin", "/admin"},
	{"licences", "/licences"},
}

// looks are the ways in which each page is looked at.
var looks = []struct {
	name, lang, theme string
	width, height     int64
	phone             bool
}{
	{"en-light", "en", "light", 1280, 800, false},
	{"ja-dark", "ja", "dark", 1280, 800, false},
	{"ja-light-phone", "ja", "light", 390, 844, true},
	{"en-dark-phone", "en", "dark", 390, 844, true},
}

// TestPages opens every page in every look. It must show itself without a
// complaint, fit its window, hold no serious barrier, and is kept as a picture.
func TestPages(t *testing.T) {
	h := openDemo(t)
	axe, err := os.ReadFile(root + "/web/app/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core comes with npm ci in web/app: %v", err)
	}
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			b := openTab(t, h, h.key)
			b.allowed = []string{"the server responded with a status of 404"} // what this hub does not have is a state
			b.size(look.width, look.height, look.phone)
			for _, p := range places {
				t.Run(p.name, func(t *testing.T) {
					b.t = t
					sep := "?"
					if strings.Contains(p.path, "?") {
						sep = "&"
					}
					b.open(p.path + sep + "lang=" + look.lang + "&theme=" + look.theme)
					b.shot(p.name + "-" + look.name)
					if wide := eval[int](b, beyond); wide > 1 {
						t.Errorf("is %d pixels wider than the window", wide)
					}
					if strings.Contains(b.text(), "{n}") || strings.Contains(b.text(), "undefined") || strings.Contains(b.text(), "NaN") {
						t.Error("has a hole in its text")
					}
					for _, v := range barriers(b, string(axe)) {
						t.Error(v)
					}
				})
			}
			b.t = t
		})
	}
}

// barriers are the serious findings of axe-core on the page.
func barriers(b *tab, axe string) []string {
	b.t.Helper()
	eval[bool](b, axe+"; true")
	return eval[[]string](b, `axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations
		.filter((v) => v.impact === 'serious' || v.impact === 'critical')
		.map((v) => v.id + ': ' + v.help + ' at ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join('; ')))`)
}
