import { useState } from 'preact/hooks';
import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { AuditEvent, Key, Org, SourceStatus } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { Block, Trouble } from '../parts/Block';
import { Wide } from '../parts/Grid';
import { Source, Time, Grade } from '../parts/Value';
import { me, orgs, preview } from '../state/session';
import { go } from '../state/router';
import { seesSource } from './rights';
import { ApiError } from '../api/client';

// Admin is who may see what, who comes in by which key, and who did what.
export function Admin() {
  if (me.value?.principal.role !== 'admin' || preview.value) {
    return <Trouble error={new ApiError('denied', '', t('admin.only'))} />;
  }
  return (
    <>
      <h1>{t('nav.admin')}</h1>
      <Rights />
      <Keys />
      <Audit />
    </>
  );
}

function Rights() {
  const all = useResource(async (signal) => {
    const [o, s] = await Promise.all([ask<Org[] | null>('/orgs', { signal }), ask<SourceStatus[] | null>('/sources', { signal })]);
    orgs.value = o ?? [];
    return { orgs: o ?? [], sources: s ?? [] };
  }, ['rights']);
  return (
    <Block title={t('admin.rights')} of={all} lines={6} note={<span class="quiet">{t('admin.rights.note')}</span>}>
      {({ orgs: list, sources }) => (
        <>
          <Wide label={t('admin.rights')}>
            <table class="rights">
              <thead>
                <tr>
                  <th>{t('col.source')}</th><th>{t('col.grade')}</th>
                  {list.map((o) => (
                    <th key={o.id} scope="col">
                      <bdi>{o.name}</bdi>
                      <span class="quiet small">{o.own ? t('admin.own') : `${o.max_tlp ?? ''} · ${maybe('licence', o.licence ?? '')}`}</span>
                      {!o.own && <button type="button" class="plain" onClick={() => { preview.value = o.id; go('/'); }}>{t('admin.preview')}</button>}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {sources.map((s) => (
                  <tr key={s.source}>
                    <td><Source name={s.source} /></td><td><Grade of={s.default} /></td>
                    {list.map((o) => {
                      const sees = seesSource(o, s);
                      return <td key={o.id} class={`sees ${sees}`}>{t(`sees.${sees}`)}</td>;
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
          {list.length < 2 && <p class="void">{t('admin.alone')} <code>cure org set minato --tlp AMBER</code></p>}
        </>
      )}
    </Block>
  );
}

function Keys() {
  const all = useResource((signal) => ask<Key[] | null>('/keys', { signal }), ['keys']);
  const [failed, setFailed] = useState<ApiError>();
  const revoke = (id: string) => {
    ask(`/keys/${seg(id)}`, { method: 'DELETE' }).then(all.reload, (err: unknown) => setFailed(err instanceof ApiError ? err : undefined));
  };
  return (
    <Block title={t('admin.keys')} of={all} lines={3} note={<span class="quiet">{t('admin.keys.note')} <code>cure key create</code></span>}>
      {(keys) => (
        <>
          {failed && <Trouble error={failed} />}
          <Wide label={t('admin.keys')}>
            <table>
              <thead><tr><th>{t('admin.key')}</th><th>{t('admin.name')}</th><th>{t('admin.org')}</th><th>{t('admin.role')}</th><th>TLP</th><th>{t('admin.created')}</th><th>{t('admin.expires')}</th><th /></tr></thead>
              <tbody>
                {(keys ?? []).map((k) => (
                  <tr key={k.id} class={k.revoked ? 'quiet' : ''}>
                    <td><code>{k.id}</code></td><td><bdi>{k.name}</bdi></td><td><bdi>{k.org}</bdi></td><td>{k.role}</td><td>{k.max_tlp}</td>
                    <td><Time at={k.created} /></td><td>{k.revoked ? t('admin.revoked') : k.expires ? <Time at={k.expires} /> : '—'}</td>
                    <td>{!k.revoked && k.id !== me.value?.principal.key && <Sure onYes={() => revoke(k.id)}>{t('admin.revoke')}</Sure>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        </>
      )}
    </Block>
  );
}

// Sure asks again before it does what cannot be undone.
function Sure({ children, onYes }: { children: string; onYes: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <button type="button" class={asked ? 'danger' : 'plain'} onBlur={() => setAsked(false)} onClick={() => (asked ? onYes() : setAsked(true))}>
      {asked ? t('admin.sure', { what: children }) : children}
    </button>
  );
}

function Audit() {
  const all = useResource((signal) => ask<AuditEvent[] | null>('/audit', { query: { limit: 200 }, signal }), ['audit']);
  return (
    <Block title={t('admin.audit')} of={all} lines={4} empty={(a) => (a?.length ? null : <p>{t('admin.audit.empty')}</p>)} note={<span class="quiet">{all.data ? tn('admin.events', all.data.length) : ''}</span>}>
      {(events) => (
        <Wide label={t('admin.audit')}>
          <table>
            <thead><tr><th>{t('col.time')}</th><th>{t('admin.action')}</th><th>{t('admin.object')}</th><th>{t('admin.key')}</th><th>{t('admin.org')}</th><th>{t('col.because')}</th></tr></thead>
            <tbody>
              {(events ?? []).map((e) => (
                <tr key={e.seq}><td><Time at={e.time} /></td><td>{e.action}</td><td><bdi>{e.object}</bdi></td><td><code>{e.key}</code></td><td><bdi>{e.org}</bdi></td><td><bdi>{e.why}</bdi></td></tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </Block>
  );
}
