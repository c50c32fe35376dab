//go:build browser

package browsertest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/opencure/cure"
	"github.com/opencure/cure/client"
)

// TestDesk decides: an analyst says what a value is, takes an own alert, mutes
// it, and leaves a note. All of it is there for whoever comes next.
func TestDesk(t *testing.T) {
	h := start(t, true, "demo")
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 404"}

	b.open("/e/ip/198.51.100.23?lang=en")
	b.do(chromedp.Click(chromedp.CSS(".decide summary")),
		chromedp.SetValue(chromedp.CSS(".decide select[name=says]"), "malicious"), chromedp.SetValue(chromedp.CSS(".decide select[name=days]"), "7"),
		chromedp.SendKeys(chromedp.CSS(".decide input[name=reason]"), "hands out kage.arm"), chromedp.Click(chromedp.CSS(".decide button")))
	b.until(`[...document.querySelectorAll('h2')].some((e) => e.innerText === 'What people decided') || document.body.innerText.includes('hands out kage.arm')`)
	b.shot("decided")
	if made, err := h.admin.Overrides(t.Context(), cure.Observable{Kind: cure.KindIP, Value: "198.51.100.23"}, false); err != nil || len(made) != 1 || made[0].Value != "malicious" || made[0].Expires.IsZero() {
		t.Errorf("decisions %+v, %v", made, err)
	}

	b.open("/alerts")
	first := `document.querySelector('.grid-body [data-row]')`
	value := eval[string](b, first+`.querySelector('.value bdi').innerText`)
	here := `[...document.querySelectorAll('.grid-body [data-row]')].find((e) => e.querySelector('.value bdi').innerText === ` + quote(value) + `)`
	eval[bool](b, first+`.querySelector('.handle button').click(), true`)
	b.until(here + `?.querySelector('.handle .chip.good')`)
	eval[bool](b, here+`.querySelector('.handle button[aria-haspopup]').click(), true`)
	b.do(chromedp.WaitVisible(chromedp.CSS("dialog[open] input[name=reason]")), chromedp.SendKeys(chromedp.CSS("dialog[open] input[name=reason]"), "our own scan"))
	b.shot("mute")
	b.do(chromedp.Click(chromedp.CSS("dialog[open] button")))
	b.until(`!(` + here + `) && [...document.querySelectorAll('.pill')].some((e) => e.innerText === 'Muted 1')`)
	eval[bool](b, `[...document.querySelectorAll('.pill')].find((e) => e.innerText.startsWith('Muted')).click(), true`)
	b.until(here)
	b.shot("muted")

	b.open("/shift")
	b.do(chromedp.SendKeys(chromedp.CSS("textarea.notes"), "tokyo1 rests until 18:00"))
	eval[bool](b, `document.querySelector('textarea.notes').form.requestSubmit(), true`)
	b.until(`document.querySelector('.notes-list li')?.innerText.includes('tokyo1 rests')`)
	next := openTab(t, h, h.key)
	next.allowed = b.allowed
	next.open("/shift?lang=ja")
	if text := next.text(); !strings.Contains(text, "tokyo1 rests until 18:00") || !strings.Contains(text, "our own scan") && strings.Contains(text, "ミュートはありません") {
		t.Errorf("the next shift reads\n%s", text)
	}
	next.shot("shift-notes")
}

// TestBundle saves what a page shows as STIX, from the page.
func TestBundle(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.beforeEach(`window.saved = []; URL.createObjectURL = (blob) => { blob.text().then((t) => window.saved.push(t)); return 'blob:none'; }; HTMLAnchorElement.prototype.click = function () { if (!this.download) this.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})); };`)
	cases, err := h.admin.Cases(t.Context(), client.Page{})
	if err != nil || len(cases) == 0 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for name, path := range map[string]string{
		"answer": "/q?q=198.51.100.0/24", "value": "/e/ip/198.51.100.23", "case": "/case/" + cases[0].ID.String(),
	} {
		b.open(path)
		b.do(chromedp.Click(chromedp.CSS("button.stix")))
		b.until(`window.saved.length > 0`)
		var bundle struct {
			Type    string
			Objects []struct{ Type string }
		}
		if err := json.Unmarshal([]byte(eval[string](b, `window.saved[0]`)), &bundle); err != nil || bundle.Type != "bundle" {
			t.Fatalf("%s: %v", name, err)
		}
		count := map[string]int{}
		for _, o := range bundle.Objects {
			count[o.Type]++
		}
		if count["ipv4-addr"] == 0 || count["marking-definition"] == 0 || (name == "case") != (count["grouping"] == 1) {
			t.Errorf("%s: %v", name, count)
		}
	}
}

