import { kinds } from './kinds';

// Suggestions for the word under the cursor: the filters of the search
// language, and their values as far as they are known here.

export interface Suggestion { text: string; hint?: string }

export interface Known { sources: string[]; tags: string[] }

const roles = ['scanner', 'infected', 'loader', 'c2', 'victim', 'spoofed'];
const spans = ['1h', '24h', '7d', '30d'];

const filters = ['source:', 'kind:', 'tag:', 'role:', 'since:', 'until:', 'seen>='];

// wordAt returns where the word at the cursor begins and ends.
export function wordAt(text: string, cursor: number): [number, number] {
  let from = cursor, to = cursor;
  while (from > 0 && !/\s/.test(text[from - 1] ?? ' ')) from--;
  while (to < text.length && !/\s/.test(text[to] ?? ' ')) to++;
  return [from, to];
}

export function suggest(word: string, known: Known): Suggestion[] {
  const minus = word.startsWith('-') ? '-' : '';
  const bare = word.slice(minus.length).toLowerCase();
  if (bare === '') return [];
  const colon = bare.indexOf(':');
  const name = bare.slice(0, colon), begun = bare.slice(colon + 1);
  const values: Record<string, string[]> = {
    source: known.sources, kind: kinds as unknown as string[], tag: known.tags, role: roles, since: spans, until: spans,
  };
  if (colon > 0 && values[name]) {
    return values[name]
      .filter((v) => v.toLowerCase().includes(begun) && v.toLowerCase() !== begun)
      .slice(0, 8)
      .map((v) => ({ text: `${minus}${name}:${/[\s()]/.test(v) ? `"${v}"` : v}` }));
  }
  if (bare.startsWith('seen>')) return ['2', '3', '5'].map((n) => ({ text: `seen>=${n}` })).filter((s) => s.text !== bare);
  return filters.filter((f) => f.startsWith(bare) && f !== bare).map((f) => ({ text: minus + f }));
}
