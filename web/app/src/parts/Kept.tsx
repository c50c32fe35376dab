import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, ApiError, seg } from '../api/client';
import { useResource, type Resource } from '../api/resource';
import type { KeptSearch } from '../api/types';
import { t } from '../i18n';
import { me, preview } from '../state/session';
import { num } from '../text/number';
import { Trouble } from './Block';
import { Grade, Time } from './Value';

const shown = 6; // on the first page

export const useKept = (): Resource<KeptSearch[]> => useResource(async (signal) => (await ask<KeptSearch[] | null>('/searches', { signal })) ?? [], ['searches']);

const searchPath = (q: string) => `/q?q=${encodeURIComponent(q)}`;

const troubleOf = (err: unknown) => (err instanceof ApiError ? err : new ApiError('broken', String(err)));

// Keep keeps the search that is shown, for oneself or for the organisation, or
// forgets it again.
export function Keep({ q }: { q: string }) {
  const all = useKept();
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<ApiError>();
  if (preview.value || !all.data) return null;
  const mine = all.data.find((k) => k.mine && k.query === q);
  const forget = (k: KeptSearch) => ask(`/searches/${seg(k.id)}`, { method: 'DELETE' }).then(() => (setError(undefined), all.reload()), (err: unknown) => setError(troubleOf(err)));
  return (
    <>
      <button type="button" class="plain keep" aria-haspopup={mine ? undefined : 'dialog'} onClick={() => (mine ? void forget(mine) : setOpen(true))}>{t(mine ? 'answer.forget' : 'answer.keep')}</button>
      {error && <span class="warn" role="alert"><bdi>{error.message}</bdi></span>}
      {open && <KeepForm q={q} onDone={() => (setOpen(false), all.reload())} onEnd={() => setOpen(false)} />}
    </>
  );
}

function KeepForm({ q, onDone, onEnd }: { q: string; onDone: () => void; onEnd: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<ApiError>();
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector('input')?.select();
  }, []);
  const keep = (f: FormData) => {
    const body = { name: String(f.get('name')).trim(), query: q, shared: f.get('shared') !== null };
    ask('/searches', { method: 'POST', body }).then(onDone, (err: unknown) => setError(troubleOf(err)));
  };
  return (
    <dialog ref={dialog} class="help ticket-new" aria-label={t('answer.keep')} onClose={onEnd}>
      <h2>{t('answer.keep')}</h2>
      <p><code>{q.slice(0, 200)}</code></p>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          keep(new FormData(e.currentTarget));
        }}
      >
        <label>{t('kept.name')} <input name="name" required maxLength={40} autocomplete="off" defaultValue={q.slice(0, 40)} /></label>
        <p><label class="check"><input type="checkbox" name="shared" /> {t('kept.share')}</label> <span class="quiet small">{t('kept.share.note', { tlp: me.value?.principal.max_tlp ?? '' })}</span></p>
        {error && <Trouble error={error} />}
        <p class="buttons"><button>{t('kept.go')}</button> <button type="button" class="second" onClick={() => dialog.current?.close()}>{t('help.close')}</button></p>
      </form>
    </dialog>
  );
}

// KeptLine offers the first of the kept searches where one begins.
export function KeptLine() {
  const all = useKept();
  if (!all.data?.length) return null;
  return (
    <span class="kept-line">
      {t('kept.line')} {all.data.slice(0, shown).map((k) => <a key={k.id} class="chip" href={searchPath(k.query)} title={k.query}><bdi>{k.name}</bdi></a>)}{' '}
      <a class="more" href="/searches">{t('kept.more', { n: num(all.data.length) })}</a>
    </span>
  );
}

// KeptList is a line a search: ask it again, or forget it.
export function KeptList({ of, onChange }: { of: KeptSearch[]; onChange: () => void }) {
  const [error, setError] = useState<ApiError>();
  const mayForget = (k: KeptSearch) => !preview.value && (k.mine || me.value?.principal.role === 'admin');
  const forget = (k: KeptSearch) => ask(`/searches/${seg(k.id)}`, { method: 'DELETE' }).then(() => (setError(undefined), onChange()), (err: unknown) => setError(troubleOf(err)));
  return (
    <>
      {error && <Trouble error={error} />}
      <ul class="feed kept">
        {of.map((k) => (
          <li key={k.id} data-row>
            <span class="feed-line"><a href={searchPath(k.query)}><b><bdi>{k.name}</bdi></b></a> {k.shared && <><span class="chip good">{t('kept.shared')}</span> <Grade of={k.marking} /></>} <span class="right quiet"><Time at={k.time} far /></span></span>
            <code>{k.query}</code>{' '}
            {!k.mine && <span class="quiet small"><bdi>{t('kept.by', { name: k.by ?? '' })}</bdi></span>}{' '}
            {mayForget(k) && <button type="button" class="plain small" onClick={() => void forget(k)}>{t('kept.forget')}</button>}
          </li>
        ))}
      </ul>
    </>
  );
}
