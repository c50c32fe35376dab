import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Campaign, CampaignChanges, Summary } from '../api/types';
import { t, tn } from '../i18n';
import { Stix } from '../parts/Stix';
import { Block, Panel } from '../parts/Block';
import { Swim, type Lane } from '../parts/Swim';
import { Source, Sources, Tags, Time, Value } from '../parts/Value';
import { idOf, Summaries } from '../parts/summaries';
import { publisherOf } from '../parts/layer';

export const titleOf = (c: Campaign): string => c.title || c.founder.value;

export function useCampaigns() {
  return useResource(async (signal) => (await ask<{ campaigns: Campaign[] | null }>('/campaigns', { query: { limit: 50 }, signal })).campaigns ?? [], ['campaigns'], { every: 60_000 });
}

const dayAgo = () => new Date(Math.floor(Date.now() / 60_000 - 1440) * 60_000).toISOString();

function useChanges() {
  return useResource((signal) => ask<CampaignChanges>('/campaigns/changes', { query: { since: dayAgo() }, signal }), ['campaign.changes'], { every: 300_000 });
}

// Changes is what is new about campaigns since yesterday.
export function Changes() {
  const all = useChanges();
  return (
    <Block title={t('changes.title')} of={all} lines={2} absent={t('campaigns.absent')} empty={(c) => (c.new?.length || c.grown?.length ? null : <p>{t('changes.none')}</p>)}>
      {(c) => (
        <>
          <ul class="feed">
            {(c.new ?? []).slice(0, 8).map((g) => (
              <li key={g.id} data-row><span class="feed-line"><span class="chip good">{t('changes.new')}</span> <a class="finding-title" href={`/c/${seg(g.id)}`}><bdi>{titleOf(g)}</bdi></a> <span class="quiet">{tn('campaigns.members', g.size)}</span> <Sources names={g.publishers ?? []} most={6} /></span></li>
            ))}
            {(c.grown ?? []).slice(0, 8).map((g) => (
              <li key={g.campaign.id} data-row>
                <span class="feed-line">
                  <span class="chip">+{(g.joined?.length ?? 0) + (g.cut ?? 0)}</span> <a class="finding-title" href={`/c/${seg(g.campaign.id)}`}><bdi>{titleOf(g.campaign)}</bdi></a>
                  {g.publishers?.length ? <span>{t('changes.databases')} {g.publishers.map((p) => <Source key={p} name={p} />)}</span> : null}
                  {g.merged?.length ? <span>{t('changes.merged')} <bdi>{g.merged.join(t('list.comma'))}</bdi></span> : null}
                </span>
                <span class="feed-line small">{(g.joined ?? []).slice(0, 6).map((m) => <Value key={m.observable.value} of={m.observable} />)}</span>
              </li>
            ))}
          </ul>
          {c.ended > 0 && <p class="quiet">{t('changes.ended', { n: c.ended })}</p>}
        </>
      )}
    </Block>
  );
}

// Joined is what came to one campaign since yesterday.
function Joined({ of: id }: { of: string }) {
  const all = useChanges();
  const mine = all.data?.grown?.find((g) => g.campaign.id === id);
  if (!mine) return null;
  return (
    <Panel title={t('changes.joined', { n: (mine.joined?.length ?? 0) + (mine.cut ?? 0) })}>
      <Summaries of={(mine.joined ?? []) as Summary[]} label={t('changes.title')} height={240} />
      {mine.cut ? <p class="quiet">{t('entity.cut', { n: mine.cut })}</p> : null}
    </Panel>
  );
}

// Campaigns are groups of linked values that cross databases, ranked.
export function Campaigns() {
  const all = useCampaigns();
  return (
    <>
      <h1>{t('nav.campaigns')}</h1>
      <p class="quiet">{t('campaigns.text')}</p>
      <Changes />
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
            <p><a href={`/picture?c=${seg(c.id)}`}>{t('campaigns.light')}</a> · <a href={`/g?${(c.members ?? []).slice(0, 10).map((m) => `n=${encodeURIComponent(idOf(m as Summary))}`).join('&')}`}>{t('nav.pivot')}</a> · <Stix of={{ campaign: id }} name="cure-campaign" /></p>
            <Joined of={id} />
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
