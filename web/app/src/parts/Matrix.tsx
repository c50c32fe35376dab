import type { Matrix } from '../api/types';
import { t } from '../i18n';
import { compact, num } from '../text/number';
import { Wide } from './Grid';
import { Source } from './Value';

// heatOf gives each field 0 to 9 by the logarithm of what is shared: overlaps
// of lists are thousands of times those of sensors.
export function heatOf(m: Matrix): number[][] {
  const shared = m.shared ?? [];
  let most = 1;
  shared.forEach((row, i) => row.forEach((n, j) => i !== j && (most = Math.max(most, Math.log1p(n)))));
  return shared.map((row, i) => row.map((n, j) => (i === j || n === 0 ? 0 : 1 + Math.floor((8 * Math.log1p(n)) / most))));
}

export function MatrixTable({ of, onPick, small = false }: { of: Matrix; onPick?: (a: string, b: string) => void; small?: boolean }) {
  const names = of.names ?? [];
  const heat = heatOf(of);
  return (
    <Wide label={t('links.title')}>
      <table class={`matrix ${small ? 'small' : ''}`}>
        <thead><tr><td />{names.map((n) => <th key={n} scope="col"><Source name={n} /></th>)}</tr></thead>
        <tbody>
          {names.map((a, i) => (
            <tr key={a} data-row>
              <th scope="row"><Source name={a} /></th>
              {names.map((b, j) => {
                const n = of.shared?.[i]?.[j] ?? 0;
                const here = `/links/${encodeURIComponent(a)}/${encodeURIComponent(b)}`;
                return (
                  <td key={b} class={i === j ? 'self' : `heat${heat[i]?.[j] ?? 0}`}>
                    {i !== j && n > 0 ? (
                      <a href={here} title={`${a} + ${b}: ${num(n)}`} onClick={(e) => onPick && (e.preventDefault(), onPick(a, b))}>{compact(n)}</a>
                    ) : i === j ? <span title={t('links.self', { name: a })}>{compact(n)}</span> : <span class="quiet">·</span>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
