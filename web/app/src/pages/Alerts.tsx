import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { ask, ApiError, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Override, Results, Summary, Ticket } from '../api/types';
import { t } from '../i18n';
import { Block, Trouble } from '../parts/Block';
import { mayDecide } from '../parts/Decide';
import { me } from '../state/session';
import { num } from '../text/number';
import { Grid, type Column } from '../parts/Grid';
import { NewTicket, type Asked } from '../parts/NewTicket';
import { idOf } from '../parts/summaries';
import { Roles, Source, Tags, Time, Value } from '../parts/Value';
import { byValue, byWorth, outsideOf, siemLink } from '../parts/incident';
import { chosenRow, onKey } from '../state/keyboard';

const own = 'alerts';

type Show = 'open' | 'mine' | 'free' | 'muted';

function shows(s: Summary, what: Show): boolean {
  if (mutedBy(s)) return what === 'muted';
  if (what === 'mine') return ownerOf(s)?.value === me.value?.principal.name;
  return what === 'open' || (what === 'free' && !ownerOf(s));
}

const ownerOf = (s: Summary) => s.overrides?.filter((o) => o.kind === 'owner').at(-1);
const mutedBy = (s: Summary) => s.overrides?.filter((o) => o.kind === 'suppress').at(-1);

// Deciding is what an analyst does with an incident by button or key: decisions
// stick, and a failure is said once above the list.
interface Deciding { take: (s: Summary) => void; mute: (s: Summary) => void; ticket: (s: Summary, first: Asked['first']) => void }

