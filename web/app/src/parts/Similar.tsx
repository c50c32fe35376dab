import { ask, seg } from '../api/client';
import { useResource } from '../api/resource';
import type { Observable, SharedTrait, Similar } from '../api/types';
import { maybe, t } from '../i18n';
import { num } from '../text/number';
import { Block } from './Block';
import { Wide } from './Grid';
import { Sources, Value } from './Value';

// SimilarTo is which other addresses behave like one, and in what.
export function SimilarTo({ of }: { of: Observable }) {
  const similar = useResource((signal) => ask<Similar>(`/observables/${seg(of.kind)}/${seg(of.value)}/similar`, { signal }), ['similar', of.value]);
  if (similar.data?.state === 'off') return null;
  return (
    <Block
      title={t('similar.title')} of={similar} lines={3}
      note={<span class="quiet">{t('similar.note')}</span>}
      empty={(s) => (s.values.length ? null : <p>{s.state === 'found' ? t('similar.none', { n: num(s.traits ?? 0) }) : maybe('similar.state', s.state)}</p>)}
    >
      {(s) => (
        <Wide label={t('similar.title')}>
          <table>
            <thead><tr><th>{t('col.value')}</th><th class="n">{t('similar.score')}</th><th>{t('similar.shared')}</th><th>{t('col.sources')}</th></tr></thead>
            <tbody>
              {s.values.map((v) => (
                <tr key={v.observable.value} data-row>
                  <td><Value of={v.observable} /></td>
                  <td class="n" title={t('similar.overlap', { n: v.overlap.toFixed(2) })}>{v.score.toFixed(2)}</td>
                  <td>{v.shared.slice(0, 5).map((x) => <Trait key={x.kind} of={x} />)}</td>
                  <td><Sources names={v.sources} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </Block>
  );
}

// Trait says what two do alike: of what sort, how many, and a few by name.
function Trait({ of }: { of: SharedTrait }) {
  return (
    <><span class="chip note" title={t('similar.part', { n: Math.round(100 * of.part) })}>{maybe('trait', of.kind)}{of.count > 1 ? ` × ${num(of.count)}` : ''}{of.names?.length ? <>: <bdi>{of.names.join(', ')}</bdi></> : null}</span>{' '}</>
  );
}
