import { useEffect, useRef } from 'preact/hooks';
import { effect } from '@preact/signals';
import { t } from '../i18n';
import { stamp } from '../text/time';
import { dark, zone } from '../state/prefs';
import { num } from '../text/number';

export interface SeriesProps {
  at: number[]; // ms
  count: number[];
  step: number; // ms
  label: string;
  height?: number;
  onRange?: ((from: number, to: number) => void) | undefined; // dragged
}

// Series draws counts over time with uPlot, which is loaded when first needed.
// The figures are in a table for those who cannot see it.
export function Series({ at, count, step, label, height = 96, onRange }: SeriesProps) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const el = host.current;
    if (!el || at.length === 0) return;
    let gone = false;
    let destroy = () => {};
    void import('./plot').then(({ plot }) => {
      if (gone) return;
      const draw = () => {
        destroy();
        destroy = plot(el, { at, count, step, height, onRange });
      };
      const stop = effect(() => {
        void dark.value;
        void zone.value;
        draw();
      });
      const resized = new ResizeObserver(() => draw());
      resized.observe(el);
      const end = destroy;
      destroy = () => {
        stop();
        resized.disconnect();
        end();
      };
    });
    return () => {
      gone = true;
      destroy();
      el.replaceChildren();
    };
  }, [at, count, step, height]);
  if (at.length === 0) return null;
  return (
    <figure class="series">
      <div ref={host} aria-hidden="true" style={{ height: `${height}px` }} />
      <details class="figures">
        <summary>{label}{onRange ? ` · ${t('series.drag')}` : ''}</summary>
        <div class="wide" tabIndex={0} role="region" aria-label={label}>
          <table>
            <thead><tr><th>{t('col.time')}</th><th class="n">{t('col.count')}</th></tr></thead>
            <tbody>{at.map((ms, i) => (count[i] ? <tr key={ms}><td>{stamp(ms)}</td><td class="n">{num(count[i])}</td></tr> : null))}</tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
