//go:build browser

package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTheFirstMinute is what a newcomer does with the demo, in four actions:
// see what is found, open its case, look at the whole, and look as a partner.
func TestTheFirstMinute(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 404"}
	b.open("/?lang=en&freeze")
	for _, want := range []string{"48123/tcp: 242 sources", "242 addresses", "mirai"} {
		if !strings.Contains(b.text(), want) {
			t.Errorf("the first page lacks %q", want)
		}
	}
	b.do(chromedp.Click(chromedp.CSS(".finding-title"))) // 1
	b.until(`location.pathname.startsWith('/case/') && document.querySelector('.case .block')`)
	text := b.text()
	for _, want := range []string{"Why", "Honeypots", "set aside by name", "allport/sapporo1"} {
		if !strings.Contains(text, want) && !strings.Contains(text, strings.Split(want, "/")[0]) {
			t.Errorf("the case lacks %q", want)
		}
	}
	b.shot("case")
	b.do(chromedp.Click(chromedp.CSS(`nav.pages a[href="/picture"]`))) // 2
	b.until(`document.querySelector('.stage canvas')?.picture && document.querySelector('.label[data-id="cowrie"]')`)
	ribbons := eval[int](b, `fetch('/api/v1/picture').then((r) => r.json()).then((p) => p.ribbons.length)`)
	b.do(chromedp.Click(chromedp.CSS(".account summary")))                                  // 3
	b.do(chromedp.SetJavascriptAttribute(chromedp.CSS(".account select"), "value", "aoba")) // 4
	eval[bool](b, `document.querySelector('.account select').dispatchEvent(new Event('change', {bubbles: true})), true`)
	b.until(`document.querySelector('.viewing')`)
	b.until(settled)
	b.do(chromedp.Click(chromedp.CSS(`nav.pages a[href="/"]`)))
	b.until(settled)
	text = b.text()
	for _, hidden := range []string{"48123/tcp: 242", "203.0.113.20", "TLP:AMBER"} {
		if strings.Contains(text, hidden) {
			t.Errorf("as Aoba City the page says %q", hidden)
		}
	}
	left := eval[int](b, `fetch('/api/v1/picture', {headers: {'Cure-View-As': 'aoba'}}).then((r) => r.json()).then((p) => p.ribbons.length)`)
	if left >= ribbons {
		t.Errorf("%d ribbons for Aoba City, %d for us", left, ribbons)
	}
}

// TestWhoOfOurs: the page of a value says which own machines had to do with
// it, and says so when none had.
func TestWhoOfOurs(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	for path, want := range map[string]string{"/e/ip/192.0.2.45": "203.0.113.20", "/e/ip/198.51.100.23": "Nobody of ours in 90 days."} {
		b.open(path + "?lang=en")
		b.until(settled)
		if text := b.text(); !strings.Contains(text, "Who of ours had to do with it") || !strings.Contains(text, want) {
			t.Errorf("%s lacks %q", path, want)
		}
	}
}
