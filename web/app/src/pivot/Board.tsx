import { useEffect, useRef } from 'preact/hooks';
import { effect } from '@preact/signals';
import { t } from '../i18n';
import { dark } from '../state/prefs';
import { draw, inkOf, radiusOf, type Camera, type Ink } from './draw';
import type { LayoutAnswer } from './layout.worker';
import type { Graph, Node } from './model';
import { layoutWorker } from './worker';

interface BoardProps {
  graph: Graph; chosen: string | undefined; path: string[]; faded: (n: Node) => boolean; busy: boolean;
  onChoose: (id: string | undefined) => void; onExpand: (n: Node) => void; labelOf: (n: Node) => string; onReady: (picture: () => Promise<Blob>) => void;
}

// Board is the canvas of the graph: drag to move, wheel to zoom, click to
// choose, double click to expand. The same is in the list beside it.
export function Board(props: BoardProps) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = useRef(props);
  now.current = props;
  const at = useRef(new Map<string, { x: number; y: number }>());
  const camera = useRef<Camera>({ x: 0, y: 0, k: 1 });
  const pointed = useRef<string | undefined>(undefined);
  const worker = useRef<Worker | undefined>(undefined);
  const turn = useRef(0);
  const frame = useRef(0);
  const ink = useRef<Ink | undefined>(undefined);
  const touched = useRef(false); // somebody moved the view: it stays theirs

  const paint = () => {
    frame.current = 0;
    const el = canvas.current, c = el?.getContext('2d');
    if (!el || !c || !ink.current) return;
    const ratio = Math.min(devicePixelRatio || 1, 2), w = el.clientWidth, h = el.clientHeight;
    if (el.width !== Math.round(w * ratio) || el.height !== Math.round(h * ratio)) {
      el.width = Math.round(w * ratio);
      el.height = Math.round(h * ratio);
    }
    const p = now.current;
    draw(c, w, h, ratio, { nodes: p.graph.nodes, edges: p.graph.edges, at: at.current, camera: camera.current, chosen: p.chosen, pointed: pointed.current, path: p.path, faded: p.faded, labelOf: p.labelOf }, ink.current);
  };
  const ask = () => {
    if (!frame.current) frame.current = requestAnimationFrame(paint);
  };
  const fit = () => {
    const el = canvas.current;
    const all = [...at.current.values()];
    if (!el || touched.current || !all.length) return;
    const xs = all.map((p) => p.x), ys = all.map((p) => p.y);
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    camera.current = { x: (x0 + x1) / 2, y: (y0 + y1) / 2 + 8, k: Math.min(1.4, (el.clientWidth - 120) / Math.max(x1 - x0, 60), (el.clientHeight - 90) / Math.max(y1 - y0, 60)) };
  };

  useEffect(() => {
    const made = (worker.current = layoutWorker());
    made.onmessage = (e: MessageEvent<LayoutAnswer>) => {
      if (e.data.turn !== turn.current) return;
      for (const [id, x, y] of e.data.places) at.current.set(id, { x, y });
      fit();
      ask();
      if (e.data.done) host.current?.setAttribute('data-settled', 'true');
    };
    const resized = new ResizeObserver(() => (fit(), ask()));
    if (host.current) resized.observe(host.current);
    const stop = effect(() => {
      void dark.value;
      if (host.current) ink.current = inkOf(host.current);
      ask();
    });
    if (canvas.current) Object.assign(canvas.current, { paint }); // for measuring
    now.current.onReady(() => new Promise((done, fail) => canvas.current?.toBlob((b) => (b ? done(b) : fail(new Error('no picture'))), 'image/png')));
    return () => {
      made.terminate();
      resized.disconnect();
      stop();
      cancelAnimationFrame(frame.current);
    };
  }, []);

  useEffect(() => {
    const here = new Set(props.graph.nodes.map((n) => n.id));
    for (const id of at.current.keys()) if (!here.has(id)) at.current.delete(id);
    host.current?.removeAttribute('data-settled');
    worker.current?.postMessage({
      turn: ++turn.current,
      nodes: props.graph.nodes.map((n) => ({ id: n.id, ...at.current.get(n.id), parent: n.parent })),
      edges: props.graph.edges.map((e) => ({ a: e.a, b: e.b, weight: e.weight })),
    });
  }, [props.graph]);
  useEffect(ask);

  const hit = (e: MouseEvent): Node | undefined => {
    const el = canvas.current!, box = el.getBoundingClientRect(), c = camera.current;
    const x = (e.clientX - box.left - el.clientWidth / 2) / c.k + c.x, y = (e.clientY - box.top - el.clientHeight / 2) / c.k + c.y;
    let best: Node | undefined, near = Infinity;
    for (const n of now.current.graph.nodes) {
      const p = at.current.get(n.id);
      if (!p || now.current.faded(n)) continue;
      const d = Math.hypot(p.x - x, p.y - y) - radiusOf(n);
      if (d < 6 / c.k && d < near) [best, near] = [n, d];
    }
    return best;
  };
  const down = (e: PointerEvent) => {
    if (e.button !== 0) return;
    let [x, y, moved] = [e.clientX, e.clientY, 0];
    const el = e.currentTarget as HTMLElement;
    const hold = hit(e);
    el.setPointerCapture(e.pointerId);
    const move = (m: PointerEvent) => {
      const dx = (m.clientX - x) / camera.current.k, dy = (m.clientY - y) / camera.current.k;
      moved += Math.abs(m.clientX - x) + Math.abs(m.clientY - y);
      [x, y] = [m.clientX, m.clientY];
      const p = hold && at.current.get(hold.id);
      if (p && moved > 4) at.current.set(hold.id, { x: p.x + dx, y: p.y + dy });
      else if (!p) [camera.current.x, camera.current.y, touched.current] = [camera.current.x - dx, camera.current.y - dy, true];
      ask();
    };
    const up = () => {
      el.removeEventListener('pointermove', move);
      el.removeEventListener('pointerup', up);
      if (moved <= 4) now.current.onChoose(hold?.id);
    };
    el.addEventListener('pointermove', move);
    el.addEventListener('pointerup', up);
  };
  return (
    <div class="board" ref={host} aria-busy={props.busy}>
      <canvas
        ref={canvas} role="img" aria-label={t('pivot.label', { n: props.graph.nodes.length, m: props.graph.edges.length })}
        onPointerDown={down}
        onDblClick={(e) => {
          const n = hit(e);
          if (n) now.current.onExpand(n);
        }}
        onPointerMove={(e) => {
          const id = e.buttons ? pointed.current : hit(e)?.id;
          if (id !== pointed.current) {
            pointed.current = id;
            ask();
          }
        }}
        onWheel={(e) => {
          e.preventDefault();
          touched.current = true;
          camera.current.k = Math.min(Math.max(camera.current.k * (e.deltaY < 0 ? 1.15 : 0.87), 0.15), 5);
          ask();
        }}
      />
      {props.busy && <p class="livesign connecting">{t('block.loading')}</p>}
    </div>
  );
}
