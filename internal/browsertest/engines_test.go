//go:build browser

package browsertest

import (
	"os"
	"strings"
	"testing"
)

// engines answers as the engines do, with invented data: a synchronised
// activity hidden among scanners, and a family whose newest member has a proxy.
const engines = `(() => {
	const real = window.fetch, hour = 3600e3, now = Date.parse('2026-11-22T09:00:00Z'), iso = (ms) => new Date(ms).toISOString();
	const json = (v) => Promise.resolve(new Response(JSON.stringify(v), {headers: {'Content-Type': 'application/json'}}));
	let seed = 7;
	const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
	const port = (value) => ({kind: 'port', value}), id = 'a802e17fdc433b27811690e0fa1b5358', m = {tlp: 'AMBER', pap: 'AMBER', licence: 'members'};
	const votes = [
		{engine: 'portsync', test: 'synchrony', window: iso(now - hour), windows: 3, value: 412, baseline: 3.2, threshold: 21, p: 1e-38, score: 0.99, why: '412 pairs of hosts in step where chance gives 3', sources: 240},
		{engine: 'portsync', test: 'growth', window: iso(now - hour), windows: 2, value: 240, baseline: 41, threshold: 90, score: 0.9, why: '240 sources where 41 were seen at this hour before'},
		{engine: 'glasso', test: 'density', window: iso(now - hour), windows: 1, value: 0.31, baseline: 0.02, threshold: 0.11, score: 0.7, why: 'partial correlations of the hosts stand together'},
	];
	const activity = {
		id, title: '48123/tcp, 240 sources in step', sensor: 'darknet/hinata', marking: m, severity: 'high', todo: 'Look now: search own flows to 48123/tcp and tell the partners.',
		start: iso(now - hour), last: iso(now), found: iso(now - hour + 600e3), ports: [port('tcp/48123')], fingerprint: 'mirai: TCP sequence number = destination address',
		pattern: '41 to 240 sources in two windows', sources: 240, before: 41, score: 0.97, votes, set_aside: ['Example Research'],
	};
	const quiet = {...activity, id: 'b802e17fdc433b27811690e0fa1b5358', title: '23/tcp grows', severity: 'low', todo: 'Look when there is time.', sources: 61, before: 44, ports: [port('tcp/23'), port('tcp/2323')], fingerprint: '', set_aside: [], votes: [votes[1]], pattern: '44 to 61 sources'};
	const counts = Array.from({length: 150}, (_, i) => Math.round(i < 144 ? 30 + 15 * Math.sin(i / 22) + 8 * random() : [95, 240, 236, 228, 240, 210][i - 144]));
	const baseline = counts.map((_, i) => 32 + 14 * Math.sin(i / 22)), threshold = baseline.map((n) => n * 1.6 + 18);
	const hosts = Array.from({length: 120}, (_, r) => ({
		host: '198.18.' + (r >> 5) + '.' + (r * 7 & 255), scanner: r > 111 ? 'Example Research' : '',
		counts: Array.from({length: 24}, (_, c) => r > 111 ? 3 : r < 80 && (c === 3 || c === 4 || c === 12 || c === 13 || c === 21) ? 6 + Math.floor(4 * random()) : random() < 0.07 ? 1 : 0),
	}));
	const file = {
		...activity, growth: {from: iso(now - 150 * 600e3), step: 600, counts}, baseline, threshold,
		port_set: [{port: port('tcp/48123'), sources: 240, named: true}, {port: port('tcp/23'), sources: 131, named: false}, {port: port('tcp/2323'), sources: 88, named: false}, {port: port('tcp/8080'), sources: 12, named: false}],
		heat: {from: iso(now - hour), bin: 50, bins: 24, hosts, of: 240},
		members: Array.from({length: 300}, (_, i) => ({host: {kind: 'ip', value: '198.18.' + (i >> 6) + '.' + (i * 7 & 255)}, first: iso(now - hour + i * 1000), last: iso(now), packets: 900 - 3 * i, windows: 2, tool: i % 3 ? 'mirai' : '', scanner: i > 290 ? 'Example Research' : ''})),
		judged: [{engine: 'nmf', test: 'growth', window: iso(now - hour), value: 1.1, baseline: 1, threshold: 2.5, alarmed: false, why: 'no part of the factorisation is new'}, ...votes.map((v) => ({...v, alarmed: true}))], evidence: ['r1', 'r2'],
	};
	const ports = {
		from: iso(now - 24 * hour), step: 1800, steps: 48, other: 312, backscatter: Array.from({length: 48}, (_, i) => i > 30 && i < 36 ? 9000 : 20), overflow: [],
		ports: ['23', '48123', '22', '80', '443', '2323', '8080', '5555', '37215', '3389', '445', '1433'].map((p, k) => {
			const sources = Array.from({length: 48}, (_, i) => p === '48123' ? (i > 45 ? 240 : i % 9 === 0 ? 1 : 0) : Math.round((60 / (k + 1)) * (1 + 0.4 * Math.sin(i / 7 + k) + 0.3 * random())));
			return {port: port('tcp/' + p), sources, most: Math.max(...sources), activities: p === '48123' ? [id] : undefined};
		}),
	};
	const sha = (i) => i.toString(16).padStart(2, '0').repeat(32);
	const fn = (label, more) => ({label, address: '0x10' + label.length + '4', instructions: 40 + label.length * 7, syscalls: ['socket', 'connect'], strings: ['/bin/busybox'], consts: ['48123'], ...more});
	const members = Array.from({length: 14}, (_, i) => ({sha256: sha(i + 1), name: 'kage' + (i + 1) + '.arm', size: 60000 + 900 * i, added: iso(now - (20 - i) * 24 * hour), variant: i < 6 ? 1 : i < 10 ? 2 : 3, alike: 1 - i * 0.02, sentence: i === 13 ? 'new: a SOCKS proxy on 48123/tcp and an update of itself' : 'a constant changed', base: sha(Math.max(i, 1))}));
	const cluster = {
		id: 'kagerou-arm', source: 'malware/lab', made: iso(now), name: 'malware:kagerou', platform: 'arm', size: 14, variants: 3, first: members[0].added, last: members[13].added, medoid: sha(4),
		analyse: [sha(4), sha(12), sha(14)], sentence: '14 samples for arm in 3 variants with 61 functions in common: they scan, log in and flood', core: 61, cut: 0.42,
		kin: [{id: 'kagerou-mips', platform: 'mips', size: 9, score: 0.81, reasons: ['the same 31 strings', 'the same table of passwords']}],
	};
	const mips = {...cluster, id: 'kagerou-mips', platform: 'mips', size: 9, kin: [], first: iso(now - 30 * 24 * hour)}, solo = {...cluster, id: 'c3', name: '', platform: 'x86-64', size: 2, variants: 1, kin: [], sentence: '2 samples for x86-64 in 1 variant', first: iso(now - 5 * 24 * hour)};
	const leaf = (i) => "'kage" + (i + 1) + ".arm " + sha(i + 1).slice(0, 8) + "':0.0" + (1 + i % 4);
	const tree = (from, to) => to - from === 1 ? leaf(from) : '(' + tree(from, (from + to) >> 1) + ',' + tree((from + to) >> 1, to) + ')' + (60 + (from * 13 + to) % 40) + ':0.0' + (2 + (to - from) % 7);
	const whole = {
		...cluster, members, newick: tree(0, 14).replace(/:[0-9.]+$/, '') + ';', matrix: members.map((_, r) => btoa(String.fromCharCode(...members.map((_, c) => r === c ? 100 : Math.max(30, 96 - 12 * Math.abs(members[r].variant - members[c].variant) - Math.abs(r - c)))))),
		spread: ['proxy_loop', 'self_update', 'killer', 'attack_http'].map((l, k) => ({function: fn(l), members: members.slice(4 + 3 * k).map((x) => x.sha256), count: 10 - 3 * k, first: members[4 + 2 * k].added})),
		rule: 'rule kagerou {\n  strings:\n    $a = { 01 02 ?? 04 }\n  condition:\n    $a\n}',
	};
	const diff = {
		sample: sha(14), base: sha(13), cluster: cluster.id, alike: 0.87, sentence: 'New in it: a SOCKS proxy on 48123/tcp, an update of itself, and another C2 server', same: 58, library: 143,
		added: [fn('proxy_loop', {from: 'kagerou-mips proxy_loop'}), fn('self_update', {syscalls: ['open', 'rename', 'execve']})], removed: [fn('old_report')],
		changed: [
			{before: fn('main', {instructions: 210}), after: fn('main', {instructions: 236}), alike: 0.91, how: 'the same calls', added: 31, removed: 5, hunks: [{before: 40, after: 40, removed: [3, 3, 9], added: [3, 7, 7, 9, 12, 12, 4]}, {before: 120, after: 128, removed: [2, 2], added: [2, 8, 8, 8, 1]}, {before: 180, after: 196, removed: [], added: [4, 4, 4, 4, 4, 4]}]},
			{before: fn('resolve_c2', {strings: ['c2a.kagerou.example']}), after: fn('resolve_c2', {strings: ['c2b.kagerou.example']}), alike: 0.98, how: 'the same code', added: 1, removed: 1, hunks: [{before: 8, after: 8, removed: [5], added: [6]}]},
		],
		strings: {added: ['SOCKS5', '/proc/self/exe'], removed: ['report %s']}, syscalls: {added: ['rename']}, consts: {added: ['48123'], removed: ['23']}, config: {added: ['c2b.kagerou.example:48101'], removed: ['c2a.kagerou.example:23']},
	};
	const summary = (kind, value, roles, sources) => ({observable: {kind, value}, roles, sources, first: iso(now - 40 * hour), last: iso(now - hour), count: 12});
	const card = {
		of: 'kagerou-arm', cluster: {...cluster, older: {id: 'kagerou-old', platform: 'arm', size: 5, first: iso(now - 400 * 24 * hour), medoid: sha(20), alike: 0.34}}, hashes: 14, first: iso(now - 20 * 24 * hour), last: iso(now - hour),
		sightings: {from: iso(now - 89 * 24 * hour), step: 86400, steps: 90, total: 311, sources: {'cowrie/tokyo1': Array.from({length: 90}, (_, i) => i > 70 ? i % 9 : 0), 'dionaea/osaka': Array.from({length: 90}, (_, i) => i > 80 ? 12 : 0)}},
		servers: [{...summary('ip', '192.0.2.45', ['c2'], ['malsites/chorus', 'alerts/edge']), role: 'c2', live: true, files: [sha(14)]}, {...summary('url', 'http://198.51.100.23/bins/kage.arm', ['loader'], ['cowrie/tokyo1']), role: 'loader', live: false, files: [sha(1), sha(2)], more: 3}],
		runs: [{file: sha(14), source: 'malsites/chorus', marking: m, record: '1a', times: [iso(now - 3 * hour)], type: 'ELF 32-bit', signatures: ['network_cnc_http: talks to a server by HTTP (severity 3)'], techniques: [{kind: 'tag', value: 'attack:t1071.001'}], servers: [{kind: 'ip', value: '192.0.2.45'}], talked: [{kind: 'domain', value: 'c2b.kagerou.example'}], dropped: [sha(30)]}],
		techniques: [{tag: {kind: 'tag', value: 'attack:t1071.001'}, files: 1}],
	};
	window.fetch = (url, init) => {
		const path = new URL(url, location.href).pathname.replace('/api/v1', '');
		switch (path) {
			case '/darknet/activities': return json([activity, quiet]);
			case '/darknet/activities/' + id: return json(file);
			case '/darknet/ports': return json(ports);
			case '/darknet/why': return json({port: port('tcp/23'), at: iso(now), answer: 'No test reached its line: 61 sources where 90 make an alarm.', sensors: [{sensor: 'darknet/hinata', judged: file.judged}]});
			case '/malware/clusters': return json({stores: [{source: 'malware/lab', marking: m, made: iso(now), samples: 25, bytes: 1800000, pairs: 61}], clusters: [cluster, mips, solo]});
			case '/malware/clusters/kagerou-arm': return json(whole);
			case '/malware/cards/kagerou-arm': return json(card);
		}
		return path.startsWith('/malware/samples/') ? json(diff) : real(url, init);
	};
})()`

