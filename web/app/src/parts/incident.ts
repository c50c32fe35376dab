import type { Summary, Ticket } from '../api/types';
import { valuesOf } from '../text/ticket';
import { publisherOf } from './layer';

const own = 'alerts';
const builtIn = 'tickets/built-in'; // our own words are no outside knowledge

// outsideOf is what others than our own alerts know of a value, the publishers
// by name.
export function outsideOf(s: Summary): string[] {
  return [...new Set((s.sources ?? []).filter((x) => x !== builtIn).map(publisherOf))].filter((p) => p !== own && p !== 'livenet').sort();
}

// byWorth puts first what most others know, and of those the newest.
export function byWorth(all: Summary[]): Summary[] {
  const hostile = new Set(['c2', 'infected', 'loader', 'sender', 'tool']);
  const worth = (s: Summary) => 2 * outsideOf(s).length + (s.tags?.length ? 1 : 0) + (s.roles?.some((r) => hostile.has(r)) ? 1 : 0) - (s.observable.kind === 'port' ? 9 : 0);
  return [...all].sort((a, b) => worth(b) - worth(a) || (b.last ?? '').localeCompare(a.last ?? ''));
}

// siemLink fills in the address of the own log store. The place it leads to is
// the operator's; only what is searched there comes from the data.
export function siemLink(template: string, s: Summary): string {
  const fill: Record<string, string | undefined> = { value: s.observable.value, kind: s.observable.kind, from: s.first, to: s.last };
  return template.replace(/\{(value|kind|from|to)\}/g, (_, name: string) => encodeURIComponent(fill[name] ?? ''));
}

// byValue lists the open tickets of each value.
export function byValue(all: Ticket[]): Map<string, Ticket[]> {
  const by = new Map<string, Ticket[]>();
  for (const x of all) for (const o of valuesOf(x)) by.set(`${o.kind}:${o.value}`, [...(by.get(`${o.kind}:${o.value}`) ?? []), x]);
  return by;
}
