import type { Picture } from '../api/types';
import { maybe, t } from '../i18n';
import { Wide } from '../parts/Grid';
import { MatrixTable } from '../parts/Matrix';
import { Source, Time } from '../parts/Value';
import { num } from '../text/number';

// PictureTable says what the picture shows, for those who cannot see it or
// would rather read.
export function PictureTable({ of: p }: { of: Picture }) {
  const names = p.databases.filter((d) => d.sources > 0).map((d) => d.name);
  const shared = names.map((a) => names.map((b) => (a === b ? (p.databases.find((d) => d.name === a)?.observables ?? 0) : 0)));
  for (const r of p.ribbons ?? []) {
    const i = names.indexOf(r.a), j = names.indexOf(r.b);
    if (i >= 0 && j >= 0) shared[i]![j] = shared[j]![i] = r.shared;
  }
  return (
    <div class="picture-table">
      <MatrixTable of={{ names, shared }} small />
      <Wide label={t('picture.databases')}>
        <table>
          <thead><tr><th>{t('picture.database')}</th><th>{t('picture.layer')}</th><th>{t('col.state')}</th><th class="n">{t('nav.sources')}</th><th class="n">{t('sources.values')}</th><th>{t('col.last')}</th></tr></thead>
          <tbody>
            {p.databases.map((d) => (
              <tr key={d.name} data-row class={d.sources ? '' : 'quiet'}>
                <td>{d.sources ? <a class="plainlink" href={`/q?q=${encodeURIComponent(`source:${d.name}`)}`}><Source name={d.name} /></a> : <Source name={d.name} />}</td>
                <td>{t(`layer.${d.layer}`)}</td><td><span class={`state ${d.state}`} title={d.why}>{maybe('state', d.state)}</span></td>
                <td class="n">{num(d.sources)}</td><td class="n">{num(d.observables)}</td><td><Time at={d.last} /></td>
              </tr>
            ))}
            {(p.enrichers ?? []).map((e) => (
              <tr key={e.name}><td><Source name={`enrich/${e.name}`} /></td><td>{t('layer.enricher')}</td><td><span class={`state ${e.state === 'running' || !e.state ? 'ok' : 'failing'}`}>{maybe('state', e.state ?? 'ok')}</span></td><td /><td class="n">{num(e.results)}</td><td /></tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </div>
  );
}
