import { useEffect, useRef } from 'preact/hooks';
import { effect } from '@preact/signals';
import { dark } from '../state/prefs';
import { stamp } from '../text/time';

export interface HeatProps {
  rows: number;
  columns: number;
  at: (row: number, column: number) => number; // 0: empty
  label: string;
  tint?: (row: number) => string; // name of a colour variable of the row; "": the usual one
  rowHeight?: number; // pixels of the page
  even?: boolean; // shade by the number itself, not its logarithm
  pick?: (row: number, column: number) => string; // what a field says, as a tooltip
  onRow?: (row: number) => void;
}

// Heat draws fields of a matrix, the darker the more (by logarithm), on a
// canvas: hundreds of rows cost one drawing. What it shows is beside it as a
// table; a reader of screens hears the label.
export function Heat({ rows, columns, at, label, tint, rowHeight = 6, even = false, pick, onRow }: HeatProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const height = Math.max(rows, 1) * rowHeight;
  useEffect(() => {
    const el = canvas.current;
    if (!el || !rows || !columns) return;
    const draw = () => {
      const ratio = Math.min(devicePixelRatio || 1, 2);
      const width = Math.max(el.clientWidth, 50);
      el.width = Math.round(width * ratio);
      el.height = Math.round(height * ratio);
      const g = el.getContext('2d');
      if (!g) return;
      g.scale(ratio, ratio);
      const style = getComputedStyle(el);
      const colours = new Map<string, string>();
      const colour = (name: string) => {
        let c = colours.get(name);
        if (c === undefined) colours.set(name, (c = style.getPropertyValue(name).trim() || 'gray'));
        return c;
      };
      g.clearRect(0, 0, width, height);
      let most = 0;
      for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) most = Math.max(most, at(r, c));
      const w = width / columns, gap = rowHeight > 5 ? 1 : 0, air = w > 4 ? 1 : 0;
      for (let r = 0; r < rows; r++) {
        g.fillStyle = colour(tint?.(r) || '--accent');
        for (let c = 0; c < columns; c++) {
          const n = at(r, c);
          if (n <= 0) continue;
          g.globalAlpha = even ? 0.06 + (0.94 * n) / most : 0.25 + (0.75 * Math.log1p(n)) / Math.log1p(most);
          g.fillRect(c * w, r * rowHeight, Math.max(w - air, 1), Math.max(rowHeight - gap, 1));
        }
      }
      g.globalAlpha = 1;
    };
    const stop = effect(() => {
      void dark.value;
      requestAnimationFrame(draw);
    });
    const resized = new ResizeObserver(draw);
    resized.observe(el);
    return () => {
      stop();
      resized.disconnect();
    };
  }, [rows, columns, at, tint, rowHeight, even]);
  const place = (e: MouseEvent): [number, number] | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return undefined;
    const r = Math.floor((e.clientY - box.top) / rowHeight), c = Math.floor(((e.clientX - box.left) / box.width) * columns);
    return r >= 0 && r < rows && c >= 0 && c < columns ? [r, c] : undefined;
  };
  return (
    <canvas
      ref={canvas} class="heatmap" role="img" aria-label={label} style={{ height: `${height}px`, cursor: onRow ? 'pointer' : 'default' }}
      onMouseMove={(e) => {
        const p = pick && place(e);
        e.currentTarget.title = p && pick ? pick(...p) : '';
      }}
      onClick={(e) => {
        const p = place(e);
        if (p) onRow?.(p[0]);
      }}
    />
  );
}

// Axis writes the times below a picture.
export function Axis({ from, to }: { from: number; to: number }) {
  const near = to - from < 72 * 3_600_000;
  return <ol class="axis">{[0, 1, 2, 3, 4].map((i) => from + ((to - from) * i) / 4).map((ms) => <li key={ms}>{near ? stamp(ms).slice(5) : stamp(ms, 'day')}</li>)}</ol>;
}
