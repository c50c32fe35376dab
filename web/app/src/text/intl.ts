import { lang } from '../state/prefs';

// cached keeps one formatter a language: making one costs more than a row of a
// table.
export function cached<T>(make: (lang: string) => T): () => T {
  const made = new Map<string, T>();
  return () => {
    let f = made.get(lang.value);
    if (!f) made.set(lang.value, (f = make(lang.value)));
    return f;
  };
}
