import { describe, expect, it } from 'vitest';
import { marksOf } from '../src/parts/Estimate';
import { byValue, outsideOf, siemLink } from '../src/parts/incident';
import { reasonsOf, type Facts } from '../src/parts/WhyNot';
import { trendOf } from '../src/pages/Vulnerabilities';
import { drawn, newick } from '../src/text/newick';
import type { SourceStatus, Summary } from '../src/api/types';

describe('trees', () => {
  it('reads what phylogeny writes, and refuses what is none', () => {
    const root = newick("(('a b''c':0.1,b:0.2)87:0.05,c:0.3);");
    expect(root?.parts[0]?.parts[0]?.name).toBe("a b'c");
    expect(root?.parts[0]?.support).toBe(87);
    const d = drawn(root!);
    expect(d.tips.map((t) => t.name)).toEqual(["a b'c", 'b', 'c']);
    expect(d.rows).toBe(3);
    expect(Math.max(...d.tips.map((t) => t.x))).toBeCloseTo(1);
    for (const bad of ['', '(', '(a,b', '(a,b)', "('a", '('.repeat(5000)]) expect(newick(bad)).toBeUndefined();
  });
});

describe('estimates', () => {
  it('marks words by their bytes', () => {
    const text = 'a “quoted” flaw';
    const e = { estimated: true, model: '', cwe_version: '', reasons: { for: 'CWE-1', against: 'CWE-2', words: [{ start: 5, end: 11, text: 'quoted', weight: 2 }, { start: 15, end: 19, text: 'flaw', weight: 0.5 }, { start: 0, end: 1, text: 'a', weight: -1 }] } };
    expect(marksOf(text, e)).toEqual([{ text: 'a “', level: 0 }, { text: 'quoted', level: 2 }, { text: '” ', level: 0 }, { text: 'flaw', level: 1 }]);
  });
  it('counts types by month, published ones first', () => {
    const s = (first: string, tags: string[], guess: string): Summary => ({ observable: { kind: 'cve', value: 'CVE-2026-1' }, first, tags, notes: [{ enricher: 'vuln', version: 1, name: 'estimated weakness', value: guess, time: first, source: 'enrich/vuln', marking: {} }] });
    const { months, rows } = trendOf([s('2026-10-01T00:00:00Z', ['cwe:89'], 'CWE-79 XSS'), s('2026-11-01T00:00:00Z', [], 'CWE-89 SQL'), s('2026-11-02T00:00:00Z', [], 'cannot tell')]);
    expect(months).toEqual(['2026-10', '2026-11']);
    expect(rows).toEqual([{ type: 'CWE-89', counts: [1, 1] }]);
  });
});

describe('own alerts', () => {
  it('fills the address of the log store, and nothing else into it', () => {
    const s = { observable: { kind: 'url' as const, value: 'http://x.example/?a=1&b={kind}' }, first: '2026-11-20T00:00:00Z' };
    expect(siemLink('https://siem.example/s?q={value}&k={kind}&t={to}&x={other}', s)).toBe('https://siem.example/s?q=http%3A%2F%2Fx.example%2F%3Fa%3D1%26b%3D%7Bkind%7D&k=url&t=&x={other}');
  });
});

describe('why a value is not here', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');
  const o = { kind: 'ip' as const, value: '192.0.2.9' };
  const facts = (more: Partial<Facts>): Facts => ({ answer: { observable: o, known: false, miss: { since: '2026-11-01T00:00:00Z', why: '' } }, mutes: [], sources: [], databases: [], ...more });
  const what = (f: Facts, hours = 0) => reasonsOf(f, hours, now).map((r) => r.what);
  const source = (arrived: string, quarantined = 0) => ({ source: 'cowrie/a', values: 1, observations: 1, operating: { batches: 1, records: 9, refused: 0, quarantined, arrived } }) as unknown as SourceStatus;
  it('names what is muted, older, expired, not collected, down or unreadable', () => {
    expect(what(facts({}))).toEqual(['expired', 'nothing']);
    expect(what(facts({ sources: [source('2026-11-10T00:00:00Z', 3)] }))).toEqual(['expired', 'down', 'bad']);
    expect(what(facts({ sources: [source('2026-11-22T11:59:00Z')] }))).toEqual(['expired', 'nothing']);
    expect(what(facts({ databases: [{ name: 'amppot', sources: 0, topics: ['ip'] }, { name: 'malmail', sources: 0, topics: ['email'] }] as unknown as Facts['databases'] }))).toEqual(['expired', 'collected']);
    const known = { answer: { observable: o, known: true, last: '2026-11-21T12:00:00Z', sources: ['cowrie/a'] } };
    expect(what(facts(known), 8)).toEqual(['older']);
    expect(what(facts(known), 72)).toEqual(['known']);
    expect(what(facts({ ...known, mutes: [{ kind: 'suppress', target: { observable: o }, reason: 'ours', name: 'alice' }] }), 72)).toEqual(['muted', 'known']);
  });
});

describe('incidents', () => {
  it('counts our own ticket for no outside knowledge, and lists tickets by value', () => {
    const o = { kind: 'ip' as const, value: '192.0.2.9' };
    expect(outsideOf({ observable: o, sources: ['alerts/a', 'tickets/built-in', 'feeds/x', 'livenet/b'] })).toEqual(['feeds']);
    const ticket = { id: 'TT-1', title: 'x', created: '', changed: '', holds: [o], tags: [{ observable: o, tag: { kind: 'tag' as const, value: 'scanner' } }] };
    expect(byValue([ticket]).get('ip:192.0.2.9')).toEqual([ticket]);
  });
});