function Handle({ of: s, act, tickets }: { of: Summary; act: Deciding; tickets: Ticket[] }) {
  const owner = ownerOf(s), mine = me.value?.principal.name ?? '', siem = me.value?.siem;
  const may = mayDecide();
  return (
    <span class="handle">
      {tickets.slice(0, 2).map((x) => <a key={x.id} class="chip" href={`/t/${seg(x.id)}`} title={x.title}>{x.id}</a>)}
      {owner ? <span class="chip good" title={owner.reason}><bdi>{owner.value}</bdi></span> : !may && <span class="quiet">{t('alerts.noowner')}</span>}
      {may && (
        <>
          <button type="button" class="plain" onClick={() => act.take(s)}>{t(owner?.value === mine ? 'alerts.release' : 'alerts.take')}</button>
          <button type="button" class="plain" onClick={() => act.ticket(s, 'title')}>{t('ticket.new')}</button>
          <button type="button" class="plain" onClick={() => act.ticket(s, 'tag')}>{t('ticket.tag')}</button>
          <button type="button" class="plain" aria-haspopup="dialog" onClick={() => act.mute(s)}>{t(mutedBy(s) ? 'alerts.unmute' : 'alerts.mute')}</button>
        </>
      )}
      {siem && <a href={siemLink(siem, s)} target="_blank" rel="noopener noreferrer">SIEM</a>}
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
  const found = useResource((signal) => ask<Results>('/search', { query: { q: `source:${own} -kind:port`, limit: 2000 }, signal }), ['alerts'], { every: 15_000 });
  return (
    <>
      <h1>{t('nav.alerts')}</h1>
      <p class="quiet">{t('alerts.text')} {mayDecide() && <span class="wide-only">{t('alerts.keys')}</span>}</p>
      <Block
        of={found} lines={8} absent={t('alerts.empty')}
        empty={(r) => (r.values?.length ? null : <><p>{t('alerts.empty')}</p><p><code>cure publish alerts eve.json</code></p></>)}
      >
        {(r) => <Incidents of={r.values ?? []} onDone={found.reload} />}
      </Block>
    </>
  );
}

function Incidents({ of: all, onDone }: { of: Summary[]; onDone: () => void }) {
  const [shown, setShown] = useState<Show>('open');
  const [muting, setMuting] = useState<Summary>();
  const [asked, setAsked] = useState<Asked>();
  const [made, setMade] = useState<Ticket>();
  const [error, setError] = useState<ApiError>();
  const tickets = useResource(async (signal) => byValue((await ask<Ticket[] | null>('/tickets', { signal })) ?? []), ['alerts.tickets'], { every: 30_000 });
  const rows = useMemo(() => byWorth(all.filter((s) => shows(s, shown))), [all, shown]);
  const failed = (err: unknown) => setError(err instanceof ApiError ? err : new ApiError('broken', String(err)));
  const done = () => (setError(undefined), setMuting(undefined), onDone());
  const send = (o: Override) => void ask('/overrides', { method: 'POST', body: o }).then(done, failed);
  const drop = (o: Override) => void ask(`/overrides/${seg(o.id ?? '')}`, { method: 'DELETE', query: { reason: t('decide.removed') } }).then(done, failed);
  const act: Deciding = {
    take: (s) => {
      const owner = ownerOf(s), mine = me.value?.principal.name ?? '';
      if (owner?.value === mine) drop(owner);
      else send({ kind: 'owner', value: mine, target: { observable: s.observable }, reason: t('alerts.taken') });
    },
    mute: (s) => {
      const muted = mutedBy(s);
      if (muted) drop(muted);
      else setMuting(s);
    },
    ticket: (s, first) => setAsked({ of: s.observable, page: own, first }),
  };
  useDecidingKeys(rows, act);
  const mute = (s: Summary, reason: string, days: number) => send({ kind: 'suppress', target: { observable: s.observable }, reason, expires: new Date(Date.now() + days * 86_400_000).toISOString() });
  return (
    <>
      <div class="pills" role="group" aria-label={t('answer.filters')}>
        {(['open', 'mine', 'free', 'muted'] as const).map((w) => <button key={w} type="button" class="pill" aria-pressed={shown === w} onClick={() => setShown(w)}>{t(`alerts.show.${w}`)} {num(all.filter((s) => shows(s, w)).length)}</button>)}
      </div>
      {error && <Trouble error={error} />}
      {made && <p class="hint" role="status">{t('ticket.made', { id: made.id })} <a href={`/t/${seg(made.id)}`}>{made.id} <bdi>{made.title}</bdi></a></p>}
      <Grid rows={rows} label={t('nav.alerts')} columns={columnsOf(act, tickets.data)} />
      {muting && <MuteForm of={muting} onSay={(reason, days) => mute(muting, reason, days)} onEnd={() => setMuting(undefined)} />}
      {asked && <NewTicket asked={asked} onEnd={() => setAsked(undefined)} onDone={(x) => (setAsked(undefined), setMade(x), tickets.reload(), onDone())} />}
    </>
  );
}

// useDecidingKeys gives the row that has the focus, else the first, the keys
// of its buttons.
function useDecidingKeys(rows: Summary[], act: Deciding): void {
  useEffect(() => {
    if (!mayDecide()) return;
    const on = (what: (s: Summary) => void) => () => {
      const s = rows[chosenRow()];
      if (s) what(s);
    };
    const ends = [onKey('n', on((s) => act.ticket(s, 'title'))), onKey('#', on((s) => act.ticket(s, 'tag'))), onKey('o', on(act.take)), onKey('m', on(act.mute))];
    return () => ends.forEach((end) => end());
  }, [rows]);
}

function columnsOf(act: Deciding, tickets: Map<string, Ticket[]> | undefined): Column<Summary>[] {
  return [
    { name: t('alerts.ours'), width: 'minmax(11rem, 2fr)', cell: (s) => <Value of={s.observable} /> },
    { name: t('alerts.outside'), width: 'minmax(9rem, 1.8fr)', cell: (s) => (outsideOf(s).length ? <span class="sources">{outsideOf(s).slice(0, 4).map((p) => <Source key={p} name={p} />)}</span> : <span class="quiet">{t('alerts.unknown')}</span>) },
    { name: t('col.roles'), width: 'minmax(5rem, .8fr)', hideNarrow: true, cell: (s) => <Roles of={s.roles} /> },
    { name: t('col.tags'), width: 'minmax(6rem, 1fr)', hideNarrow: true, cell: (s) => <Tags of={s.tags} most={2} /> },
    { name: t('alerts.age'), width: '6.5rem', hideNarrow: true, cell: (s) => <Time at={s.last} far /> },
    { name: t('alerts.handle'), width: 'minmax(19rem, 2.2fr)', cell: (s) => <Handle key={idOf(s)} of={s} act={act} tickets={tickets?.get(idOf(s)) ?? []} />, hideNarrow: true },
  ];
}
