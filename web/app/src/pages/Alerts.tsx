import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Override, Results, Summary } from '../api/types';
import { t } from '../i18n';
import { Block } from '../parts/Block';
import { mayDecide } from '../parts/Decide';
import { me } from '../state/session';
import { num } from '../text/number';
import { Grid } from '../parts/Grid';
import { idOf } from '../parts/summaries';
import { Roles, Source, Tags, Time, Value } from '../parts/Value';
import { publisherOf } from '../parts/layer';

const own = 'alerts';

// outsideOf is what others than our own alerts know of a value, the publishers
// by name.
export function outsideOf(s: Summary): string[] {
  return [...new Set((s.sources ?? []).map(publisherOf))].filter((p) => p !== own && p !== 'livenet').sort();
}

// byWorth puts first what most others know, and of those the newest.
export function byWorth(all: Summary[]): Summary[] {
  const hostile = new Set(['c2', 'infected', 'loader', 'sender', 'tool']);
  const worth = (s: Summary) => 2 * outsideOf(s).length + (s.tags?.length ? 1 : 0) + (s.roles?.some((r) => hostile.has(r)) ? 1 : 0) - (s.observable.kind === 'port' ? 9 : 0);
  return [...all].sort((a, b) => worth(b) - worth(a) || (b.last ?? '').localeCompare(a.last ?? ''));
}

type Show = 'open' | 'mine' | 'free' | 'muted';

function shows(s: Summary, what: Show): boolean {
  if (mutedBy(s)) return what === 'muted';
  if (what === 'mine') return ownerOf(s)?.value === me.value?.principal.name;
  return what === 'open' || (what === 'free' && !ownerOf(s));
}

const ownerOf = (s: Summary) => s.overrides?.filter((o) => o.kind === 'owner').at(-1);
const mutedBy = (s: Summary) => s.overrides?.filter((o) => o.kind === 'suppress').at(-1);

// siemLink fills in the address of the own log store. The place it leads to is
// the operator's; only what is searched there comes from the data.
export function siemLink(template: string, s: Summary): string {
  const fill: Record<string, string | undefined> = { value: s.observable.value, kind: s.observable.kind, from: s.first, to: s.last };
  return template.replace(/\{(value|kind|from|to)\}/g, (_, name: string) => encodeURIComponent(fill[name] ?? ''));
}

// Handle is what an analyst does with an incident: take it, mute it for a time
// with a reason, look into the own log store. Decisions stick.
function Handle({ of: s, onDone }: { of: Summary; onDone: () => void }) {
  const [muting, setMuting] = useState(false);
  const [error, setError] = useState('');
  const owner = ownerOf(s), muted = mutedBy(s), mine = me.value?.principal.name ?? '';
  const siem = me.value?.siem;
  const send = (o: Override) => ask('/overrides', { method: 'POST', body: o }).then(() => (setMuting(false), onDone()), (e: Error) => setError(e.message));
  const drop = (o: Override) => ask(`/overrides/${seg(o.id ?? '')}`, { method: 'DELETE', query: { reason: t('decide.removed') } }).then(onDone, (e: Error) => setError(e.message));
  const may = mayDecide();
  return (
    <span class="handle">
      {owner ? <span class="chip good" title={owner.reason}><bdi>{owner.value}</bdi></span> : !may && <span class="quiet">{t('alerts.noowner')}</span>}
      {may && (owner?.value === mine
        ? <button type="button" class="plain" onClick={() => void drop(owner)}>{t('alerts.release')}</button>
        : <button type="button" class="plain" onClick={() => void send({ kind: 'owner', value: mine, target: { observable: s.observable }, reason: t('alerts.taken') })}>{t('alerts.take')}</button>)}
      {may && (muted ? <button type="button" class="plain" onClick={() => void drop(muted)}>{t('alerts.unmute')}</button> : <button type="button" class="plain" aria-expanded={muting} onClick={() => setMuting(!muting)}>{t('alerts.mute')}</button>)}
      {siem && <a href={siemLink(siem, s)} target="_blank" rel="noopener noreferrer">SIEM</a>}
      {error && <span class="warn" role="alert"><bdi>{error}</bdi></span>}
      {muting && <MuteForm of={s} onSay={(reason, days) => void send({ kind: 'suppress', target: { observable: s.observable }, reason, expires: new Date(Date.now() + days * 86_400_000).toISOString() })} onEnd={() => setMuting(false)} />}
    </span>
  );
}

