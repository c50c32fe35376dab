import { computed, effect, signal, type Signal } from '@preact/signals';

// What somebody has chosen for this browser. Nothing of the data is kept here.

export type Lang = 'en' | 'ja';
export type Theme = 'auto' | 'light' | 'dark';
export type Zone = 'UTC' | 'JST';

const storage = (): Storage | undefined => {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined; // forbidden by the browser: choices last as long as the page
  }
};

function kept<T extends string>(name: string, allowed: readonly T[], fallback: T): Signal<T> {
  const asked = globalThis.location ? new URLSearchParams(globalThis.location.search).get(name) : null;
  const stored = asked ?? storage()?.getItem(`cure.${name}`);
  const choice = signal<T>(allowed.find((a) => a === stored) ?? fallback);
  effect(() => {
    const value = choice.value;
    try {
      storage()?.setItem(`cure.${name}`, value);
    } catch {
      // full or forbidden; the choice holds for this page
    }
  });
  return choice;
}

const browser = globalThis.navigator?.language?.startsWith('ja') ? 'ja' : 'en';

export const lang = kept<Lang>('lang', ['en', 'ja'], browser);
export const theme = kept<Theme>('theme', ['auto', 'light', 'dark'], 'auto');
export const zone = kept<Zone>('zone', ['UTC', 'JST'], 'UTC');

const night = globalThis.matchMedia?.('(prefers-color-scheme: dark)');
const machineDark = signal(night?.matches ?? false);
night?.addEventListener('change', () => (machineDark.value = night.matches));

// dark is what the theme comes to on this machine.
export const dark = computed(() => theme.value === 'dark' || (theme.value === 'auto' && machineDark.value));

// follow writes the choices onto the document, where styles and assistive
// programs read them.
export function follow(root: HTMLElement): void {
  effect(() => {
    root.lang = lang.value;
    root.dataset['shade'] = dark.value ? 'dark' : 'light';
  });
}

// calm reports whether the reader asked for less motion.
export const calm = (): boolean => globalThis.matchMedia('(prefers-reduced-motion: reduce)').matches;

// narrow reports whether the picture's table serves better than the picture.
export const narrow = (): boolean => globalThis.matchMedia('(max-width: 899px)').matches;
