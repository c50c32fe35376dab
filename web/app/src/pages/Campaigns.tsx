import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Campaign, Summary } from '../api/types';
import { t, tn } from '../i18n';
import { Block, Panel } from '../parts/Block';
import { Swim, type Lane } from '../parts/Swim';
import { Source, Sources, Tags, Time, Value } from '../parts/Value';
import { idOf, Summaries } from '../parts/summaries';
import { publisherOf } from '../parts/layer';

export const titleOf = (c: Campaign): string => c.title || c.founder.value;

export function useCampaigns() {
  return useResource(async (signal) => (await ask<{ campaigns: Campaign[] | null }>('/campaigns', { query: { limit: 50 }, signal })).campaigns ?? [], ['campaigns'], { every: 60_000 });
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
                <p class="quiet"><Time at={c.first} /> – <Time at={c.last} /> · {tn('campaigns.members', c.size)}</p>
                <p>{(c.publishers ?? []).map((d) => <Source key={d} name={d} />)}</p>
                <p><Tags of={c.tags ?? []} most={6} /></p>
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
      <h1><bdi>{one.data ? titleOf(one.data) : t('campaign.title')}</bdi></h1>
      <Block of={one} lines={8} class="bare" absent={t('campaigns.gone')}>
        {(c) => (
          <>
            <p class="verdict"><Time at={c.first} /> – <Time at={c.last} /> · {tn('campaigns.members', c.size)} · <Sources names={(c.publishers ?? [])} most={12} /></p>
            <p><Tags of={c.tags ?? []} most={16} /></p>
            <p><a href={`/picture?c=${seg(c.id)}`}>{t('campaigns.light')}</a> · <a href={`/g?${(c.members ?? []).slice(0, 10).map((m) => `n=${encodeURIComponent(idOf(m as Summary))}`).join('&')}`}>{t('nav.pivot')}</a></p>
            <Panel title={t('campaigns.lanes')}><Swim lanes={lanesOf(c)} /></Panel>
            <Panel title={t('campaigns.list')}><Summaries of={(c.members ?? []) as Summary[]} label={t('campaigns.list')} /></Panel>
            {c.touches?.length ? (
              <Panel title={t('campaigns.touches')}><p class="quiet">{t('campaigns.touches.text')}</p><p>{c.touches.map((o) => <Value key={o.value} of={o} />)}</p></Panel>
            ) : null}
          </>
        )}
      </Block>
    </>
  );
}

// lanesOf makes a lane a database, with each member it holds as a span.
export function lanesOf(c: Campaign): Lane[] {
  return (c.publishers ?? []).map((name) => ({
    name,
    spans: (c.members ?? [])
      .filter((m) => (m.sources ?? []).some((s) => publisherOf(s) === name))
      .map((m) => ({ from: m.first ?? '', to: m.last ?? m.first ?? '', title: m.observable.value, observable: m.observable })),
  }));
}
