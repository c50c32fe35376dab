import { useState } from 'preact/hooks';
import { ask, ApiError, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Ticket } from '../api/types';
import { t } from '../i18n';
import { Block, Panel, Trouble } from '../parts/Block';
import { State, TicketList } from '../parts/TicketList';
import { mayDecide } from '../parts/Decide';
import { Wide } from '../parts/Grid';
import { Grade, Source, Time, Value } from '../parts/Value';
import { num } from '../text/number';
import { valuesOf } from '../text/ticket';

// Tickets are what analysts look into, as far as one may see it.
export function Tickets() {
  const [all, setAll] = useState(false);
  const found = useResource(async (signal) => (await ask<Ticket[] | null>('/tickets', { query: { all }, signal })) ?? [], ['tickets', all], { every: 30_000 });
  return (
    <>
      <h1>{t('nav.tickets')}</h1>
      <div class="pills"><button type="button" class="pill" aria-pressed={all} onClick={() => setAll(!all)}>{t('ticket.all')}</button></div>
      <Block of={found} lines={6} empty={(list) => (list.length ? null : <p>{t('ticket.empty')}</p>)}>{(list) => <TicketList of={list} />}</Block>
    </>
  );
}

// TicketPage is one ticket: where it came from, what it holds, what was said.
export function TicketPage({ at }: { at: Record<string, string> }) {
  const id = at['id'] ?? '';
  const one = useResource((signal) => ask<Ticket>(`/tickets/${seg(id)}`, { signal }), ['ticket', id], { every: 30_000 });
  return (
    <>
      <p class="kind"><a href="/tickets">{t('nav.tickets')}</a></p>
      <h1>{id.toUpperCase()} <bdi>{one.data?.title}</bdi></h1>
      <Block of={one} lines={8} absent={t('ticket.absent')}>{(x) => <Body of={x} onDone={one.reload} />}</Block>
    </>
  );
}

function Body({ of: x, onDone }: { of: Ticket; onDone: () => void }) {
  const values = valuesOf(x);
  return (
    <>
      <p class="verdict"><State of={x} /> <bdi>{x.name}</bdi> · <Time at={x.created} /> · <Grade of={x.marking} /></p>
      {x.text && <p class="pre"><bdi>{x.text}</bdi></p>}
      <Origin of={x} />
      <Panel title={t('ticket.holds')} class="inner" note={values.length > 0 && <a class="more" href={`/g?${values.slice(0, 20).map((o) => `n=${encodeURIComponent(`${o.kind}:${o.value}`)}`).join('&')}`}>{t('nav.pivot')}</a>}>
        {values.length ? <ul class="values">{values.map((o) => <li key={o.kind + o.value} data-row><Value of={o} /></li>)}</ul> : <p class="void">{t('ticket.holds.none')}</p>}
        {x.from?.left ? <p class="quiet">{t('ticket.left', { n: num(x.from.left) })}</p> : null}
      </Panel>
      {x.tags?.length ? (
        <Panel title={t('ticket.tags')} class="inner">
          <Wide label={t('ticket.tags')}>
            <table><tbody>{x.tags.map((g, i) => <tr key={i}><td><Value of={g.observable} /></td><td><Value of={g.tag} /></td><td><bdi>{g.reason}</bdi></td><td><bdi>{g.name}</bdi></td><td><Time at={g.time} /></td></tr>)}</tbody></table>
          </Wide>
        </Panel>
      ) : null}
      {x.comments?.length ? (
        <Panel title={t('ticket.comments')} class="inner">
          <ul class="feed">{x.comments.map((c, i) => <li key={i}><p class="pre"><bdi>{c.text}</bdi></p><span class="quiet small"><bdi>{c.name}</bdi> <Time at={c.time} /></span></li>)}</ul>
        </Panel>
      ) : null}
      {mayDecide() && <Change of={x} onDone={onDone} />}
    </>
  );
}

// Origin says where a ticket came from.
function Origin({ of: x }: { of: Ticket }) {
  const f = x.from;
  if (!f) return null;
  return (
    <p class="origin">
      <b>{t('ticket.from')}</b> {f.page === 'alerts' ? <a href="/alerts">{t('nav.alerts')}</a> : f.page && f.page !== 'observable' && <bdi>{t('ticket.from.page', { page: f.page })}</bdi>}{' '}
      {f.about && <Value of={f.about} />} {f.sources?.map((s) => <Source key={s} name={s} />)}{' '}
      {f.records?.map((r, i) => <><a key={r} href={`/r/${seg(r)}`}>{t('entity.record', { n: i + 1 })}</a> </>)}
    </p>
  );
}

function Change({ of: x, onDone }: { of: Ticket; onDone: () => void }) {
  const [error, setError] = useState<ApiError>();
  const send = (body: unknown, then?: () => void) => {
    ask(`/tickets/${seg(x.id)}`, { method: 'POST', body }).then(() => (setError(undefined), then?.(), onDone()), (err: unknown) => setError(err instanceof ApiError ? err : new ApiError('broken', String(err))));
  };
  return (
    <form
      class="no-print"
      onSubmit={(e) => {
        e.preventDefault();
        const form = e.currentTarget;
        send({ comment: { text: String(new FormData(form).get('comment')).trim() } }, () => form.reset());
      }}
    >
      <textarea class="notes" name="comment" rows={3} required maxLength={4000} aria-label={t('ticket.comment')} placeholder={t('ticket.comment')} />
      <p class="buttons"><button>{t('ticket.add')}</button> {!x.closed && <button type="button" class="second" onClick={() => send({ close: true })}>{t('ticket.close')}</button>}</p>
      {error && <Trouble error={error} />}
    </form>
  );
}
