import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api/client';
import type { Resource } from '../api/resource';
import { t, type Key } from '../i18n';
import { stamp } from '../text/time';
import { zone } from '../state/prefs';

// Trouble says what went wrong, and gives a way on.
export function Trouble({ error, retry }: { error: ApiError; retry?: () => void }) {
  const wait = error.kind === 'limited' && error.retryAfter ? t('trouble.wait', { n: error.retryAfter }) : '';
  return (
    <div class="trouble" role="alert">
      <p>
        <b>{t(`trouble.${error.kind}` as Key)}</b> {error.kind !== 'offline' && error.message} {error.hint} {wait}
      </p>
      {error.request && <p class="quiet">{t('trouble.request')} <code>{error.request}</code></p>}
      {error.kind === 'unauthorized' && <a class="button" href="/login">{t('login.again')}</a>}
      {retry && error.kind !== 'unauthorized' && error.kind !== 'denied' && (
        <button type="button" class="second" onClick={retry}>{t('trouble.retry')}</button>
      )}
    </div>
  );
}

interface BlockProps<T> {
  title?: string;
  of: Resource<T>;
  id?: string;
  note?: ComponentChildren; // beside the title
  absent?: string; // this hub has no such part: what would bring it
  empty?: (data: T) => ComponentChildren; // what to say instead of nothing; null: there is something
  lines?: number; // of the skeleton
  class?: string;
  children: (data: T) => ComponentChildren;
}

// Block is a part of a page with all its states: loading in the shape of what
// will come, empty, absent from this hub, failed with a way on, and old.
export function Block<T>({ title, of, id, note, absent, empty, lines = 3, class: more = '', children }: BlockProps<T>) {
  const nothing = of.data !== undefined && empty ? empty(of.data) : null;
  const gone = of.error?.kind === 'absent' && of.data === undefined && absent;
  return (
    <section class={`block ${more}`} id={id} aria-busy={of.loading && of.data === undefined}>
      {(title || note) && <header class="title">{title && <h2>{title}</h2>}{note}</header>}
      {of.error && !gone && <Trouble error={of.error} retry={of.reload} />}
      {of.error && of.data !== undefined && of.at && (
        <p class="stale">{t('block.stale', { time: `${stamp(of.at, 'second')} ${zone.value}` })}</p>
      )}
      {gone && <p class="void">{absent}</p>}
      {of.data === undefined && of.loading && <Skeleton lines={lines} />}
      {of.data !== undefined && (nothing ? <div class="void">{nothing}</div> : children(of.data))}
    </section>
  );
}

export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">{t('block.loading')}</span>
      {Array.from({ length: lines }, (_, i) => <i key={i} aria-hidden="true" />)}
    </div>
  );
}

// Panel is a Block of something that is there already.
export function Panel({ title, note, id, children, class: more = '' }: { title?: string; note?: ComponentChildren; id?: string; children: ComponentChildren; class?: string }) {
  return (
    <section class={`block ${more}`} id={id}>
      {(title || note) && <header class="title">{title && <h2>{title}</h2>}{note}</header>}
      {children}
    </section>
  );
}
