import { Component, type ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { num } from '../text/number';

export interface Column<T> {
  name: string;
  width: string; // of the grid track
  cell: (row: T) => ComponentChildren;
  right?: boolean;
  hideNarrow?: boolean;
}

const rowHeight = 36;
const margin = 6; // rows drawn beyond the window
const paper = 500; // rows on paper

// Grid is a table that draws only the rows in sight: a hundred thousand scroll
// like fifty. Rows have one height; what does not fit is cut and has a page.
//
// A row that leaves the window gives its elements to one that comes in: writing
// other texts into them costs a fraction of making new ones.
export function Grid<T>({ rows, columns, label, height = 560 }: {
  rows: readonly T[]; columns: Column<T>[]; label: string; height?: number;
}) {
  const host = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState(0);
  const printing = usePrinting();
  const visible = Math.ceil(Math.min(height, rows.length * rowHeight) / rowHeight);
  const first = printing ? 0 : Math.max(0, Math.min(from, rows.length - visible) - margin);
  const pool = printing ? paper : visible + 2 * margin;
  const last = Math.min(rows.length, first + pool);

  useEffect(() => {
    const el = host.current;
    if (!el) return;
    let frame = 0;
    const onScroll = () => {
      if (!frame) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          const now = Math.floor(el.scrollTop / rowHeight);
          // The focus stays with its row, not with the elements of it.
          const at = Number(document.activeElement?.closest('.grid-row')?.getAttribute('aria-rowindex') ?? 0) - 2;
          if (at >= 0 && el.contains(document.activeElement) && (at < now - margin || at >= now + Math.floor(el.clientHeight / rowHeight) + margin)) el.focus({ preventScroll: true });
          setFrom(now);
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
  return (
    <div class="grid" role="table" aria-label={label} aria-rowcount={rows.length + 1} style={style}>
      <div class="grid-head" role="rowgroup">
        <div class="grid-row" role="row">
          {columns.map((c) => <span key={c.name} role="columnheader" class={cellClass(c)}>{c.name}</span>)}
        </div>
      </div>
      <div class="grid-body" role="rowgroup" ref={host} tabIndex={0} aria-label={t('grid.scroll', { label })} style={{ height: `${Math.min(height, rows.length * rowHeight) + 1}px` }}>
        <div style={{ height: `${rows.length * rowHeight}px`, position: 'relative' }}>
          {rows.slice(first, last).map((row, i) => <Row key={(first + i) % pool} row={row} at={first + i} columns={columns} />)}
        </div>
        {printing && last < rows.length && <p class="quiet">{t('grid.cut', { n: num(rows.length - last) })}</p>}
      </div>
    </div>
  );
}

// usePrinting reports whether the page goes onto paper, where nothing scrolls.
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const begin = () => setPrinting(true), end = () => setPrinting(false);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
  return printing;
}

const cellClass = <T,>(c: Column<T>) => `${c.right ? 'n' : ''} ${c.hideNarrow ? 'wide-only' : ''}`;

interface RowProps<T> { row: T; at: number; columns: Column<T>[] }

// Row is drawn anew only when it shows something else: while the table scrolls,
// those that stay in sight cost nothing.
class Row<T> extends Component<RowProps<T>> {
  override shouldComponentUpdate(next: Readonly<RowProps<T>>, state: unknown): boolean {
    const { row, at, columns } = this.props;
    return row !== next.row || at !== next.at || columns !== next.columns || state !== this.state; // a signal that was read changes the state
  }
  override render({ row, at, columns }: RowProps<T>) {
    return (
      <div class="grid-row" role="row" data-row aria-rowindex={at + 2} style={{ position: 'absolute', top: `${at * rowHeight}px`, height: `${rowHeight}px` }}>
        {columns.map((c) => <span key={c.name} role="cell" class={cellClass(c)}>{c.cell(row)}</span>)}
      </div>
    );
  }
}

// Wide lets a table that is wider than the page scroll by itself.
export function Wide({ children, label }: { children: ComponentChildren; label: string }) {
  return <div class="wide" role="region" aria-label={label} tabIndex={0}>{children}</div>;
}
