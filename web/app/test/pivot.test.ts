import { describe, expect, it } from 'vitest';
import type { Kind, Neighbours } from '../src/api/types';
import { fromQuery, graphOf, groupId, maxNodes, pathBetween, toQuery, within, type Done } from '../src/pivot/model';

const around = (of: string, kind: Kind, n: number, from = 0): [string, Neighbours] => [
  of,
  {
    observable: { kind: 'ip', value: of.slice(3) },
    values: Array.from({ length: n }, (_, i) => ({ observable: { kind, value: `${kind}${from + i}.example` }, weight: 1 / (i + 1) })),
  },
];

const done = (d: Partial<Done>): Done => ({ seeds: ['ip:198.51.100.7'], expanded: ['ip:198.51.100.7'], opened: [], ...d });

describe('the graph', () => {
  it('shows up to eight neighbours of a kind', () => {
    const g = graphOf(done({}), new Map([around('ip:198.51.100.7', 'domain', 8)]), new Map());
    expect(g.nodes.length).toBe(9);
    expect(g.edges.length).toBe(8);
  });
  it('folds more into one node that says how many', () => {
    const g = graphOf(done({}), new Map([around('ip:198.51.100.7', 'domain', 9)]), new Map());
    expect(g.nodes.map((n) => [n.kind, n.group?.hidden])).toEqual([['ip', undefined], ['group', 9]]);
  });
  it('opens a group and keeps the rest of it', () => {
    const gid = groupId('ip:198.51.100.7', 'domain');
    const g = graphOf(done({ opened: [gid] }), new Map([around('ip:198.51.100.7', 'domain', 60)]), new Map());
    expect(g.nodes.length).toBe(1 + 40 + 1);
    expect(g.nodes.find((n) => n.group)?.group?.hidden).toBe(20);
  });
  it('takes with a collapsed node what hung on it alone', () => {
    const told = new Map([around('ip:198.51.100.7', 'domain', 2), around('domain:domain0.example', 'hash', 3)]);
    const open = graphOf(done({ expanded: ['ip:198.51.100.7', 'domain:domain0.example'] }), told, new Map());
    expect(open.nodes.length).toBe(6);
    expect(graphOf(done({}), told, new Map()).nodes.length).toBe(3);
  });
  it('says what it cut', () => {
    const told = new Map<string, Neighbours>();
    const expanded: string[] = ['ip:198.51.100.7'];
    told.set(...around('ip:198.51.100.7', 'domain', 8));
    for (let i = 0; i < 8; i++) {
      expanded.push(`domain:domain${i}.example`);
      told.set(...around(`domain:domain${i}.example`, 'url', 90, i * 90));
    }
    const g = graphOf(done({ expanded, opened: expanded.map((id) => groupId(id, 'url')) }), told, new Map());
    expect(g.nodes.length).toBeLessThanOrEqual(maxNodes);
    const many = new Map([...told, ...Array.from({ length: 40 }, (_, i) => around(`url:url${i}.example`, 'hash', 40, i * 40))]);
    const all = [...expanded, ...Array.from({ length: 40 }, (_, i) => `url:url${i}.example`)];
    const cut = graphOf(done({ expanded: all, opened: all.flatMap((id) => [groupId(id, 'url'), groupId(id, 'hash')]) }), many, new Map());
    expect(cut.nodes.length).toBe(maxNodes);
    expect(cut.cut).toBeGreaterThan(0);
  });
  it('finds a shortest path, or none', () => {
    const g = graphOf(done({ expanded: ['ip:198.51.100.7', 'domain:domain0.example'] }), new Map([around('ip:198.51.100.7', 'domain', 2), around('domain:domain0.example', 'hash', 1)]), new Map());
    expect(pathBetween(g, 'domain:domain1.example', 'hash:hash0.example')).toEqual(['domain:domain1.example', 'ip:198.51.100.7', 'domain:domain0.example', 'hash:hash0.example']);
    expect(pathBetween(g, 'domain:domain1.example', 'ip:nowhere')).toEqual([]);
  });
  it('comes back from its address', () => {
    const d = done({ seeds: ['ip:198.51.100.7', 'url:http://x.example/?a=1&b=2'], expanded: ['ip:198.51.100.7', 'domain:a.example'], opened: ['group:ip:domain:a.example'] });
    expect(fromQuery(new URLSearchParams(toQuery(d)))).toEqual(d);
  });
  it('takes no address that is none', () => expect(fromQuery(new URLSearchParams('n=<script>&n=&x=nothing')).seeds).toEqual([]));
  it('brushes by time and never loses a seed', () => {
    const node = { id: 'ip:a', kind: 'ip' as const, value: 'a', label: 'a', seed: false, expanded: false, summary: { observable: { kind: 'ip' as const, value: 'a' }, first: '2026-11-20T00:00:00Z', last: '2026-11-20T01:00:00Z' } };
    const at = Date.parse('2026-11-20T02:00:00Z');
    expect(within(node, at, at)).toBe(false);
    expect(within({ ...node, seed: true }, at, at)).toBe(true);
  });
});
