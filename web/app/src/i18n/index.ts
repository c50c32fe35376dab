import { signal } from '@preact/signals';
import { lang } from '../state/prefs';
import { cached } from '../text/intl';
import { num } from '../text/number';
import en from './en.json';

// The words of the pages. Keys are those of en.json; ja.json has the same ones
// with the same {places}, which a test holds.

export type Key = keyof typeof en;
export type Words = Record<Key, string>;

const words = signal<Words>(en);

// speak loads the words of the chosen language; call it before the first
// render and on a change.
export async function speak(): Promise<void> {
  words.value = lang.value === 'ja' ? ((await import('./ja.json')).default as Words) : en;
}

const rules = cached((l) => new Intl.PluralRules(l));

type Places = Record<string, string | number>;

export function t(key: Key, places?: Places): string {
  const text = words.value[key] ?? en[key];
  return places ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(places[name] ?? whole)) : text;
}

// Stem of a pair of keys that count: "x.one" and "x.other".
type Counted = { [K in Key]: K extends `${infer S}.one` ? S : never }[Key];

export function tn(stem: Counted, n: number, places?: Places): string {
  const form = rules().select(n) === 'one' ? 'one' : 'other';
  return t(`${stem}.${form}` as Key, { n: num(n), ...places });
}

// maybe translates a word of the data (a role, a kind, a state) where the
// dictionary has it, and leaves it else.
export function maybe(prefix: string, word: string): string {
  const key = `${prefix}.${word}`;
  return key in en ? t(key as Key) : word;
}
