import type { Org, SourceStatus } from '../api/types';

// What an organisation sees of a source, by the source's default marking. The
// hub decides for each record; this is for the overview.

export type Sees = 'all' | 'part' | 'nothing';

const tlps = ['', 'CLEAR', 'GREEN', 'AMBER', 'AMBER+STRICT', 'RED'];
const paps = ['', 'CLEAR', 'GREEN', 'AMBER', 'RED'];
const licences = ['', 'public', 'members', 'internal'];

export function patternMatches(pattern: string, source: string): boolean {
  return pattern === '*' || pattern === source || (pattern.endsWith('/*') && source.startsWith(pattern.slice(0, -1)));
}

export function seesSource(o: Org, s: SourceStatus): Sees {
  if (o.own) return 'all';
  if ((o.deny ?? []).some((p) => patternMatches(p, s.source))) return 'nothing';
  if (o.allow?.length && !o.allow.some((p) => patternMatches(p, s.source))) return 'nothing';
  const m = s.default;
  if (!m) return 'part';
  const ok =
    tlps.indexOf(m.tlp ?? '') <= tlps.indexOf(o.max_tlp ?? 'GREEN') &&
    paps.indexOf(m.pap ?? '') <= paps.indexOf(o.max_pap ?? 'AMBER') &&
    licences.indexOf(m.licence ?? '') <= licences.indexOf(o.licence ?? 'members') &&
    (!m.personal || Boolean(o.personal)) &&
    (!m.orgs || m.orgs.split(',').includes(o.id));
  return ok ? 'all' : 'part';
}
