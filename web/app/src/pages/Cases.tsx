import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Observable } from '../api/types';
import { t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Sources, Time, Value } from '../parts/Value';

interface Part { observable?: Observable; text?: string; reason?: string; sources?: string[]; records?: string[]; count?: number }
interface CaseBlock { name: string; state?: string; fills?: string; parts?: Part[] | null }
interface Case { id: string; title: string; opened?: string; time?: string; detection?: string | { id?: string; title?: string }; blocks?: CaseBlock[] | null }

// Cases are detections with everything that is related to them.
export function Cases() {
  const all = useResource((signal) => ask<Case[] | { cases?: Case[] | null } | null>('/cases', { signal }), ['cases'], { every: 30_000 });
  const list = (Array.isArray(all.data) ? all.data : all.data?.cases) ?? [];
  return (
    <>
      <h1>{t('nav.cases')}</h1>
      <p class="quiet">{t('cases.text')}</p>
      <Block of={all} lines={4} absent={t('cases.absent')} empty={() => (list.length ? null : <p>{t('cases.empty')}</p>)}>
        {() => (
          <ol class="findings">
            {list.map((c) => (
              <li key={c.id} data-row class="finding">
                <a class="finding-title" href={`/case/${seg(c.id)}`}><bdi>{c.title}</bdi></a>
                <p class="quiet"><Time at={c.opened ?? c.time} /> {c.blocks && tn('cases.filled', filled(c))}</p>
              </li>
            ))}
          </ol>
        )}
      </Block>
    </>
  );
}

const filled = (c: Case) => (c.blocks ?? []).filter((b) => (b.parts ?? []).length > 0).length;

// CasePage is one case: block after block, what is known with its reason, and
// for an empty block what would fill it.
export function CasePage({ at }: { at: Record<string, string> }) {
  const id = at['id'] ?? '';
  const one = useResource((signal) => ask<Case>(`/cases/${seg(id)}`, { signal }), ['case', id]);
  return (
    <>
      <p class="kind"><a href="/cases">{t('nav.cases')}</a></p>
      <h1><bdi>{one.data?.title ?? t('cases.one')}</bdi></h1>
      <Block of={one} lines={8} class="bare" absent={t('cases.gone')}>
        {(c) => (
          <div class="case">
            {(c.blocks ?? []).map((b) => <CaseBlockOf key={b.name} of={b} />)}
            {!c.blocks?.length && <p class="void">{t('cases.empty')}</p>}
          </div>
        )}
      </Block>
    </>
  );
}

function CaseBlockOf({ of: b }: { of: CaseBlock }) {
  const parts = b.parts ?? [];
  return (
    <Panel title={b.name} class={parts.length ? '' : 'faint'}>
      {parts.length === 0 && <p class="void"><bdi>{b.fills ?? t('cases.nothing')}</bdi></p>}
      <ul class="feed">
        {parts.slice(0, 100).map((p, i) => (
          <li key={i} data-row>
            {p.observable?.value ? <Value of={p.observable} /> : <bdi>{p.text}</bdi>} {p.count && p.count > 1 ? <span class="quiet">× {p.count}</span> : null}
            {p.reason && <p class="quiet"><bdi>{p.reason}</bdi></p>}
            {p.sources?.length ? <Sources names={p.sources} /> : null}{' '}
            {(p.records ?? []).slice(0, 5).map((r, k) => <><a key={r} href={`/r/${seg(r)}`}>{t('entity.record', { n: k + 1 })}</a> </>)}
          </li>
        ))}
      </ul>
      {parts.length > 100 && <p class="quiet">{t('entity.cut', { n: parts.length - 100 })}</p>}
    </Panel>
  );
}
