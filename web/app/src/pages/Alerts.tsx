import { ask } from '../api/client';
import { useResource } from '../api/resource';
import type { Results, Summary } from '../api/types';
import { t } from '../i18n';
import { Block } from '../parts/Block';
import { Grid } from '../parts/Grid';
import { idOf } from '../parts/summaries';
import { Roles, Source, Tags, Time, Value } from '../parts/Value';
import { publisherOf } from '../parts/layer';

const own = 'alerts';

// outsideOf is what others than our own alerts know of a value, the publishers
// by name.
export function outsideOf(s: Summary): string[] {
  return [...new Set((s.sources ?? []).map(publisherOf))].filter((p) => p !== own && p !== 'livenet').sort();
}

// byWorth puts first what most others know, and of those the newest.
export function byWorth(all: Summary[]): Summary[] {
  const hostile = new Set(['c2', 'infected', 'loader', 'sender', 'tool']);
  const worth = (s: Summary) => 2 * outsideOf(s).length + (s.tags?.length ? 1 : 0) + (s.roles?.some((r) => hostile.has(r)) ? 1 : 0) - (s.observable.kind === 'port' ? 9 : 0);
  return [...all].sort((a, b) => worth(b) - worth(a) || (b.last ?? '').localeCompare(a.last ?? ''));
}

// Alerts are values of our own alerts, and what the world knows of them.
export function Alerts() {
  const found = useResource((signal) => ask<Results>('/search', { query: { q: `source:${own} -kind:port`, limit: 2000 }, signal }), ['alerts'], { every: 15_000 });
  return (
    <>
      <h1>{t('nav.alerts')}</h1>
      <p class="quiet">{t('alerts.text')}</p>
      <Block
        of={found} lines={8} absent={t('alerts.empty')}
        empty={(r) => (r.values?.length ? null : <><p>{t('alerts.empty')}</p><p><code>cure publish alerts eve.json</code></p></>)}
      >
        {(r) => (
          <Grid
            rows={byWorth(r.values ?? [])} label={t('nav.alerts')} keyOf={idOf}
            columns={[
              { name: t('alerts.ours'), width: 'minmax(12rem, 2fr)', cell: (s) => <Value of={s.observable} /> },
              { name: t('alerts.outside'), width: 'minmax(10rem, 2fr)', cell: (s) => (outsideOf(s).length ? <span class="sources">{outsideOf(s).slice(0, 4).map((p) => <Source key={p} name={p} />)}</span> : <span class="quiet">{t('alerts.unknown')}</span>) },
              { name: t('col.roles'), width: 'minmax(5rem, 1fr)', hideNarrow: true, cell: (s) => <Roles of={s.roles} /> },
              { name: t('col.tags'), width: 'minmax(6rem, 1fr)', hideNarrow: true, cell: (s) => <Tags of={s.tags} most={2} /> },
              { name: t('alerts.age'), width: '7rem', cell: (s) => <Time at={s.last} far /> },
            ]}
          />
        )}
      </Block>
    </>
  );
}
