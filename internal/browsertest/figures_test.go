//go:build browser

package browsertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// much answers with as much as the pages promise to bear: a value of thirty
// has 48 neighbours each, and a search finds a hundred thousand.
const much = `(() => {
	const real = window.fetch, kinds = ['domain', 'hash', 'url', 'email', 'port', 'fp'];
	const json = (v) => Promise.resolve(new Response(JSON.stringify(v), {headers: {'Content-Type': 'application/json'}}));
	window.fetch = (url, init) => {
		const u = new URL(url, location.href), of = /observables\/ip\/198\.18\.0\.(\d+)\/neighbours/.exec(u.pathname);
		if (of) {
			const values = [];
			for (const kind of kinds) for (let i = 0; i < 8; i++) values.push({observable: {kind, value: kind + (Number(of[1]) * 7 + i * 11) % 80}, weight: 0.5});
			return json({observable: {kind: 'ip', value: '198.18.0.' + of[1]}, values});
		}
		if (u.pathname === '/api/v1/search' && u.searchParams.get('q') === 'much') {
			return json({values: Array.from({length: 100000}, (_, i) => ({observable: {kind: 'ip', value: [198, 18 + (i >> 16), i >> 8 & 255, i & 255].join('.')}, sources: ['cowrie/tokyo1', 'feeds/demo'], first: '2026-11-20T00:00:00Z', last: '2026-11-20T01:00:00Z', count: i, roles: ['scanner'], tags: ['malware:mirai']}))});
		}
		return real(url, init);
	};
})()`

// TestFigures measures what the pages promise and says it: times depend on the
// machine and fail nothing.
func TestFigures(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.beforeEach(much)
	b.open(`/q?q=much`)
	b.until(`document.querySelector('.grid [data-row]')`)
	for _, pace := range []struct {
		name  string
		steps int // pixels a frame
	}{{"as a wheel turns", 120}, {"as a scroll bar is dragged", 9000}} {
		before := b.spent()
		f := eval[frames](b, fmt.Sprintf(scroll, pace.steps))
		after := b.spent()
		t.Logf("100,000 rows, scrolled %s: from frame to frame p50 %.1f ms, p95 %.1f ms; the work of one p50 %.1f ms, p95 %.1f ms, of it %s",
			pace.name, f.Every[0], f.Every[1], f.Work[0], f.Work[1], after.since(before, f.N))
	}
	if drawn := eval[int](b, `document.querySelectorAll('.grid [data-row]').length`); drawn > 120 {
		t.Errorf("%d rows are drawn", drawn)
	}

	path := "/g?"
	for i := range 30 {
		path += "n=ip:198.18.0." + string(rune('0'+i/10)) + string(rune('0'+i%10)) + "&"
	}
	b.open(path + "lang=en")
	paint := eval[[]float64](b, `(async () => {
		const canvas = document.querySelector('.board canvas'), took = [];
		for (let i = 0; i < 30; i++) {
			const begun = performance.now();
			canvas.paint();
			canvas.getContext('2d').getImageData(0, 0, 1, 1);
			took.push(performance.now() - begun);
			await new Promise(requestAnimationFrame);
		}
		took.sort((a, b) => a - b);
		return [took[15], took[28]];
	})()`)
	t.Logf("pivot of %s: a frame p50 %.1f ms, p95 %.1f ms", eval[string](b, `document.querySelector('.pivot-head .quiet').innerText`), paint[0], paint[1])
	b.shot("pivot-much")
}

// frames are times in ms, the median and the 95th of a hundred each.
type frames struct {
	N     int       `json:"n"`
	Every []float64 `json:"every"` // from one frame to the next: 16.7 is each of a screen's
	Work  []float64 `json:"work"`  // from where the scripts of a frame begin to behind its paint
}

// scroll moves the table a number of pixels each frame.
const scroll = `(async () => {
	const body = document.querySelector('.grid-body'), every = [], work = [];
	body.scrollTop = 0;
	let last = await new Promise(requestAnimationFrame);
	for (let i = 0; i < 120; i++) {
		body.scrollTop += %d;
		await new Promise((done) => requestAnimationFrame((now) => {
			every.push(now - last);
			last = now;
			const begun = performance.now(), behind = new MessageChannel();
			behind.port1.onmessage = () => (work.push(performance.now() - begun), done());
			requestAnimationFrame(() => {});
			behind.port2.postMessage(0);
		}));
	}
	const of = (all) => (all.sort((a, b) => a - b), [all[60], all[114]]);
	return {n: 120, every: of(every), work: of(work)};
})()`

// phases are seconds that the page's thread has spent, by what for.
type phases map[string]float64

// spent asks the browser for them.
func (b *tab) spent() phases {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, performance.Enable, performance.EnableParams{}); err != nil {
		b.t.Fatal(err)
	}
	got, err := chromedp.Call(b.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	p := phases{}
	for _, m := range got.Metrics {
		p[m.Name] = m.Value
	}
	return p
}

// since says where the time of n frames went, in ms each.
func (p phases) since(before phases, n int) string {
	var parts []string
	for _, name := range []string{"ScriptDuration", "RecalcStyleDuration", "LayoutDuration", "TaskDuration"} {
		parts = append(parts, fmt.Sprintf("%s %.1f ms", strings.ToLower(strings.TrimSuffix(name, "Duration")), 1000*(p[name]-before[name])/float64(n)))
	}
	return strings.Join(parts, ", ")
}

// TestFirstPaint opens the first page on a processor four times as slow, with
// nothing of it in the cache.
func TestFirstPaint(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	slow := func(rate float64) {
		if _, err := chromedp.Call(b.ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: rate}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := chromedp.Call(b.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	slow(4)
	for _, path := range []string{"/?freeze", "/alerts", "/e/ip/198.51.100.23"} {
		b.open(path)
		b.until(`performance.getEntriesByName('first-contentful-paint').length`)
		t.Logf("%s at a quarter of the speed: first paint after %.0f ms", path, eval[float64](b, `performance.getEntriesByName('first-contentful-paint')[0].startTime`))
	}
	slow(1)
}
