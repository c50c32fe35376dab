import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Contacts, Kind, Observable } from '../api/types';
import { t, tn } from '../i18n';
import { num } from '../text/number';
import { Block } from './Block';
import { Wide } from './Grid';
import { Sources, Time, Value } from './Value';

// What own machines can have talked to, opened or run.
const met = new Set<Kind>(['ip', 'domain', 'url', 'hash']);

// Ours is who of the own side had to do with a value: the first question about
// anything bad. That nobody had is an answer, with how far back it reaches.
export function Ours({ of }: { of: Observable }) {
  const contacts = useResource((signal) => ask<Contacts>(`/observables/${seg(of.kind)}/${seg(of.value)}/contacts`, { signal }), ['contacts', of.kind, of.value], { when: met.has(of.kind) });
  if (!met.has(of.kind)) return null;
  return (
    <Block
      title={t('ours.title')} of={contacts} lines={2} absent={t('ours.none')}
      note={contacts.data && <span class="quiet">{t('ours.kept')} <Time at={contacts.data.kept} /></span>}
      empty={(c) => (c.hosts.length ? null : <p>{t('ours.none')}</p>)}
    >
      {(c) => (
        <>
          <Wide label={t('ours.title')}>
            <table>
              <thead><tr><th>{t('ours.host')}</th><th>{t('col.first')}</th><th>{t('col.last')}</th><th class="n">{t('col.count')}</th><th>{t('ours.ports')}</th><th>{t('col.sources')}</th></tr></thead>
              <tbody>
                {c.hosts.map((h) => (
                  <tr key={h.host.kind + h.host.value} data-row>
                    <td><Value of={h.host} /></td>
                    <td><Time at={h.first} /></td>
                    <td><Time at={h.last} far /></td>
                    <td class="n">{num(h.count)}</td>
                    <td>{(h.ports ?? []).map((p) => p.value).join(', ')}</td>
                    <td><Sources names={h.sources} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
          {c.cut ? <p class="quiet">{tn('ours.cut', c.cut)}</p> : null}
          {c.partial && <p class="warn">{t('ours.partial')}</p>}
        </>
      )}
    </Block>
  );
}
