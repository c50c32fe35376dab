import { describe, expect, it } from 'vitest';
import en from '../src/i18n/en.json';
import ja from '../src/i18n/ja.json';
import { reader, type Message } from '../src/api/sse';
import { bins, roundStep } from '../src/parts/histogram';
import { stripsOf } from '../src/parts/Strips';
import { heatOf } from '../src/parts/Matrix';
import { placeLabels } from '../src/picture/labels';
import { bend, curve, modelOf, ringAt } from '../src/picture/model';
import { defang, entityPath, tagPath } from '../src/text/defang';
import { fold } from '../src/text/fold';
import { short, visible } from '../src/text/visible';
import { match } from '../src/state/match';
import { safe } from '../src/state/safe';
import type { Kind, Picture } from '../src/api/types';

describe('words', () => {
  it('has the same keys in both languages', () => expect(Object.keys(ja)).toEqual(Object.keys(en)));
  it('has the same places in both languages', () => {
    const places = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
    for (const [key, text] of Object.entries(en)) expect(places(ja[key as keyof typeof ja]), key).toEqual(places(text));
  });
  it('has both forms of what counts', () => {
    for (const key of Object.keys(en)) if (key.endsWith('.one')) expect(Object.keys(en)).toContain(`${key.slice(0, -4)}.other`);
  });
  it('says nothing empty', () => {
    for (const text of [...Object.values(en), ...Object.values(ja)]) expect(text.trim()).not.toBe('');
  });
});