// TestStreamGap breaks the picture's stream: the page says so, goes on with
// what it has, and is live again by itself.
func TestStreamGap(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 404"}
	b.beforeEach(`(() => {
		const real = window.fetch;
		window.streams = 0;
		window.fetch = (url, init) => {
			if (!new URL(url, location.href).pathname.endsWith('/picture/stream')) return real(url, init);
			window.streams++;
			if (window.broken) return Promise.reject(new TypeError('Failed to fetch'));
			const gap = 'event: gap\ndata: {"from":1,"to":9,"why":"too slow"}\n\nevent: pul';
			return Promise.resolve(new Response(new ReadableStream({start(c) {
				c.enqueue(new TextEncoder().encode(gap));
				window.cut = () => c.error(new TypeError('network error'));
			}}), {headers: {'Content-Type': 'text/event-stream'}}));
		};
	})()`)
	b.open("/picture?lang=en&freeze")
	b.until(`document.querySelector('.livesign.live')`)
	eval[bool](b, `window.broken = true, window.cut(), true`)
	b.until(`document.querySelector('.livesign.waiting, .livesign.connecting') && window.streams > 1`)
	if bodies := eval[int](b, `document.querySelectorAll('.stage .label').length`); bodies < 10 {
		t.Errorf("%d bodies while the stream is away", bodies)
	}
	b.shot("stream-gap")
	eval[bool](b, `window.broken = false, true`)
	b.until(`document.querySelector('.livesign.live')`)
}

// TestFlaws shows what is published of a flaw and what is estimated, apart, and
// tries a typed description.
func TestFlaws(t *testing.T) {
	h := start(t, true, "demo")
	flaw := cure.Observable{Kind: cure.KindCVE, Value: "CVE-2026-90001"}
	at := time.Now().UTC().Add(-48 * time.Hour)
	tag := func(s string) cure.Annotation {
		return cure.Annotation{Subject: flaw, Tag: cure.Observable{Kind: cure.KindTag, Value: s}, Time: at, Confidence: 90}
	}
	pushed, err := h.admin.Push(t.Context(), "flaws", []client.RecordLine{{Source: "vuln/demo", Record: cure.Record{
		Observations: []cure.Observation{{Observable: flaw, First: at}},
		Annotations:  []cure.Annotation{tag("cwe:89"), tag("severity:high"), tag("product:sample/shop")},
		Attrs: []cure.Attr{{Name: "title", Value: "SQL injection in Sample Shop"}, {
			Name: "description", Value: "SQL injection in the “search” form of Sample Shop before 1.4 allows remote attackers to read the database via the q parameter.",
		}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.admin.Applied(t.Context(), pushed.Sequence); err != nil {
		t.Fatal(err)
	}
	for _, look := range looks {
		b := openTab(t, h, h.key)
		b.size(look.width, look.height, look.phone)
		with := "?lang=" + look.lang + "&theme=" + look.theme
		b.open("/e/cve/CVE-2026-90001" + with)
		b.until(`document.querySelector('.scale') && document.querySelector('mark')`)
		text := eval[string](b, `document.querySelector('.marked').innerText`)
		if !strings.Contains(text, "“search” form of Sample Shop") {
			t.Errorf("the text is %q", text)
		}
		if !strings.Contains(b.text(), "CWE-89") {
			t.Error("the published type is not shown")
		}
		if wide := eval[int](b, beyond); wide > 1 {
			t.Errorf("%s is %d pixels wider than the window: %s", look.name, wide, eval[string](b, widest))
		}
		eval[bool](b, `document.querySelector('.estimate').scrollIntoView({block: 'center'}), true`)
		b.shot("flaw-" + look.name)
		b.open("/vulnerabilities" + with)
		b.until(`document.querySelector('.curve polyline')`)
		b.shot("vulnerabilities-" + look.name)
		if look.phone {
			continue
		}
		b.do(chromedp.SendKeys(chromedp.CSS("#try textarea"), "Buffer overflow in the FTP server allows remote attackers to execute arbitrary code."))
		eval[bool](b, `document.querySelector('#try form').requestSubmit(), true`)
		b.until(`document.querySelector('#try .scale')`)
		eval[bool](b, `document.querySelector('#try .estimate').scrollIntoView(), true`)
		b.shot("vulnerabilities-tried-" + look.name)
	}
}
