//go:build browser

package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestKeyboard goes from the first page to a value and back without a mouse.
func TestKeyboard(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 404"}
	b.open("/sources?lang=en")
	b.keys("/")
	b.until(`document.activeElement?.matches('input[data-search]')`)
	eval[bool](b, `document.activeElement.select(), true`) // the driver types the slash though the page takes it
	b.keys("source:cowrie kind:ip since:7d")
	b.keys(kb.Enter)
	b.until(`location.pathname === '/q' && document.querySelector('.grid [data-row]')`)
	b.keys("j")
	b.keys("j")
	b.until(`document.activeElement?.closest('[data-row]')?.getAttribute('aria-rowindex') === '3'`)
	b.keys(kb.Enter)
	b.until(`location.pathname.startsWith('/e/ip/')`)
	b.until(settled)
	b.keys("p")
	b.until(`location.pathname === '/g' && document.querySelector('.board[data-settled]')`)
	b.keys("g")
	b.keys("n")
	b.until(`location.pathname === '/' && document.querySelector('.stage .label')`)
	b.keys("t")
	b.until(`document.querySelector('.picture-table')`)
	b.keys("?")
	b.until(`document.querySelector('dialog[open]')`)
	b.shot("help")
	b.keys(kb.Escape)
	b.until(`!document.querySelector('dialog[open]')`)
}

// TestPaste reads a defanged report, in Japanese, without keeping it.
func TestPaste(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.open("/q?lang=en#text")
	report := "感染元は198.51.100［.］23です。\nhxxp://198[.]51[.]100[.]23/bins/kage[.]arm から取得し、192.0.2[.]99 と通信。"
	b.do(chromedp.SetValue(chromedp.CSS("#text"), report), chromedp.Click(chromedp.CSS(".paste button")))
	b.until(`document.body.innerText.includes('Found 3 values')`)
	text := b.text()
	for _, want := range []string{"198.51.100.23", "hxxp://198[.]51[.]100[.]23/bins/kage.arm", "192.0.2.99", "are known here"} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer lacks %q", want)
		}
	}
	if at := b.where(); strings.Contains(at, "198") || strings.Contains(at, "kage") {
		t.Errorf("the address %s holds the text", at)
	}
	b.shot("text-en-light")
}

// TestLargePaste answers a megabyte.
func TestLargePaste(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.open("/q?lang=en#text")
	eval[bool](b, `(() => {
		let s = '';
		for (let i = 0; s.length < 1000000; i++) s += '198.18.' + (i >> 8 & 255) + '.' + (i & 255) + ' was seen in line ' + i + ' of a long report about nothing\n';
		document.querySelector('#text').value = s;
		return true;
	})()`)
	took := eval[float64](b, `new Promise((done) => {
		const begun = performance.now();
		document.querySelector('.paste button').click();
		const look = () => document.querySelector('.grid [data-row]') ? done(performance.now() - begun) : setTimeout(look, 10);
		look();
	})`)
	t.Logf("a megabyte was answered in %.0f ms", took)
}

// TestPreview looks through a partner's eyes: what it may not see goes, and
// nothing hints at it.
func TestPreview(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 404"}
	b.open("/admin?lang=en")
	b.shot("admin-partners")
	own := h.numbers(t, b)
	eval[bool](b, `[...document.querySelectorAll('.rights th')].find((e) => e.innerText.includes('Aoba City')).querySelector('button').click(), true`)
	b.until(`document.querySelector('.viewing')`)
	b.until(settled)
	b.shot("preview-aoba")
	if text := b.text(); !strings.Contains(text, "You look as Aoba City does") || strings.Contains(text, "TLP:AMBER") || strings.Contains(text, "Findings\n48123") {
		t.Errorf("the page as Aoba City:\n%s", text)
	}
	b.do(chromedp.Click(chromedp.CSS(`nav.pages a[href="/sources"]`)))
	b.until(`document.querySelector('main table')`)
	if text := b.text(); strings.Contains(text, "cowrie/tokyo1") || !strings.Contains(text, "feeds/") {
		t.Errorf("the sources of Aoba City:\n%s", text)
	}
	b.do(chromedp.Click(chromedp.CSS(".viewing button")))
	b.until(`document.body.innerText.includes('cowrie/tokyo1')`)
	b.open("/admin")
	if again := h.numbers(t, b); again != own {
		t.Errorf("figures changed from %s to %s", own, again)
	}
}

