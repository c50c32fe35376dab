import type { Judgement, Vote } from '../api/darknet';
import { maybe, t } from '../i18n';
import { num } from '../text/number';
import { Wide } from './Grid';
import { Time } from './Value';

const figure = (n: number): string => (Math.abs(n) >= 100 ? num(Math.round(n)) : n.toFixed(Math.abs(n) < 1 ? 3 : 1));

// Line draws what was measured against what was expected and the line that
// makes an alarm.
export function Line({ value, baseline, threshold }: { value: number; baseline: number; threshold: number }) {
  const most = Math.max(value, baseline, threshold, 1e-9);
  const x = (n: number) => Math.max(0, (96 * n) / most);
  return (
    <span class="line" title={t('judged.line', { value: figure(value), baseline: figure(baseline), threshold: figure(threshold) })}>
      <svg viewBox="0 0 100 16" aria-hidden="true">
        <rect class={value >= threshold ? 'over' : 'under'} x="0" y="4" width={x(value)} height="8" rx="1.5" />
        <line class="expected" x1={x(baseline)} x2={x(baseline)} y1="2" y2="14" /><line class="limit" x1={x(threshold)} x2={x(threshold)} y1="0" y2="16" />
      </svg>
      <span class="n">{figure(value)}</span>
    </span>
  );
}

export function Votes({ of }: { of: Vote[] }) {
  return (
    <Wide label={t('judged.votes')}>
      <table>
        <thead><tr><th>{t('judged.engine')}</th><th>{t('judged.test')}</th><th>{t('judged.measured')}</th><th class="n">{t('judged.expected')}</th><th class="n">{t('judged.limit')}</th><th class="n">{t('judged.windows')}</th><th>{t('col.because')}</th></tr></thead>
        <tbody>
          {of.map((v) => (
            <tr key={v.engine + v.test} data-row>
              <td class="name"><b><bdi>{v.engine}</bdi></b></td><td class="name">{maybe('test', v.test)}</td><td><Line value={v.value} baseline={v.baseline} threshold={v.threshold} /></td>
              <td class="n">{figure(v.baseline)}</td><td class="n">{figure(v.threshold)}</td><td class="n">{num(v.windows)}</td>
              <td class="prose"><bdi>{v.why}</bdi> {v.p ? <span class="quiet">p = {v.p.toExponential(1)}</span> : null}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

export function Judged({ of, label }: { of: Judgement[]; label: string }) {
  return (
    <Wide label={label}>
      <table>
        <thead><tr><th>{t('col.time')}</th><th>{t('judged.engine')}</th><th>{t('judged.test')}</th><th>{t('judged.measured')}</th><th class="n">{t('judged.expected')}</th><th class="n">{t('judged.limit')}</th><th>{t('judged.alarm')}</th><th>{t('col.because')}</th></tr></thead>
        <tbody>
          {of.map((j, i) => (
            <tr key={i} data-row>
              <td><Time at={j.window} /></td><td class="name"><bdi>{j.engine}</bdi></td><td class="name">{maybe('test', j.test)}</td><td><Line value={j.value} baseline={j.baseline} threshold={j.threshold} /></td>
              <td class="n">{figure(j.baseline)}</td><td class="n">{figure(j.threshold)}</td><td>{j.alarmed ? <b class="warn">{t('judged.yes')}</b> : <span class="quiet">{t('judged.no')}</span>}</td><td class="prose"><bdi>{j.why}</bdi></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}