// TestEnginePages shows what engines answer, in every look.
func TestEnginePages(t *testing.T) {
	h := openDemo(t)
	axe, err := os.ReadFile(root + "/web/app/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("axe-core comes with npm ci in web/app: %v", err)
	}
	pages := []struct{ name, path, shows, says string }{
		{"darknet", "/darknet", ".heatmap", "240"},
		{"activity", "/darknet/a802e17fdc433b27811690e0fa1b5358", ".growth path.limit", "Example Research"},
		{"malware", "/malware", ".age rect", "malware:kagerou"},
		{"cluster", "/malware/c/kagerou-arm", ".phylo .heatmap", "kage14.arm"},
		{"card", "/malware/c/kagerou-arm", ".sandbox", "network_cnc_http"},
		{"codediff", "/malware/d/" + strings.Repeat("0e", 32), ".ladder .joint", "resolve_c2"},
	}
	for _, look := range looks {
		b := openTab(t, h, h.key)
		b.allowed = []string{"status of 404"}
		b.beforeEach(engines)
		b.size(look.width, look.height, look.phone)
		for _, p := range pages {
			b.open(p.path + "?lang=" + look.lang + "&theme=" + look.theme)
			b.until(`document.querySelector(` + quote(p.shows) + `)`)
			text := b.text()
			if !strings.Contains(text, p.says) || strings.Contains(text, "undefined") || strings.Contains(text, "NaN") || strings.Contains(text, "{n}") {
				t.Errorf("%s says\n%.2000s", p.name, text)
			}
			if wide := eval[int](b, beyond); wide > 1 {
				t.Errorf("%s in %s is %d pixels wider than the window: %s", p.name, look.name, wide, eval[string](b, widest))
			}
			for _, v := range barriers(b, string(axe)) {
				t.Errorf("%s in %s: %s", p.name, look.name, v)
			}
			b.whole(p.name + "-engine-" + look.name)
		}
	}
}

// TestSynchronyIsABlock holds that the heat map draws: the hosts in step are
// darker than what is around them.
func TestSynchronyIsABlock(t *testing.T) {
	h := openDemo(t)
	b := openTab(t, h, h.key)
	b.allowed = []string{"status of 404"}
	b.beforeEach(engines)
	b.open("/darknet/a802e17fdc433b27811690e0fa1b5358?lang=en")
	b.until(`document.querySelector('.heatmap')?.width > 300`)
	filled := eval[[]float64](b, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
		const c = document.querySelector('.heatmap'), g = c.getContext('2d'), share = (x, y, w, h) => {
			const d = g.getImageData(x * c.width, y * c.height, w * c.width, h * c.height).data;
			let n = 0;
			for (let i = 3; i < d.length; i += 4) n += d[i] > 60;
			return n / (d.length / 4);
		};
		done([share(3 / 24, 0, 2 / 24, 80 / 120), share(6 / 24, 0, 5 / 24, 80 / 120)]);
	})))`)
	if filled[0] < 0.5 || filled[1] > 0.2 {
		t.Errorf("in step %.2f is drawn, between %.2f", filled[0], filled[1])
	}
}
