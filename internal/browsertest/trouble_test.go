//go:build browser

package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTrouble answers every question badly: each page says what is wrong, and
// comes back when the hub does.
func TestTrouble(t *testing.T) {
	h := openDemo(t)
	for _, tt := range []struct{ how, says string }{
		{"500", "The hub is at fault"},
		{"503", "The hub is busy"},
		{"403", "Your key may not do this"},
		{"429", "Too many questions"},
		{"nothing", "The hub does not answer"},
		{"half", "The answer was not whole"},
		{"proxy", "The hub does not answer"},
	} {
		t.Run(tt.how, func(t *testing.T) {
			b := openTab(t, h, h.key)
			b.beforeEach(answering(tt.how))
			for _, path := range []string{"/?lang=en", "/q?q=198.51.100.0/24", "/e/ip/198.51.100.23", "/sources", "/links", "/g?n=ip:198.51.100.23"} {
				b.do(chromedp.Navigate(b.home + path))
				b.until(`document.body.innerText.includes(` + quote(tt.says) + `)`)
			}
			b.open("/sources")
			if tt.how == "403" {
				return // asking again would not help
			}
			b.shot("trouble-" + tt.how)
			eval[bool](b, `sessionStorage.setItem('how', 'well'); [...document.querySelectorAll('.trouble button')].forEach((e) => e.click()); true`)
			b.until(`document.body.innerText.includes('cowrie/tokyo1')`)
		})
	}
}

// TestSessionEnds shows the login where the page was, and the page again.
func TestSessionEnds(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 401"}
	b.beforeEach(answering("well"))
	b.open("/e/ip/198.51.100.23?lang=en")
	eval[bool](b, `fetch('/logout', {method: 'POST', redirect: 'manual'}).then(() => true)`)
	eval[bool](b, `document.querySelector('nav.pages a[href="/sources"]').click(), true`)
	b.do(chromedp.WaitVisible(chromedp.CSS("#key")), chromedp.SendKeys(chromedp.CSS("#key"), "cure_wrong\r"))
	b.until(`document.body.innerText.includes('not valid')`)
	eval[bool](b, `document.querySelector('#key').value = '', true`)
	b.do(chromedp.SendKeys(chromedp.CSS("#key"), h.key+"\r"))
	b.until(`document.body.innerText.includes('cowrie/tokyo1')`)
}

// TestEmptyHub says what to do first.
func TestEmptyHub(t *testing.T) {
	h := openEmpty(t)
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 404"}
	b.open("/?lang=en")
	b.until(`document.body.innerText.includes('three steps')`)
	b.shot("empty-now")
	for _, p := range places {
		b.open(p.path)
		if text := b.text(); strings.Contains(text, "undefined") || strings.Contains(text, "NaN") {
			t.Errorf("%s has a hole", p.name)
		}
	}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `\'`) + "'" }
