//go:build browser

package browsertest

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/memory"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// shift is eight hours of a stream of four messages a second on a clock that
// goes as fast as the page takes it: window.live(n) lets n messages come and
// resolves when they are through. What the page asks again by the clock it asks
// a tenth as often; the answers are the hub's own, with counts that grow.
const shift = `(() => {
	const real = window.fetch, asked = new Map(), due = [], tick = 250;
	let clock = 0, sink, seed = 7, waiting = '';
	const random = (n) => (seed = seed * 16807 % 2147483647) % n;
	const breathe = () => new Promise((done) => {
		const c = new MessageChannel();
		c.port1.onmessage = () => (c.port1.close(), done());
		c.port2.postMessage(0);
	});
	const every = window.setInterval;
	window.setInterval = (f, ms, ...more) => ms < 1000 ? every(f, ms, ...more) : -due.push({f, ms, next: clock + ms});
	const end = window.clearInterval;
	window.clearInterval = (id) => id < 0 ? void delete due[-id - 1] : end(id);
	const grown = (v) => JSON.parse(JSON.stringify(v), (k, x) => typeof x === 'number' && ['observables', 'observations', 'shared', 'total'].includes(k) ? x + Math.floor(x * clock / 28800e3) : x);
	window.fetch = async (url, init) => {
		const u = new URL(url, location.href), path = u.pathname;
		if (path.endsWith('/picture/stream')) {
			return new Response(new ReadableStream({start(c) {
				sink = c;
				init?.signal?.addEventListener('abort', () => (sink = undefined));
			}}), {headers: {'Content-Type': 'text/event-stream'}});
		}
		if (!/^\/api\/v1\/(picture|now|stats)$/.test(path)) return real(url, init);
		if (!asked.has(u.href)) {
			const first = await real(url, init);
			if (!first.ok) return first;
			asked.set(u.href, await first.json());
		}
		window.answered = (window.answered ?? 0) + 1;
		return new Response(JSON.stringify(grown(asked.get(u.href))), {headers: {'Content-Type': 'application/json'}});
	};
	const encoder = new TextEncoder(), names = ['cowrie', 'feeds', 'darknet', 'alerts', 'malsites', 'reports', 'amppot'];
	const pulse = () => {
		const a = random(7), b = (a + 1 + random(6)) % 7;
		const p = {records: {[names[a]]: 1 + random(50), [names[b]]: random(9)}, links: [{a: names[a], b: names[b], count: 1 + random(30)}], alerts: random(20) ? 0 : 1};
		return 'event: pulse\ndata: ' + JSON.stringify(p) + '\n\n';
	};
	window.live = async (n) => {
		while (!sink) await new Promise((done) => setTimeout(done, 20));
		for (let i = 0; i < n; i++) {
			waiting += pulse();
			clock += tick;
			if (i % 20 === 19) {
				sink.enqueue(encoder.encode(waiting));
				waiting = '';
			}
			for (const d of due) {
				if (d && clock >= d.next) {
					d.next += 10 * d.ms;
					d.f();
					for (let j = 0; j < 4; j++) await breathe();
				}
			}
			if (i % 200 === 0) await breathe();
		}
		await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
		return clock / 1000;
	};
})()`

// TestHeapStaysSteady leaves the first page open for a shift: what it holds at
// the end is what it held after a quarter.
func TestHeapStaysSteady(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.beforeEach(shift)
	b.open("/?lang=en")
	b.until(`document.querySelector('.stage canvas')?.picture`)
	const whole, step = 8 * 3600 * 4, 1800
	var quarter held
	for n := step; n <= whole; n += step {
		eval[float64](b, "window.live(1800)")
		if n == whole/4 {
			quarter = b.held()
		}
	}
	end := b.held()
	t.Logf("eight hours, %d messages and %d answers: %.1f MB and %d elements after two, %.1f MB and %d at the end",
		whole, eval[int](b, "window.answered"), quarter.bytes/1e6, quarter.nodes, end.bytes/1e6, end.nodes)
	if end.bytes > 1.2*quarter.bytes+4e6 || float64(end.nodes) > 1.2*float64(quarter.nodes)+500 {
		t.Errorf("the page grows from %.1f MB and %d elements to %.1f MB and %d", quarter.bytes/1e6, quarter.nodes, end.bytes/1e6, end.nodes)
	}
}

// held is what a page keeps in memory.
type held struct {
	bytes float64
	nodes int64
}

// held asks the browser when it has collected what nothing needs.
func (b *tab) held() held {
	b.t.Helper()
	for range 2 {
		if _, err := chromedp.Call(b.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			b.t.Fatal(err)
		}
	}
	heap, err := chromedp.Call(b.ctx, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	dom, err := chromedp.Call(b.ctx, memory.GetDOMCounters, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	return held{bytes: heap.UsedSize, nodes: dom.Nodes}
}
