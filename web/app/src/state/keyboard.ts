import { signal } from '@preact/signals';
import { go } from './router';

// The keys of all pages. Letters do nothing while somebody types.

export const helpOpen = signal(false);

// ways are the second letters behind g.
export const ways: Record<string, string> = {
  n: '/', p: '/picture', s: '/sources', l: '/links', v: '/g', c: '/c', a: '/alerts', i: '/tickets', k: '/cases', t: '/tags', h: '/shift', d: '/admin',
};

const handlers = new Map<string, () => void>();

// onKey gives a key a meaning for as long as a page shows; call what it
// returns to take it back.
export function onKey(key: string, handle: () => void): () => void {
  handlers.set(key, handle);
  return () => {
    if (handlers.get(key) === handle) handlers.delete(key);
  };
}

export const searchBox = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>('input[data-search]');

const typing = (el: Element | null): boolean =>
  el instanceof HTMLElement && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) && (el as HTMLInputElement).type !== 'range';

// step moves the focus to the next or last row that leads somewhere.
function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')].filter((r) => r.offsetParent);
  const here = rows.findIndex((r) => r.contains(document.activeElement));
  const row = rows[Math.min(Math.max(here + by, 0), rows.length - 1)];
  const to = row?.matches('a, button') ? row : row?.querySelector<HTMLElement>('a, button');
  to?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}

// chosenRow is the number of the row of a table that has the focus, and the
// first without one.
export function chosenRow(): number {
  const row = document.activeElement?.closest('[aria-rowindex]')?.getAttribute('aria-rowindex');
  return row ? Number(row) - 2 : 0;
}

export function listen(): void {
  let leader = -Infinity; // not 0: a page's own clock begins there
  addEventListener('keydown', (e) => {
    if (e.isComposing || e.defaultPrevented) return;
    if (e.key.toLowerCase() === 'k' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      searchBox()?.focus();
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === 'Escape') {
      if (helpOpen.value) helpOpen.value = false;
      else if (typing(document.activeElement)) (document.activeElement as HTMLElement).blur();
      else handlers.get('Escape')?.();
      return;
    }
    if (typing(document.activeElement) || document.querySelector('dialog[open]:not(#help)')) return;
    if (performance.now() - leader < 1200 && ways[e.key]) {
      leader = -Infinity;
      e.preventDefault();
      go(ways[e.key] ?? '/');
      return;
    }
    leader = -Infinity;
    switch (e.key) {
      case '/':
        e.preventDefault();
        searchBox()?.focus();
        searchBox()?.select();
        break;
      case '?':
        helpOpen.value = !helpOpen.value;
        break;
      case 'g':
        leader = performance.now();
        break;
      case 'j':
        step(1);
        break;
      case 'k':
        step(-1);
        break;
      default:
        handlers.get(e.key)?.();
    }
  });
}
