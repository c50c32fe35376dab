//go:build browser

package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/opencure/cure"
)

// TestWhyNotHere asks on the page of the shift why a value is not on it.
func TestWhyNotHere(t *testing.T) {
	h := start(t, true, "demo")
	muted := cure.Observable{Kind: cure.KindIP, Value: "203.0.113.31"}
	if _, err := h.admin.SetOverride(t.Context(), cure.Override{Kind: cure.OverrideSuppress, Target: cure.Target{Observable: muted}, Reason: "our own scan"}); err != nil {
		t.Fatal(err)
	}
	b := openTab(t, h, h.key)
	b.open("/shift?lang=en")
	for _, c := range []struct{ value, what string }{
		{"203[.]0[.]113[.]31", "muted"}, {"192.0.2.99", "expired"}, {"198.51.100.23", "known"},
	} {
		b.do(chromedp.SetValue(chromedp.CSS("#why input[name=value]"), c.value))
		eval[bool](b, `document.querySelector('#why form').requestSubmit(), true`)
		b.until(`document.querySelector('#why .reasons li.` + c.what + `')`)
	}
	b.do(chromedp.SetValue(chromedp.CSS("#why input[name=value]"), "192.0.2.99"))
	eval[bool](b, `document.querySelector('#why form').requestSubmit(), true`)
	b.until(`document.querySelector('#why .reasons li.expired')`)
	eval[bool](b, `document.querySelector('#why').scrollIntoView(), true`)
	b.shot("why-not-here")
	b.open("/e/ip/192.0.2.99")
	b.until(`document.querySelector('.reasons li.expired')`)
}

// TestShiftPrints puts all rows of the shift onto paper, where nothing scrolls.
func TestShiftPrints(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.open("/shift?lang=en")
	b.until(`document.querySelector('.grid [data-row]')`)
	missing := `[...document.querySelectorAll('.grid')].filter((g) => g.querySelectorAll('[data-row]').length < Math.min(g.getAttribute('aria-rowcount') - 1, 500)).length`
	if eval[int](b, missing) == 0 {
		t.Error("all rows are drawn before anything is printed")
	}
	eval[bool](b, `dispatchEvent(new Event('beforeprint'))`)
	b.until(missing + ` === 0`)
	b.media("print")
	if cut := eval[int](b, `[...document.querySelectorAll('.grid-body')].filter((e) => e.scrollHeight > e.clientHeight + 2).length`); cut > 0 {
		t.Errorf("%d tables are cut on paper", cut)
	}
	b.whole("shift-paper")
	b.media("")
	eval[bool](b, `dispatchEvent(new Event('afterprint'))`)
	b.until(missing + ` > 0`)
}

// media shows the page as another medium does; "": a screen.
func (b *tab) media(name string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name}); err != nil {
		b.t.Fatal(err)
	}
}
