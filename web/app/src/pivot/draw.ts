import { visible, short } from '../text/visible';
import type { Edge, Node } from './model';

// The pivot graph on a plain canvas: paths of one style are drawn together,
// which is faster without a graphics card than any library that needs one.

export interface Camera { x: number; y: number; k: number }

export interface Scenery {
  nodes: readonly Node[]; edges: readonly Edge[]; at: ReadonlyMap<string, { x: number; y: number }>;
  camera: Camera; chosen: string | undefined; pointed: string | undefined; path: readonly string[]; faded: (n: Node) => boolean;
  labelOf: (n: Node) => string;
}

export interface Ink { text: string; quiet: string; line: string; ground: string; accent: string; kinds: Record<string, string> }

export const inkOf = (el: HTMLElement): Ink => {
  const style = getComputedStyle(el);
  const v = (name: string) => style.getPropertyValue(name).trim() || 'gray';
  const kinds = Object.fromEntries(['ip', 'cidr', 'domain', 'hash', 'email', 'url', 'cve', 'tag', 'port', 'fp', 'asn', 'group'].map((k) => [k, v(`--kind-${k}`)]));
  return { text: v('--ink-text'), quiet: v('--ink-quiet'), line: v('--ink-edge'), ground: v('--ink-ground'), accent: v('--ink-accent'), kinds };
};

export const radiusOf = (n: Node): number => (n.group ? 13 : n.seed ? 11 : 8);

// corners gives each kind a shape, so that colour is never the only sign.
const corners: Record<string, [number, number]> = { domain: [4, Math.PI / 4], hash: [4, 0], url: [3, -Math.PI / 2], email: [5, -Math.PI / 2], tag: [6, 0], cve: [6, Math.PI / 6], cidr: [8, Math.PI / 8] };

function outline(c: CanvasRenderingContext2D, n: Node, x: number, y: number, r: number): void {
  const shape = corners[n.kind];
  if (!shape) {
    c.moveTo(x + r, y);
    c.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  const [count, turn] = shape;
  for (let i = 0; i <= count; i++) {
    const a = turn + (2 * Math.PI * i) / count;
    if (i === 0) c.moveTo(x + 1.15 * r * Math.cos(a), y + 1.15 * r * Math.sin(a));
    else c.lineTo(x + 1.15 * r * Math.cos(a), y + 1.15 * r * Math.sin(a));
  }
}

export function draw(c: CanvasRenderingContext2D, w: number, h: number, ratio: number, s: Scenery, ink: Ink): void {
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.fillStyle = ink.ground;
  c.fillRect(0, 0, w, h);
  const { camera } = s;
  c.setTransform(ratio * camera.k, 0, 0, ratio * camera.k, ratio * (w / 2 - camera.x * camera.k), ratio * (h / 2 - camera.y * camera.k));
  const byId = new Map(s.nodes.map((n) => [n.id, n]));
  const onPath = new Set(s.path.slice(1).map((id, i) => [s.path[i], id].sort().join('\n')));
  const near = s.pointed ?? s.chosen;
  const strokes: [string, number, number, (e: Edge) => boolean][] = [
    [ink.line, 1, 0.9, (e) => !isNear(e, near) && !onPath.has([e.a, e.b].sort().join('\n'))],
    [ink.accent, 1.6, 0.9, (e) => isNear(e, near)],
    [ink.accent, 3.5, 1, (e) => onPath.has([e.a, e.b].sort().join('\n'))],
  ];
  for (const [style, width, alpha, take] of strokes) {
    c.beginPath();
    for (const e of s.edges) {
      const a = s.at.get(e.a), b = s.at.get(e.b), na = byId.get(e.a), nb = byId.get(e.b);
      if (!a || !b || !na || !nb || !take(e) || s.faded(na) || s.faded(nb)) continue;
      c.moveTo(a.x, a.y);
      c.lineTo(b.x, b.y);
    }
    c.strokeStyle = style;
    c.lineWidth = width / Math.sqrt(camera.k);
    c.globalAlpha = alpha;
    c.stroke();
  }
  for (const kind of new Set(s.nodes.map((n) => n.kind))) {
    for (const faded of [false, true]) {
      c.beginPath();
      for (const n of s.nodes) {
        const p = s.at.get(n.id);
        if (p && n.kind === kind && s.faded(n) === faded) outline(c, n, p.x, p.y, radiusOf(n));
      }
      c.globalAlpha = faded ? 0.15 : 1;
      c.fillStyle = ink.kinds[kind] ?? ink.quiet;
      c.fill();
      c.strokeStyle = ink.ground;
      c.lineWidth = 1.5;
      c.stroke();
    }
  }
  c.globalAlpha = 1;
  rings(c, s, ink);
  names(c, s, ink);
}

const isNear = (e: Edge, id: string | undefined): boolean => id !== undefined && (e.a === id || e.b === id);

function rings(c: CanvasRenderingContext2D, s: Scenery, ink: Ink): void {
  for (const n of s.nodes) {
    const p = s.at.get(n.id);
    if (!p || !(n.seed || n.group || n.id === s.chosen || s.path.includes(n.id))) continue;
    c.beginPath();
    c.arc(p.x, p.y, radiusOf(n) + 4, 0, 2 * Math.PI);
    c.strokeStyle = n.id === s.chosen || s.path.includes(n.id) ? ink.accent : ink.quiet;
    c.lineWidth = n.id === s.chosen ? 3 : 1.5;
    c.setLineDash(n.group ? [3, 3] : []);
    c.stroke();
  }
  c.setLineDash([]);
}

// names writes labels where they find room, the important ones first.
function names(c: CanvasRenderingContext2D, s: Scenery, ink: Ink): void {
  const size = 12 / Math.max(s.camera.k, 0.75);
  c.font = `${size}px system-ui, "Noto Sans CJK JP", sans-serif`;
  c.textAlign = 'center';
  c.textBaseline = 'top';
  const taken: [number, number, number, number][] = [];
  const worth = (n: Node) => (n.id === s.pointed || n.id === s.chosen ? 9 : 0) + (n.seed ? 4 : 0) + (n.group ? 3 : 0) + (n.expanded ? 2 : 0) + (n.summary?.sources?.length ?? 0) / 10;
  for (const n of [...s.nodes].sort((a, b) => worth(b) - worth(a) || (a.id < b.id ? -1 : 1)).slice(0, 160)) {
    const p = s.at.get(n.id);
    if (!p || s.faded(n)) continue;
    const text = short(visible(s.labelOf(n)), 34);
    const w = c.measureText(text).width, x = p.x - w / 2, y = p.y + radiusOf(n) + (n.seed || n.group || n.id === s.chosen ? 9 : 4);
    if (worth(n) < 9 && taken.some(([tx, ty, tw, th]) => x < tx + tw && tx < x + w && y < ty + th && ty < y + size)) continue;
    taken.push([x, y, w, size]);
    c.lineWidth = 3;
    c.strokeStyle = ink.ground;
    c.strokeText(text, p.x, y);
    c.fillStyle = ink.text;
    c.fillText(text, p.x, y);
  }
}
