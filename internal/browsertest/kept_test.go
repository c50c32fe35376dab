//go:build browser

package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// TestKeptSearch keeps a search, shares it with a colleague, and asks it again;
// a partner learns nothing of it.
func TestKeptSearch(t *testing.T) {
	h := start(t, true, "demo")
	b := openTab(t, h, h.key)
	b.open("/q?lang=en&q=source:cowrie+role:loader")
	b.do(chromedp.Click(chromedp.CSS("button.keep")))
	b.until(`document.querySelector('dialog[open] input[name=name]')`)
	b.do(chromedp.SetValue(chromedp.CSS("dialog[open] input[name=name]"), "loaders"), chromedp.Click(chromedp.CSS("dialog[open] input[name=shared]")))
	b.shot("kept-new")
	b.do(chromedp.SendKeys(chromedp.CSS("dialog[open] input[name=name]"), kb.Enter))
	b.until(`document.querySelector('button.keep')?.innerText === 'Forget this search'`)

	for name, spec := range map[string]client.KeySpec{
		"a colleague": {Name: "bob", Role: client.RoleReader, MaxTLP: cure.TLPRed},
		"a partner":   {Name: "eve", Role: client.RoleReader, Org: "aoba"},
	} {
		key, _, err := h.admin.CreateKey(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		other := openTab(t, h, key)
		other.open("/searches?lang=en")
		if sees := strings.Contains(other.text(), "loaders"); sees != (name == "a colleague") {
			t.Errorf("%s sees it: %v", name, sees)
		}
		if name != "a colleague" {
			continue
		}
		other.shot("kept-shared")
		other.open("/?freeze")
		other.until(`document.querySelector('.kept-line a.chip')`)
		eval[bool](other, `document.querySelector('.kept-line a.chip').click(), true`)
		other.until(`location.pathname === '/q' && document.querySelector('.grid [data-row]')`)
	}

	b.do(chromedp.Click(chromedp.CSS("button.keep")))
	b.until(`document.querySelector('button.keep')?.innerText === 'Keep this search'`)
	if all, err := h.admin.KeptSearches(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("kept %+v, %v", all, err)
	}
}
