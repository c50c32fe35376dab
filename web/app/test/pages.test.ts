import { describe, expect, it } from 'vitest';
import { marksOf } from '../src/parts/Estimate';
import { siemLink } from '../src/parts/incident';
import { trendOf } from '../src/pages/Vulnerabilities';
import { drawn, newick } from '../src/text/newick';
import type { Summary } from '../src/api/types';

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
