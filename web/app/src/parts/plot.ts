import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { stamp } from '../text/time';

const increments = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14_400, 43_200, 129_600, 525_600].map((m) => m * 60_000);

export interface PlotData { at: number[]; count: number[]; step: number; height: number; onRange?: ((from: number, to: number) => void) | undefined }

// plot draws bars into el and returns what removes them.
export function plot(el: HTMLElement, d: PlotData): () => void {
  const style = getComputedStyle(el);
  const colour = (name: string) => style.getPropertyValue(name).trim() || 'gray';
  const axis = { stroke: colour('--ink-quiet'), grid: { stroke: colour('--ink-line'), width: 1 }, ticks: { show: false }, font: '11px system-ui' };
  const near = d.step < 86_400_000;
  const chart = new uPlot(
    {
      width: Math.max(el.clientWidth, 200),
      height: d.height,
      padding: [8, 36, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: Boolean(d.onRange), y: false, setScale: false } },
      select: { show: Boolean(d.onRange), left: 0, top: 0, width: 0, height: 0 },
      scales: { x: { time: false }, y: { range: (_u, _min, max) => [0, Math.max(max, 1)] } },
      axes: [
        { ...axis, space: 96, size: 24, incrs: increments, values: (_u, ticks) => ticks.map((ms) => (near ? stamp(ms).slice(5) : stamp(ms, 'day'))) },
        { ...axis, size: 40, space: 24 },
      ],
      series: [
        {},
        { fill: colour('--ink-bar'), stroke: colour('--ink-bar'), width: 0, paths: uPlot.paths.bars?.({ size: [0.8, 40], align: 1 }) as uPlot.Series.PathBuilder, points: { show: false } },
      ],
      hooks: {
        setSelect: [
          (u) => {
            if (u.select.width < 3) return;
            d.onRange?.(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'));
          },
        ],
      },
    },
    [d.at, d.count],
    el,
  );
  return () => chart.destroy();
}
