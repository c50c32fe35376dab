//go:build browser

package browsertest

import "testing"

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

// TestFigures measures what the pages promise. The figures of a busy machine
// are noise: they are said, and only what is far off fails.
func TestFigures(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.beforeEach(much)
	b.open(`/q?q=much`)
	b.until(`document.querySelector('.grid [data-row]')`)
	scroll := eval[[]float64](b, `(async () => {
		const body = document.querySelector('.grid-body'), took = [];
		for (let i = 0; i < 60; i++) {
			body.scrollTop += 9000;
			// The work of a frame: from where its scripts begin to behind its paint.
			await new Promise((done) => requestAnimationFrame(() => {
				const begun = performance.now(), behind = new MessageChannel();
				behind.port1.onmessage = () => (took.push(performance.now() - begun), done());
				requestAnimationFrame(() => {});
				behind.port2.postMessage(0);
			}));
		}
		took.sort((a, b) => a - b);
		return [took[30], took[57]];
	})()`)
	t.Logf("100,000 rows: the work of a frame of scrolling p50 %.1f ms, p95 %.1f ms", scroll[0], scroll[1])
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
