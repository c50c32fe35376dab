import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';

export interface Column<T> {
  name: string;
  width: string; // of the grid track
  cell: (row: T) => ComponentChildren;
  right?: boolean;
  hideNarrow?: boolean;
}

const rowHeight = 36;
const margin = 6; // rows drawn beyond the window

// Grid is a table that draws only the rows in sight: a hundred thousand scroll
// like fifty. Rows have one height; what does not fit is cut and has a page.
export function Grid<T>({ rows, columns, label, height = 560, keyOf }: {
  rows: readonly T[]; columns: Column<T>[]; label: string; height?: number; keyOf: (row: T) => string;
}) {
  const host = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState(0);
  const visible = Math.ceil(Math.min(height, rows.length * rowHeight) / rowHeight);
  const first = Math.max(0, Math.min(from, rows.length - visible) - margin);
  const last = Math.min(rows.length, first + visible + 2 * margin);

  useEffect(() => {
    const el = host.current;
    if (!el) return;
    let frame = 0;
    const onScroll = () => {
      if (!frame) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          setFrom(Math.floor(el.scrollTop / rowHeight));
        });
      }
    };
    el.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      el.removeEventListener('scroll', onScroll);
      cancelAnimationFrame(frame);
    };
  }, []);

  const tracks = columns.map((c) => c.width).join(' ');
  const narrow = columns.filter((c) => !c.hideNarrow).map((c) => c.width).join(' ');
  const style = { '--tracks': tracks, '--tracks-narrow': narrow };
  const cellClass = (c: Column<T>) => `${c.right ? 'n' : ''} ${c.hideNarrow ? 'wide-only' : ''}`;
  return (
    <div class="grid" role="table" aria-label={label} aria-rowcount={rows.length + 1} style={style}>
      <div class="grid-head" role="rowgroup">
        <div class="grid-row" role="row">
          {columns.map((c) => <span key={c.name} role="columnheader" class={cellClass(c)}>{c.name}</span>)}
        </div>
      </div>
      <div class="grid-body" role="rowgroup" ref={host} tabIndex={0} aria-label={t('grid.scroll', { label })} style={{ height: `${Math.min(height, rows.length * rowHeight) + 1}px` }}>
        <div style={{ height: `${rows.length * rowHeight}px`, position: 'relative' }}>
          {rows.slice(first, last).map((row, i) => (
            <div
              key={keyOf(row)} class="grid-row" role="row" data-row aria-rowindex={first + i + 2}
              style={{ position: 'absolute', top: `${(first + i) * rowHeight}px`, height: `${rowHeight}px` }}
            >
              {columns.map((c) => <span key={c.name} role="cell" class={cellClass(c)}>{c.cell(row)}</span>)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

// Wide lets a table that is wider than the page scroll by itself.
export function Wide({ children, label }: { children: ComponentChildren; label: string }) {
  return <div class="wide" role="region" aria-label={label} tabIndex={0}>{children}</div>;
}
