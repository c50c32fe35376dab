//go:build browser

package browsertest

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/opencure/cure"
)

// TestIncidentTicket makes a ticket of an own alert, and a tag, with a key each:
// the ticket holds what the alert names and says where it came from.
func TestIncidentTicket(t *testing.T) {
	h := start(t, true, "demo")
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 404"}
	b.open("/alerts?lang=en")
	b.keys("j")
	b.keys("j")
	b.keys("j")
	b.until(`document.activeElement?.closest('[aria-rowindex="4"]')`)
	value := eval[string](b, `document.activeElement.querySelector('bdi').innerText`)
	b.keys("n")
	b.until(`document.activeElement?.matches('dialog[open] input[name=title]')`)
	b.shot("ticket-new")
	b.keys(kb.Enter)
	b.until(`document.querySelector('.hint a[href^="/t/"]')`)
	made, err := h.admin.Ticket(t.Context(), eval[string](b, `document.querySelector('.hint a').getAttribute('href').slice(3)`))
	if err != nil {
		t.Fatal(err)
	}
	if made.From.About.Value != value || len(made.From.Records) == 0 || len(made.Holds) < 2 || made.Holds[0] != made.From.About || !slices.ContainsFunc(made.From.Sources, func(s cure.Source) bool { return s.Publisher() == "alerts" }) {
		t.Errorf("the ticket about %s is %+v", value, made)
	}

	b.until(`document.querySelector('.grid-body .chip[href="/t/` + made.ID + `"]')`)
	b.open("/e/" + made.From.About.Kind.String() + "/" + value)
	b.until(`document.querySelector('.tickets a[href="/t/` + made.ID + `"]')`)
	b.keys("#")
	b.until(`document.activeElement?.matches('dialog[open] input[name=tag]')`)
	b.do(chromedp.SendKeys(chromedp.CSS("dialog[open] textarea"), "answers on 48123"), chromedp.SendKeys(chromedp.CSS("dialog[open] input[name=tag]"), "attacker"))
	b.shot("ticket-tag")
	b.do(chromedp.SendKeys(chromedp.CSS("dialog[open] input[name=tag]"), kb.Enter))
	b.until(`!document.querySelector('dialog[open]') && [...document.querySelectorAll('.quote')].some((e) => e.innerText.includes('answers on 48123'))`)
	if all, err := h.admin.Tickets(t.Context(), made.From.About, true); err != nil || len(all) != 1 || len(all[0].Tags) != 1 {
		t.Errorf("tickets %+v, %v", all, err)
	}

	for _, look := range looks {
		b.size(look.width, look.height, look.phone)
		b.open("/t/" + made.ID + "?lang=" + look.lang + "&theme=" + look.theme)
		b.until(`document.querySelector('.values [data-row]') && document.querySelector('.origin a[href^="/r/"]')`)
		if wide := eval[int](b, beyond); wide > 1 {
			t.Errorf("%s is %d pixels wider than the window: %s", look.name, wide, eval[string](b, widest))
		}
		b.shot("ticket-" + look.name)
	}
	b.do(chromedp.SendKeys(chromedp.CSS("textarea[name=comment]"), "asked the operator"))
	eval[bool](b, `document.querySelector('textarea[name=comment]').form.requestSubmit(), true`)
	b.until(`document.body.innerText.includes('asked the operator') && !document.querySelector('textarea[name=comment]').value`)
}
