//go:build browser

package browsertest

import (
	"strconv"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// beforeEach runs a script in each document before those of the page.
func (b *tab) beforeEach(script string) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		b.t.Fatal(err)
	}
}

// answering lets every question but who we are come back as it is told: a
// status, nothing at all, or half an answer.
func answering(how string) string {
	return `(() => {
	const real = window.fetch;
	window.fetch = (url, init) => {
		const path = new URL(url, location.href).pathname;
		const how = sessionStorage.getItem('how') ?? ` + strconv.Quote(how) + `;
		if (!path.startsWith('/api/v1/') || path === '/api/v1/me' || how === 'well') return real(url, init);
		if (how === 'nothing') return Promise.reject(new TypeError('Failed to fetch'));
		if (how === 'half') return Promise.resolve(new Response('{"values":[{"observ', {headers: {'Content-Type': 'application/json'}}));
		if (how === 'proxy') return Promise.resolve(new Response('<html>Bad gateway</html>', {status: 502, headers: {'Content-Type': 'text/html'}}));
		const headers = {'Content-Type': 'application/problem+json', 'Retry-After': '30'};
		return Promise.resolve(new Response(JSON.stringify({detail: 'told to', request: 'r-1', code: 'x'}), {status: Number(how), headers}));
	};
})()`
}

// poisoned puts s into every text of every answer; what is not text, and the
// kinds of values, stay, so that all parts of all pages show.
func poisoned(s string) string {
	return `(() => {
	const poison = ` + strconv.Quote(s) + `, real = window.fetch;
	window.alerted = false;
	window.alert = () => { window.alerted = true; };
	const keep = new Set(['kind', 'tlp', 'layer', 'role', 'time', 'first', 'last', 'since', 'arrived', 'created', 'from', 'to', 'state', 'opened', 'start']);
	let n = 0;
	const walk = (v, key) => {
		if (typeof v === 'string') return keep.has(key) ? v : poison + n++;
		if (Array.isArray(v)) return v.map((x) => walk(x, key));
		if (v && typeof v === 'object') return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, walk(x, k)]));
		return v;
	};
	window.fetch = async (url, init) => {
		const response = await real(url, init);
		const path = new URL(url, location.href).pathname;
		if (!path.startsWith('/api/v1/') || path.endsWith('/stream') || path === '/api/v1/me' || !response.ok) return response;
		return new Response(JSON.stringify(walk(await response.json(), '')), {headers: {'Content-Type': 'application/json'}});
	};
})()`
}
