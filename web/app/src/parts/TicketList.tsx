import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Observable, Ticket } from '../api/types';
import { t } from '../i18n';
import { num } from '../text/number';
import { valuesOf } from '../text/ticket';
import { Block } from './Block';
import { mayDecide } from './Decide';
import { Grade, Time } from './Value';

// TicketList is a line a ticket.
export function TicketList({ of }: { of: Ticket[] }) {
  return (
    <ul class="feed tickets">
      {of.map((x) => (
        <li key={x.id} data-row>
          <span class="feed-line"><a href={`/t/${seg(x.id)}`}><b>{x.id}</b> <bdi>{x.title}</bdi></a> <State of={x} /> <span class="right quiet"><Time at={x.changed} far /></span></span>
          <span class="quiet small"><bdi>{x.name}</bdi> <Grade of={x.marking} /> {t('ticket.holds')}: {num(valuesOf(x).length)}</span>
        </li>
      ))}
    </ul>
  );
}

export const State = ({ of }: { of: Ticket }) => <span class={`chip ${of.closed ? '' : 'good'}`}>{t(of.closed ? 'ticket.closed' : 'ticket.open')}</span>;

// TicketsAbout are the open and closed tickets about a value.
export function TicketsAbout({ of: o, turn, onNew }: { of: Observable; turn: number; onNew: (first: 'title' | 'tag') => void }) {
  const found = useResource(async (signal) => (await ask<Ticket[] | null>('/tickets', { query: { observable: `${o.kind}:${o.value}`, all: true }, signal })) ?? [], ['tickets', o, turn]);
  return (
    <Block
      title={t('nav.tickets')} of={found} lines={1}
      note={mayDecide() && <span class="handle no-print"><button type="button" class="plain" onClick={() => onNew('title')}>{t('ticket.new')} <kbd aria-hidden="true">n</kbd></button> <button type="button" class="plain" onClick={() => onNew('tag')}>{t('ticket.tag')} <kbd aria-hidden="true">#</kbd></button></span>}
      empty={(list) => (list.length ? null : <p>{t('ticket.none')}</p>)}
    >
      {(list) => <TicketList of={list} />}
    </Block>
  );
}