function MuteForm({ of: s, onSay, onEnd }: { of: Summary; onSay: (reason: string, days: number) => void; onEnd: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-label={t('alerts.mute')} onClose={onEnd}>
      <h2>{t('alerts.mute')} <Value of={s.observable} /></h2>
      <p class="quiet">{t('alerts.mute.text')}</p>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          const f = new FormData(e.currentTarget);
          onSay(String(f.get('reason')).trim(), Number(f.get('days')));
        }}
      >
        <label>{t('decide.reason')} <input name="reason" required maxLength={500} autocomplete="off" /></label>
        <label>{t('decide.until')} <select name="days">{['1', '7', '30', '90'].map((d) => <option key={d} value={d}>{t('decide.days', { n: d })}</option>)}</select></label>
        <p class="buttons"><button>{t('alerts.mute')}</button> <button type="button" class="second" onClick={() => dialog.current?.close()}>{t('help.close')}</button></p>
      </form>
    </dialog>
  );
}

// Alerts are values of our own alerts, and what the world knows of them.
export function Alerts() {
  const [shown, setShown] = useState<Show>('open');
  const found = useResource((signal) => ask<Results>('/search', { query: { q: `source:${own} -kind:port`, limit: 2000 }, signal }), ['alerts'], { every: 15_000 });
  return (
    <>
      <h1>{t('nav.alerts')}</h1>
      <p class="quiet">{t('alerts.text')}</p>
      <Block
        of={found} lines={8} absent={t('alerts.empty')}
        empty={(r) => (r.values?.length ? null : <><p>{t('alerts.empty')}</p><p><code>cure publish alerts eve.json</code></p></>)}
      >
        {(r) => (
          <>
          <div class="pills" role="group" aria-label={t('answer.filters')}>
            {(['open', 'mine', 'free', 'muted'] as const).map((w) => <button key={w} type="button" class="pill" aria-pressed={shown === w} onClick={() => setShown(w)}>{t(`alerts.show.${w}`)} {num((r.values ?? []).filter((s) => shows(s, w)).length)}</button>)}
          </div>
          <Grid
            rows={byWorth((r.values ?? []).filter((s) => shows(s, shown)))} label={t('nav.alerts')}
            columns={[
              { name: t('alerts.ours'), width: 'minmax(12rem, 2fr)', cell: (s) => <Value of={s.observable} /> },
              { name: t('alerts.outside'), width: 'minmax(10rem, 2fr)', cell: (s) => (outsideOf(s).length ? <span class="sources">{outsideOf(s).slice(0, 4).map((p) => <Source key={p} name={p} />)}</span> : <span class="quiet">{t('alerts.unknown')}</span>) },
              { name: t('col.roles'), width: 'minmax(5rem, 1fr)', hideNarrow: true, cell: (s) => <Roles of={s.roles} /> },
              { name: t('col.tags'), width: 'minmax(6rem, 1fr)', hideNarrow: true, cell: (s) => <Tags of={s.tags} most={2} /> },
              { name: t('alerts.age'), width: '7rem', cell: (s) => <Time at={s.last} far /> },
              { name: t('alerts.handle'), width: 'minmax(15rem, 1.8fr)', cell: (s) => <Handle key={idOf(s)} of={s} onDone={found.reload} />, hideNarrow: true },
            ]}
          />
          </>
        )}
      </Block>
    </>
  );
}