// numbers are figures that must not change by looking.
func (h *house) numbers(t *testing.T, b *tab) string {
	t.Helper()
	return eval[string](b, `fetch('/api/v1/stats').then((r) => r.json()).then((s) => s.observations + ' ' + s.pairs + ' ' + s.sources)`)
}

// TestPicture draws with software as fast as promised, and not nothing.
func TestPicture(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 404"}
	b.beforeEach(crowded)
	b.open("/picture?lang=en&theme=dark")
	b.until(`document.querySelector('.stage canvas')?.picture?.measured().frames >= 30`)
	colours := eval[int](b, `(() => {
		const from = document.querySelector('.stage canvas'), to = document.createElement('canvas');
		from.picture.wake();
		return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
			to.width = to.height = 64;
			to.getContext('2d').drawImage(from, 0, 0, 64, 64);
			const d = to.getContext('2d').getImageData(0, 0, 64, 64).data, seen = new Set();
			for (let i = 0; i < d.length; i += 4) seen.add(d[i] >> 4 << 8 | d[i + 1] >> 4 << 4 | d[i + 2] >> 4);
			done(seen.size);
		})));
	})()`)
	t.Log(eval[string](b, `(() => { const m = document.querySelector('.stage canvas').picture.measured(); return 'frames: p50 ' + m.p50.toFixed(1) + ' ms, p95 ' + m.p95.toFixed(1) + ' ms, software ' + document.querySelector('.stage canvas').picture.software; })()`))
	t.Logf("%d colours", colours)
	b.shot("picture-crowded")
	b.do(chromedp.Click(chromedp.CSS(`.label[data-id="cowrie"]`)))
	b.until(`document.querySelector('.panel')`)
	b.until(`!document.querySelector('.panel .skeleton')`)
	b.shot("picture-body")
	b.keys(kb.Escape)
	b.until(`!document.querySelector('.panel')`)
}

// crowded is a picture of eighteen databases, as a script.
var crowded = fmt.Sprintf(`(() => {
	const real = window.fetch, now = new Date().toISOString();
	const observing = %s, meaning = ['attack', 'reports', 'social', 'tickets'];
	const databases = [...observing, ...meaning].map((name, i) => ({name, layer: meaning.includes(name) ? 'meaning' : 'observation', topics: ['ip'], sources: 1 + i %% 3, observables: 10 ** (1 + i %% 5), state: 'ok', last: now}));
	const ribbons = [];
	databases.forEach((a, i) => databases.slice(0, i).forEach((b, j) => (i * 31 + j * 17) %% 2 && ribbons.push({a: a.name, b: b.name, shared: 10 ** ((i * 13 + j * 7) %% 40 / 10)})));
	const picture = {time: now, databases, ribbons, enrichers: ['warninglist', 'score', 'similar'].map((name) => ({name, state: 'running', results: 9})), watch: [{name: 'own range', targets: 2}], detections: []};
	window.fetch = (url, init) => new URL(url, location.href).pathname === '/api/v1/picture' ? Promise.resolve(new Response(JSON.stringify(picture), {headers: {'Content-Type': 'application/json'}})) : real(url, init);
})()`, `['alerts', 'allport', 'amppot', 'cowrie', 'darknet', 'decoynet', 'dionaea', 'endpoint', 'feeds', 'glastopf', 'livenet', 'malmail', 'malsites', 'spamdb', 'webaccess']`)
