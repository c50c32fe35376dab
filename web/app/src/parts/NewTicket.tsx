import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, ApiError, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Observable, Opened, Ticket, Timeline } from '../api/types';
import { t } from '../i18n';
import { show } from '../text/defang';
import { publisherOf } from './layer';
import { Trouble } from './Block';
import { Value } from './Value';

const mostRecords = 5;

// Asked is what a ticket or a tag is wanted about, and on which page.
export interface Asked { of: Observable; page: string; first: 'title' | 'tag' }

interface Origin { records: string[]; rule: string; open: Ticket | undefined }

// originOf finds the newest records of own alerts that name the value, what
// the newest says, and a ticket that is open already.
async function originOf(o: Observable, signal: AbortSignal): Promise<Origin> {
  const path = `/observables/${seg(o.kind)}/${seg(o.value)}/timeline`;
  const [line, open] = await Promise.all([
    ask<Timeline>(path, { query: { limit: 2000 }, signal }),
    ask<Ticket[] | null>('/tickets', { query: { observable: `${o.kind}:${o.value}` }, signal }),
  ]);
  const own = (line.sightings ?? []).filter((s) => s.record && publisherOf(s.source) === 'alerts').sort((a, b) => b.first.localeCompare(a.first));
  const records = [...new Set(own.map((s) => s.record!))].slice(0, mostRecords);
  const newest = records[0] ? await ask<Opened>(`/records/${seg(records[0])}`, { signal }) : undefined;
  return { records, rule: newest?.attrs?.find((a) => a.name === 'rule')?.value ?? '', open: open?.[0] };
}

// tagOf reads what is typed as a tag: a CVE is one of its own kind.
const tagOf = (text: string): Observable => (/^cve-\d+-\d+$/i.test(text) ? { kind: 'cve', value: text.toUpperCase() } : { kind: 'tag', value: text.toLowerCase() });

// NewTicket makes a ticket of an incident, or tags its value in the ticket that
// is open about it. All is filled in: Enter makes it.
export function NewTicket({ asked, onDone, onEnd }: { asked: Asked; onDone: (made: Ticket) => void; onEnd: () => void }) {
  const { of: o, page, first } = asked;
  const dialog = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const origin = useResource((signal) => originOf(o, signal), ['origin', o]);
  useEffect(() => {
    dialog.current?.showModal();
    const field = dialog.current?.querySelector<HTMLInputElement>(`input[name=${first}]`);
    field?.focus();
    field?.select();
  }, [origin.data]);
  const into = first === 'tag' ? origin.data?.open : undefined;
  const send = async (f: FormData) => {
    const word = (name: string) => String(f.get(name) ?? '').trim();
    const ticket = into ?? await ask<Ticket>('/tickets', {
      method: 'POST', body: { title: word('title'), text: word('text'), from: { page, about: o, records: origin.data?.records ?? [] } },
    });
    if (!word('tag')) return ticket;
    return ask<Ticket>(`/tickets/${seg(ticket.id)}`, { method: 'POST', body: { tag: { observable: o, tag: tagOf(word('tag')), reason: word('text').slice(0, 2000) } } });
  };
  return (
    <dialog ref={dialog} class="help ticket-new" aria-label={t('ticket.new')} onClose={onEnd}>
      <h2>{t('ticket.new')} <Value of={o} /></h2>
      {origin.error && <Trouble error={origin.error} retry={origin.reload} />}
      {origin.data && (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            setBusy(true);
            send(new FormData(e.currentTarget)).then(onDone, (err: unknown) => (setBusy(false), setError(err instanceof ApiError ? err : new ApiError('broken', String(err)))));
          }}
        >
          {into
            ? <p class="quiet">{t('ticket.tag.into', { id: into.id })} <bdi>{into.title}</bdi></p>
            : (
              <>
                <label>{t('ticket.title')} <input name="title" required maxLength={90} autocomplete="off" defaultValue={titleOf(o, origin.data.rule)} /></label>
                <p class="quiet">{origin.data.records.length ? t('ticket.records', { n: origin.data.records.length }) : t('ticket.records.none')}</p>
              </>
            )}
          <label>{t('ticket.why')} <textarea name="text" rows={3} maxLength={2000} /></label>
          <label>{t('ticket.tag')} <input name="tag" required={first === 'tag'} maxLength={200} autocomplete="off" placeholder={t('ticket.tag.help')} /></label>
          {error && <Trouble error={error} />}
          <p class="buttons"><button disabled={busy}>{t(into ? 'ticket.add' : 'ticket.go')}</button> <button type="button" class="second" onClick={() => dialog.current?.close()}>{t('help.close')}</button></p>
        </form>
      )}
      {!origin.data && !origin.error && <p class="quiet">{t('block.loading')}</p>}
    </dialog>
  );
}

// titleOf is what the ticket would be called by most.
export function titleOf(o: Observable, rule: string): string {
  const what = show(o).slice(0, 80);
  return (rule ? `${what} — ${t('ticket.alert', { rule })}` : what).slice(0, 90);
}
