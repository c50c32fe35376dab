import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Matrix, Shared, SharedValue } from '../api/types';
import { t, tn } from '../i18n';
import { Block } from '../parts/Block';
import { Grid } from '../parts/Grid';
import { MatrixTable } from '../parts/Matrix';
import { summaryColumns } from '../parts/summaries';
import { Source, Weight } from '../parts/Value';
import { num } from '../text/number';
import { place, setQuery } from '../state/router';

// Links is what sources share, as a matrix.
export function Links() {
  const by = place.value.query.get('by') === 'source' ? 'source' : 'publisher';
  const matrix = useResource((signal) => ask<Matrix>('/links', { query: { by }, signal }), ['links', by], { every: 60_000 });
  return (
    <>
      <h1>{t('links.title')}</h1>
      <p class="quiet">{t('links.text')}</p>
      <div class="pills">
        {(['publisher', 'source'] as const).map((b) => (
          <button key={b} type="button" class="pill" aria-pressed={by === b} onClick={() => setQuery({ by: b === 'source' ? b : undefined })}>{t(`links.by.${b}`)}</button>
        ))}
      </div>
      <Block of={matrix} lines={8} empty={(m) => (m.names?.length ? null : <p>{t('links.empty')}</p>)}>{(m) => <MatrixTable of={m} />}</Block>
    </>
  );
}

// SharedPage is what two of them both hold, heaviest first.
export function SharedPage({ at }: { at: Record<string, string> }) {
  const [a, b] = [at['a'] ?? '', at['b'] ?? ''];
  const shared = useResource((signal) => ask<Shared>(`/links/${seg(a)}/${seg(b)}`, { query: { limit: 10_000 }, signal }), ['shared', a, b]);
  return (
    <>
      <p class="kind"><a href="/links">{t('links.title')}</a></p>
      <h1 class="pair"><Source name={a} /> <span class="quiet">{t('now.and')}</span> <Source name={b} /></h1>
      <Block of={shared} lines={8} absent={t('links.none')} empty={(s) => (s.values?.length ? null : <p>{t('links.none')}</p>)}>
        {(s) => (
          <>
            <p class="verdict">{tn('links.shared', s.total)} <span class="quiet">{t('links.order')} {s.cut ? t('entity.cut', { n: num(s.cut) }) : ''}</span></p>
            <Grid
              rows={s.values ?? []} label={t('links.title')}
              columns={summaryColumns<SharedValue>([
                { name: t('link.weight'), width: '7.5rem', cell: (v) => <Weight of={v.weight} why={v.why} /> },
                { name: t('col.because'), width: 'minmax(8rem, 1.4fr)', hideNarrow: true, cell: (v) => <span class="quiet" title={v.why}>{v.common && <span class="chip">{t('link.common')}</span>} <bdi>{v.why}</bdi></span> },
              ]).filter((c) => c.name !== t('col.first') && c.name !== t('col.count'))}
            />
          </>
        )}
      </Block>
    </>
  );
}
