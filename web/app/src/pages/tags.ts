import type { Summary } from '../api/types';

// The tactics of ATT&CK in their order; "" is a technique whose tactic no
// source has named.
export const tacticOrder = [
  'reconnaissance', 'resource-development', 'initial-access', 'execution', 'persistence', 'privilege-escalation', 'defense-evasion',
  'credential-access', 'discovery', 'lateral-movement', 'collection', 'command-and-control', 'exfiltration', 'impact', '',
];

const technique = /(?:^|:)T\d{4}(?:\.\d{3})?\b/i;

export const isTechnique = (s: Summary): boolean => s.observable.kind === 'tag' && technique.test(s.observable.value);

// tacticsOf puts each technique under the tactics it is tagged with.
export function tacticsOf(all: Summary[]): Map<string, Summary[]> {
  const columns = new Map<string, Summary[]>();
  for (const s of all) {
    if (!isTechnique(s)) continue;
    const tactics = (s.tags ?? []).map((tag) => tag.replace(/^(attack-)?tactic:/, '')).filter((name) => tacticOrder.includes(name) && name !== '');
    for (const tactic of tactics.length ? tactics : ['']) columns.set(tactic, [...(columns.get(tactic) ?? []), s]);
  }
  return columns;
}

// groupTags groups tags by what stands before the colon: malware, group, tool.
export function groupTags(all: Summary[]): [string, Summary[]][] {
  const groups = new Map<string, Summary[]>();
  for (const s of all) {
    if (isTechnique(s)) continue;
    const group = s.observable.kind === 'cve' ? 'CVE' : (/^([a-z][a-z-]*):/.exec(s.observable.value)?.[1] ?? '');
    groups.set(group, [...(groups.get(group) ?? []), s]);
  }
  return [...groups].sort(([a], [b]) => Number(a === '') - Number(b === '') || a.localeCompare(b));
}