describe('visible', () => {
  it.each([
    ['plain', 'evil.example', 'evil.example'],
    ['Japanese', 'カゲロウ（陽炎）', 'カゲロウ（陽炎）'],
    ['turned text', 'exe.\u202etxt', 'exe.\\u202etxt'],
    ['isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
    ['nothing to see', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['control', '\x1b[2J\x00', '\\x1b[2J\\x00'],
    ['line ends stay', 'a\nb\tc', 'a\nb\tc'],
    ['half a pair', 'a\ud800b', 'a\\ud800b'],
    ['fillers', '\u3164\u115f', '\\u3164\\u115f'],
  ])('%s', (_, text, want) => expect(visible(text)).toBe(want));
  it('cuts between characters', () => expect(short('𠮷野家𠮷野家', 2)).toBe('𠮷野…'));
});

describe('defang', () => {
  it.each<[string, Kind, string, string]>([
    ['address', 'ip', '198.51.100.7', '198[.]51[.]100[.]7'],
    ['IPv6', 'ip', '2001:db8::1', '2001[:]db8[:][:]1'],
    ['mail', 'email', 'a@example.org', 'a[@]example[.]org'],
    ['URL', 'url', 'https://example.org/a.b', 'hxxps://example[.]org/a.b'],
    ['hash', 'hash', 'd41d8cd98f00b204e9800998ecf8427e', 'd41d8cd98f00b204e9800998ecf8427e'],
  ])('%s', (_, kind, value, want) => expect(defang({ kind, value })).toBe(want));
  it('leads to pages of the hub only', () => {
    expect(entityPath({ kind: 'url', value: 'javascript:alert(1)//' })).toBe('/e/url/javascript%3Aalert(1)%2F%2F');
    expect(tagPath('CVE-2021-44228')).toBe('/e/cve/CVE-2021-44228');
    expect(tagPath('malware:mirai')).toBe('/e/tag/malware%3Amirai');
  });
});

describe('fold', () => {
  it('makes what reads alike equal', () => {
    const want = fold('カゲロウ');
    for (const same of ['ｶｹﾞﾛｳ', 'かげろう', 'カゲロウ']) expect(fold(same)).toBe(want);
    expect(fold('ＭＩＲＡＩ')).toBe('mirai');
  });
});

describe('places', () => {
  it.each<[string, string, string, Record<string, string> | undefined]>([
    ['one value', '/e/:kind/:value', '/e/ip/198.51.100.7', { kind: 'ip', value: '198.51.100.7' }],
    ['escaped', '/e/:kind/:value', '/e/url/http%3A%2F%2Fx%2Fa', { kind: 'url', value: 'http://x/a' }],
    ['the rest', '/e/:kind/:value', '/e/url/http://x/a', { kind: 'url', value: 'http://x/a' }],
    ['too short', '/e/:kind/:value', '/e/ip', undefined],
    ['another', '/sources', '/links', undefined],
    ['longer', '/sources', '/sources/x', undefined],
    ['broken escape', '/r/:id', '/r/%zz', undefined],
  ])('%s', (_, pattern, path, want) => expect(match(pattern, path)).toEqual(want));
  it('leads back to this hub only', () => {
    for (const bad of ['//example.org', '/\\example.org', 'https://example.org', null, '']) expect(safe(bad)).toBe('/');
    expect(safe('/e/ip/198.51.100.7')).toBe('/e/ip/198.51.100.7');
  });
});

describe('a stream', () => {
  const text = 'id: 7\nevent: pulse\ndata: {"a":\ndata: 1}\n\n: keep alive\n\nevent: at\r\ndata: x\r\n\r\ndata: last\n\n';
  const want: Message[] = [{ event: 'pulse', data: '{"a":\n1}', id: '7' }, { event: 'at', data: 'x', id: '7' }, { event: 'message', data: 'last', id: '7' }];
  it.each([1, 2, 3, 5, 7, 100])('is the same in pieces of %d', (n) => {
    const got: Message[] = [];
    const feed = reader((m) => got.push(m));
    for (let i = 0; i < text.length; i += n) feed(text.slice(i, i + n));
    expect(got).toEqual(want);
  });
  it('is bounded', () => {
    const feed = reader(() => undefined);
    expect(() => feed('x'.repeat(5 << 20))).toThrow();
  });
});

describe('a histogram', () => {
  it('counts everything once', () => {
    const moments = Array.from({ length: 1000 }, (_, i) => 1_700_000_000_000 + i * 77_777);
    const b = bins(moments, 72);
    expect(b.count.reduce((x, y) => x + y)).toBe(1000);
    expect(b.at.length).toBeLessThanOrEqual(73);
  });
  it('has no bars of nothing', () => expect(bins([], 10).at).toEqual([]));
  it('steps as people count', () => expect([1, 61_000, 4_000_000].map(roundStep)).toEqual([60_000, 120_000, 7_200_000]));
});

describe('strips', () => {
  it('puts each source on the common axis', () => {
    const marking = {};
    const s = (source: string, first: string, last: string) => ({ source, first, last, count: 1, marking });
    const { strips } = stripsOf(
      { first: '2026-11-20T00:00:00Z', last: '2026-11-20T10:00:00Z', sights: [s('a/1', '2026-11-20T00:00:00Z', '2026-11-20T05:00:00Z'), s('b/1', '2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z')] },
      [s('a/1', '2026-11-20T05:00:00Z', '2026-11-20T05:00:00Z'), s('gone/1', '2026-11-20T05:00:00Z', '2026-11-20T05:00:00Z')],
    );
    expect(strips.map((x) => [x.source, x.from, x.to, x.marks.length])).toEqual([['a/1', 0, 500, 1], ['b/1', 1000, 1000, 0]]);
  });
});

describe('the matrix', () => {
  it('is coloured by the logarithm', () => {
    const heat = heatOf({ names: ['a', 'b', 'c'], shared: [[9, 1, 0], [1, 9, 100_000], [0, 100_000, 9]] });
    expect(heat[1]![2]).toBe(9);
    expect(heat[0]![1]).toBeGreaterThan(0);
    expect(heat[0]![2]).toBe(0);
  });
});

const picture = (names: string[]): Picture => ({
  time: '2026-11-20T00:00:00Z', enrichers: [{ name: 'score' }], watch: [],
  databases: names.map((name, i) => ({ name, layer: i % 4 === 3 ? 'meaning' as const : 'observation' as const, sources: 1, observables: 10 ** (i % 5), state: 'ok' })),
  ribbons: [{ a: names[0]!, b: names[1]!, shared: 10 }, { a: names[0]!, b: 'nobody', shared: 3 }, { a: names[0]!, b: names[0]!, shared: 3 }],
});

describe('the picture', () => {
  const names = Array.from({ length: 18 }, (_, i) => `db${i}`);
  it('is the same for the same names, whatever the numbers', () => {
    const a = modelOf(picture(names)), b = modelOf({ ...picture(names), ribbons: [] });
    expect(a.bodies.map((x) => x.at)).toEqual(b.bodies.map((x) => x.at));
  });
  it('draws only ribbons between two that are there', () => expect(modelOf(picture(names)).ribbons.length).toBe(1));
  it('joins enrichers with what they enrich', () => {
    const p = picture(names);
    const m = modelOf({ ...p, ribbons: [{ a: 'enrich:score', b: names[0]!, shared: 14 }] });
    expect(m.ribbons.map((r) => [m.bodies[r.a]!.layer, m.bodies[r.b]!.name])).toEqual([['enricher', names[0]]]);
  });
  it('keeps bodies apart', () => {
    const { bodies } = modelOf(picture(names));
    for (const a of bodies) for (const b of bodies) if (a.id < b.id) expect(Math.hypot(a.at[0] - b.at[0], a.at[1] - b.at[1], a.at[2] - b.at[2]), `${a.id} ${b.id}`).toBeGreaterThan(1.6);
  });
  it('leaves the front of the ring to the enrichers', () => {
    for (let n = 1; n <= 16; n++) for (let i = 0; i < n; i++) {
      const [x, , z] = ringAt(i, n);
      expect(z < 5 || Math.abs(x) > 2).toBe(true);
    }
  });
  it('leads ribbons round the hub', () => {
    for (let i = 0; i < 16; i++) for (let j = 0; j < i; j++) {
      const a = ringAt(i, 16), b = ringAt(j, 16);
      for (let t = 0.2; t < 0.81; t += 0.05) {
        const [x, y, z] = curve(a, bend(a, b), b, t);
        expect(Math.hypot(x, y - 0.2, z), `${i} ${j} at ${t}`).toBeGreaterThan(2.7);
      }
    }
  });
});

describe('labels', () => {
  it('do not cover each other', () => {
    const anchors = Array.from({ length: 24 }, (_, i) => ({ id: `${i}`, x: 100 + (i % 6) * 60, y: 100 + Math.floor(i / 6) * 40, r: 10, w: 70, h: 18, weight: i }));
    const shown = placeLabels(anchors, 800, 600).filter((s) => s.shown);
    for (const a of shown) for (const b of shown) if (a.id < b.id) expect(Math.abs(a.x - b.x) >= 70 || Math.abs(a.y - b.y) >= 18).toBe(true);
    expect(shown.length).toBeGreaterThan(8);
  });
});
