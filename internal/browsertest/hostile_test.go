//go:build browser

package browsertest

import (
	"strings"
	"testing"
)

// hostile is what strangers write into any field.
var hostile = map[string]string{
	"element":   `<xss-mark><script>alert(1)</script><img src=x onerror=alert(1)>`,
	"attribute": `" onmouseover="alert(1)" xss-mark="`,
	"url":       `javascript:alert(1)//xss-mark`,
	"direction": "exe.\u202etxt\u2066\u2069\u200f\u061c\u200b",
	"control":   "\x1b[2J\x07\u0085\x00",
	"long":      strings.Repeat(`<xss-mark a="`, 4<<10/13),
	"prototype": "__proto__",
}

// beyond is how far the page reaches beyond the window, when it has come to
// rest within two seconds.
const beyond = `(async () => {
	const over = () => document.documentElement.scrollWidth - innerWidth;
	for (let i = 0; i < 40 && over() > 1; i++) await new Promise((done) => setTimeout(done, 50));
	return over();
})()`

// widest names what reaches beyond the window.
const widest = `[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.wide, .labels, .pages'))
	.slice(0, 5).map((e) => e.tagName + '.' + e.className).join(' ')`

// TestHostileTextStaysText shows every page with hostile strings in every
// field of every answer.
func TestHostileTextStaysText(t *testing.T) {
	h := openDemo(t)
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			b := openTab(t, h, h.key)
			b.allowed = []string{"status of 4"}
			b.beforeEach(poisoned(s))
			for _, p := range places {
				if p.name == "licences" {
					continue // our own texts
				}
				b.open(p.path)
				if found := eval[int](b, "document.querySelectorAll('xss-mark, [onmouseover], [onerror], main script, a[href^=\"javascript:\"]').length"); found > 0 {
					t.Errorf("%s: %d elements of the text's making", p.name, found)
				}
				if eval[bool](b, "window.alerted === true") {
					t.Errorf("%s: a script of the text ran", p.name)
				}
				if wide := eval[int](b, beyond); wide > 1 {
					t.Errorf("%s: %d pixels wider than the window: %s", p.name, wide, eval[string](b, widest))
				}
				if strings.ContainsAny(b.text(), "\u202e\u2066\u2069\u200f\u061c\u200b\x1b\x07\u0085\x00") {
					t.Errorf("%s: shows characters that steer", p.name)
				}
				if eval[bool](b, "Boolean(document.querySelector('#main > .trouble'))") {
					t.Errorf("%s: does not show itself any more: %.300s", p.name, eval[string](b, "document.querySelector('#main > .trouble').innerText"))
				}
				if away := eval[int](b, "[...document.links].filter((a) => a.origin !== location.origin).length"); away > 0 {
					t.Errorf("%s: %d links lead away", p.name, away)
				}
			}
			b.shot("hostile-" + name)
		})
	}
}
