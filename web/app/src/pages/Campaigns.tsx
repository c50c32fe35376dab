import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Observable, Summary } from '../api/types';
import { t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Swim, type Lane } from '../parts/Swim';
import { Source, Sources, Tags, Time, Value } from '../parts/Value';
import { idOf, Summaries } from '../parts/summaries';
import { publisherOf } from '../parts/layer';

export interface Member extends Partial<Summary> { observable: Observable; why?: string; reason?: string; weight?: number }
export interface Campaign {
  id: string; title?: string; name?: string; first?: string; last?: string; score?: number; size?: number;
  databases?: string[] | null; sources?: string[] | null; tags?: string[] | null; techniques?: string[] | null; members?: Member[] | null; why?: string;
}

export const titleOf = (c: Campaign): string => c.title || c.name || c.tags?.[0] || (c.members?.[0] ? c.members[0].observable.value : c.id);

export const databasesOf = (c: Campaign): string[] =>
  c.databases ?? [...new Set([...(c.sources ?? []), ...(c.members ?? []).flatMap((m) => m.sources ?? [])].map(publisherOf))];

export function useCampaigns() {
  return useResource(async (signal) => {
    const all = await ask<Campaign[] | { campaigns?: Campaign[] | null } | null>('/campaigns', { signal });
    return (Array.isArray(all) ? all : all?.campaigns) ?? [];
  }, ['campaigns'], { every: 60_000 });
}

// Campaigns are groups of linked values that cross databases, ranked.
export function Campaigns() {
  const all = useCampaigns();
  return (
    <>
      <h1>{t('nav.campaigns')}</h1>
      <p class="quiet">{t('campaigns.text')}</p>
      <Block of={all} lines={6} absent={t('campaigns.absent')} empty={(c) => (c.length ? null : <p>{t('campaigns.empty')}</p>)}>
        {(list) => (
          <ol class="cards">
            {list.map((c, i) => (
              <li key={c.id} data-row class="card">
                <p class="rank" aria-hidden="true">{i + 1}</p>
                <a class="finding-title" href={`/c/${seg(c.id)}`}><bdi>{titleOf(c)}</bdi></a>
                <p class="quiet"><Time at={c.first} /> – <Time at={c.last} /> · {tn('campaigns.members', c.size ?? c.members?.length ?? 0)}</p>
                <p>{databasesOf(c).map((d) => <Source key={d} name={d} />)}</p>
                <p><Tags of={c.tags ?? c.techniques ?? []} most={6} /></p>
                <p><a href={`/picture?c=${seg(c.id)}`}>{t('campaigns.light')}</a></p>
              </li>
            ))}
          </ol>
        )}
      </Block>
    </>
  );
}

// CampaignPage is one of them, with swim lanes over time.
export function CampaignPage({ at }: { at: Record<string, string> }) {
  const id = at['id'] ?? '';
  const one = useResource((signal) => ask<Campaign>(`/campaigns/${seg(id)}`, { signal }), ['campaign', id]);
  return (
    <>
      <p class="kind"><a href="/c">{t('nav.campaigns')}</a></p>
      <h1><bdi>{one.data ? titleOf(one.data) : t('campaigns.one')}</bdi></h1>
      <Block of={one} lines={8} class="bare" absent={t('campaigns.gone')}>
        {(c) => (
          <>
            <p class="verdict"><Time at={c.first} /> – <Time at={c.last} /> · {tn('campaigns.members', c.size ?? c.members?.length ?? 0)} · <Sources names={databasesOf(c)} most={12} /></p>
            {c.why && <p><bdi>{c.why}</bdi></p>}
            <p><Tags of={c.tags ?? []} most={12} /> <Tags of={c.techniques ?? []} most={12} /></p>
            <p><a href={`/picture?c=${seg(c.id)}`}>{t('campaigns.light')}</a> · <a href={`/g?${(c.members ?? []).slice(0, 10).map((m) => `n=${encodeURIComponent(idOf(m as Summary))}`).join('&')}`}>{t('nav.pivot')}</a></p>
            <Panel title={t('campaigns.lanes')}><Swim lanes={lanesOf(c)} /></Panel>
            <Panel title={t('campaigns.list')}><Summaries of={(c.members ?? []) as Summary[]} label={t('campaigns.list')} /></Panel>
            {(c.members ?? []).some((m) => m.why ?? m.reason) && (
              <Panel title={t('col.because')}>
                <ul class="feed">{(c.members ?? []).filter((m) => m.why ?? m.reason).slice(0, 40).map((m) => <li key={m.observable.value}><Value of={m.observable} /> <span class="quiet"><bdi>{m.why ?? m.reason}</bdi></span></li>)}</ul>
              </Panel>
            )}
          </>
        )}
      </Block>
    </>
  );
}

// lanesOf makes a lane a database, with each member it holds as a span.
export function lanesOf(c: Campaign): Lane[] {
  return databasesOf(c).map((name) => ({
    name,
    spans: (c.members ?? [])
      .filter((m) => (m.sources ?? []).some((s) => publisherOf(s) === name))
      .map((m) => ({ from: m.first ?? '', to: m.last ?? m.first ?? '', title: m.observable.value, observable: m.observable })),
  }));
}
