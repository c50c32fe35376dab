import { effect, signal } from '@preact/signals';

// Questions somebody keeps to ask again, in this browser. A question may name
// a value, so it is kept only when asked to.
const read = (): string[] => {
  try {
    const all: unknown = JSON.parse(localStorage.getItem('cure.kept') ?? '[]');
    return Array.isArray(all) ? all.filter((q) => typeof q === 'string').slice(0, 50) : [];
  } catch {
    return [];
  }
};

export const kept = signal<string[]>(read());

effect(() => {
  const text = JSON.stringify(kept.value);
  try {
    localStorage.setItem('cure.kept', text);
  } catch {
    // full or forbidden: kept as long as the page
  }
});

// keep keeps a question, or forgets one that is kept.
export function keep(q: string): void {
  kept.value = kept.value.includes(q) ? kept.value.filter((k) => k !== q) : [q, ...kept.value].slice(0, 50);
}
