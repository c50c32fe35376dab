import { useState } from 'preact/hooks';
import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Case, CaseBlock } from '../api/types';
import { maybe, t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { num } from '../text/number';
import { Decide, Decisions, Overruled } from '../parts/Decide';
import { Stix } from '../parts/Stix';
import { Grade, Sources, Time, Value, Weight } from '../parts/Value';

// Cases are detections with everything that is related to them.
export function Cases() {
  const all = useResource((signal) => ask<Case[] | null>('/cases', { signal }), ['cases'], { every: 30_000 });
  const list = all.data ?? [];
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
                <p class="quiet"><Time at={c.opened} /> · {c.detection.sources?.length ? tn('count.addresses', c.detection.sources.length) : ''} {c.detection.marking && <Grade of={c.detection.marking} />}</p>
                {c.detection.pattern && <p><bdi>{c.detection.pattern}</bdi></p>}
              </li>
            ))}
          </ol>
        )}
      </Block>
    </>
  );
}

// CasePage is one case: block after block, what is known with its reason, and
// for an empty block what would fill it.
export function CasePage({ at }: { at: Record<string, string> }) {
  const id = at['id'] ?? '';
  const one = useResource((signal) => ask<Case>(`/cases/${seg(id)}`, { signal }), ['case', id]);
  return (
    <>
      <p class="kind"><a href="/cases">{t('nav.cases')}</a></p>
      <h1><bdi>{one.data?.title ?? t('case.title')}</bdi></h1>
      <Block of={one} lines={8} class="bare" absent={t('cases.gone')}>
        {(c) => (
          <>
          <p class="verdict"><Time at={c.opened} /> · {c.detection.sources?.length ? `${tn('count.addresses', c.detection.sources.length)} · ` : ''}{c.detection.pattern && <bdi>{c.detection.pattern}</bdi>} <Grade of={c.detection.marking} /> <Stix of={{ case: id }} name="cure-case" />{/darknet/.test(c.detection.source ?? '') && <> · <a href={`/darknet/${seg(c.detection.id)}`}>{t('darknet.activity')}</a></>}</p>
          <Decisions of={c.detection.overrides} onChange={one.reload} />
          {c.from && <p class="quiet">{t('cases.window')} <Time at={c.from} /> – <Time at={c.to} /></p>}
          <div class="case">
            {(c.blocks ?? []).map((b) => <CaseBlockOf key={b.name} of={b} />)}
            {!c.blocks?.length && <p class="void">{t('cases.empty')}</p>}
          </div>
          <Decide target={{ detection: c.detection.id }} onDone={one.reload} />
          </>
        )}
      </Block>
    </>
  );
}

function CaseBlockOf({ of: b }: { of: CaseBlock }) {
  const [all, setAll] = useState(false);
  const parts = b.parts ?? [];
  const shown = all ? parts : parts.slice(0, 8);
  return (
    <Panel title={maybe('block', b.name)} class={parts.length ? '' : 'faint'}>
      {parts.length === 0 && <p class="void"><bdi>{b.fills ?? t('cases.nothing')}</bdi></p>}
      <ul class="feed">
        {shown.map((p, i) => (
          <li key={i} data-row class={p.overruled ? 'overruled' : ''}>
            <span class="feed-line">
              {p.observable?.value ? <Value of={p.observable} /> : <bdi>{p.text}</bdi>} {p.count && p.count > 1 ? <span class="quiet">× {num(p.count)}</span> : null}
              {p.weight ? <span class="right"><Weight of={p.weight} why={p.reason} /></span> : null}
            </span>
            {p.observable?.value && p.text && <p><bdi>{p.text}</bdi></p>}
            {p.reason && <p class="quiet small"><bdi>{p.reason}</bdi></p>}
            {p.sources?.length ? <Sources names={p.sources} /> : null}{' '}
            {(p.records ?? []).slice(0, 3).map((r, k) => <><a key={r} class="small" href={`/r/${seg(r)}`}>{t('entity.record', { n: k + 1 })}</a> </>)}
            {p.overruled && <Overruled of={p.overruled} />}
          </li>
        ))}
      </ul>
      {parts.length > shown.length && <button type="button" class="plain" onClick={() => setAll(true)}>{tn('entity.others', parts.length - shown.length)}</button>}
      {b.cut ? <p class="quiet">{t('entity.cut', { n: num(b.cut) })}</p> : null}
    </Panel>
  );
}
