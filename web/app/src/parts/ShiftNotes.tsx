import { useState } from 'preact/hooks';
import { ask, ApiError, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Override, Target } from '../api/types';
import { t } from '../i18n';
import { parse } from '../text/time';
import { Block, Trouble } from './Block';
import { mayDecide } from './Decide';
import { Grade, Source, Time, Value } from './Value';

const kept = 7 * 86_400_000;

// ShiftNotes are what people wrote for whoever comes next. The hub keeps them
// for a week, and everybody of the house sees who wrote what.
export function ShiftNotes() {
  const notes = useResource(async (signal) => (await ask<Override[] | null>('/overrides', { query: { kind: 'note' }, signal })) ?? [], ['notes'], { every: 30_000 });
  const [text, setText] = useState('');
  const [error, setError] = useState<ApiError>();
  const failed = (err: unknown) => setError(err instanceof ApiError ? err : new ApiError('broken', String(err)));
  const done = () => (setError(undefined), notes.reload());
  const write = () => {
    const note: Override = { kind: 'note', target: {}, reason: text.trim(), expires: new Date(Date.now() + kept).toISOString() };
    ask('/overrides', { method: 'POST', body: note }).then(() => (setText(''), done()), failed);
  };
  return (
    <Block title={t('shift.notes')} of={notes} lines={2}>
      {(all) => (
        <>
          {!all.length && <p class="void">{t('shift.notes.none')}</p>}
          <ul class="feed notes-list">
            {all.map((n) => (
              <li key={n.id} data-row>
                <p class="pre"><bdi>{n.reason}</bdi></p>
                <span class="quiet small"><About of={n.target} /> <bdi>{n.name}</bdi> <Time at={n.time} /> <Grade of={n.marking} /></span>{' '}
                {n.id && mayDecide() && <button type="button" class="plain small no-print" onClick={() => ask(`/overrides/${seg(n.id!)}`, { method: 'DELETE', query: { reason: t('shift.notes.done') } }).then(done, failed)}>{t('shift.notes.done')}</button>}
              </li>
            ))}
          </ul>
          {error && <Trouble error={error} />}
          {mayDecide() && (
            <form class="no-print" onSubmit={(e) => (e.preventDefault(), write())}>
              <textarea class="notes" rows={3} required maxLength={2000} aria-label={t('shift.notes.write')} placeholder={t('shift.notes.write')} value={text} onInput={(e) => setText(e.currentTarget.value)} />
              <p><button>{t('shift.notes.keep')}</button> <span class="quiet">{t('shift.notes.text')}</span></p>
            </form>
          )}
        </>
      )}
    </Block>
  );
}

// About names what a decision is about; nothing for the shift itself.
export function About({ of }: { of: Target }) {
  return (
    <>
      {of.observable && <Value of={of.observable} />} {of.tag && <Value of={of.tag} />} {of.source && <Source name={of.source} />} {of.with && <Source name={of.with} />}{' '}
      {of.detection && <a href={`/case/${seg(of.detection)}`}>{t('case.title')}</a>}
    </>
  );
}

// Mutes are decisions to fold something away that end soon.
export function Mutes({ hours }: { hours: number }) {
  const all = useResource(async (signal) => (await ask<Override[] | null>('/overrides', { query: { kind: 'suppress' }, signal })) ?? [], ['mutes'], { every: 60_000 });
  const soon = (all.data ?? []).filter((o) => o.expires && (parse(o.expires) ?? 0) < Date.now() + hours * 3_600_000);
  return (
    <Block title={t('shift.mutes')} of={all} lines={2} empty={() => (soon.length ? null : <p>{t('shift.mutes.none')}</p>)}>
      {() => (
        <ul class="feed">
          {soon.map((o) => <li key={o.id} data-row><About of={o.target} /> <bdi>{o.reason}</bdi> <span class="quiet">— <bdi>{o.name}</bdi>, {t('decide.ends')} <Time at={o.expires} /></span></li>)}
        </ul>
      )}
    </Block>
  );
}
