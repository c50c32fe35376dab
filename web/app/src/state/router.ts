import { signal } from '@preact/signals';

// Where we are. Addresses are the permalinks of what is shown.

export interface Place { path: string; query: URLSearchParams; hash: string }

const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search), hash: location.hash });

export const place = signal<Place>(read());

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (to === location.pathname + location.search + location.hash) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', to);
  place.value = read();
  if (how === 'push') {
    scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  }
}

// setQuery changes parts of the query and leaves the rest.
export function setQuery(change: Record<string, string | undefined>, how: 'push' | 'replace' = 'replace'): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  go(location.pathname + (text ? `?${text}` : '') + location.hash, how);
}

// ours reports whether a link stays among the pages of the app.
export function ours(a: HTMLAnchorElement): boolean {
  return a.origin === location.origin && !a.target && !a.hasAttribute('download') && !/^\/(api|static|plain|healthz|readyz|metrics)(\/|$)/.test(a.pathname);
}

// travel makes links of the pages change the place without a load.
export function travel(): void {
  addEventListener('popstate', () => (place.value = read()));
  document.addEventListener('click', (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    const a = (e.target as Element | null)?.closest?.('a');
    if (!(a instanceof HTMLAnchorElement) || !ours(a)) return;
    if (a.hash && a.pathname === location.pathname && a.search === location.search) return; // a jump within the page
    e.preventDefault();
    go(a.pathname + a.search + a.hash);
  });
}
