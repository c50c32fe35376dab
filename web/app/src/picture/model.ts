import type { Database, Picture } from '../api/types';

// What is drawn, without how: bodies with their places and ribbons between
// them. Places depend on the order of the names only, so that the picture can
// be learnt.

export type BodyLayer = 'observation' | 'meaning' | 'enricher' | 'watch';

export interface Body {
  id: string;
  name: string;
  layer: BodyLayer;
  at: [number, number, number];
  r: number;
  live: boolean; // it has something; else it is drawn as an empty place
  state: string;
  values: number;
}

export interface Ribbon { a: number; b: number; shared: number; width: number } // a, b: indices of bodies

export interface Model { bodies: Body[]; ribbons: Ribbon[] }

export const ring = { x: 13.6, z: 10.4, y: -1.6 };
const arc = { x: 8.8, y: 5.2, z: -5.5, lift: 1.5 };

export function modelOf(p: Picture): Model {
  // What engines publish is enrichment, whatever table it stands in.
  const engine = p.databases.find((d) => d.name === 'engine');
  const observing = p.databases.filter((d) => d.layer !== 'meaning' && d !== engine);
  const meaning = p.databases.filter((d) => d.layer === 'meaning');
  const bodies: Body[] = [
    ...observing.map((d, i) => body(d.name, d.name, 'observation', ringAt(i, observing.length), d.observables, d.state)),
    ...meaning.map((d, i) => body(d.name, d.name, 'meaning', arcAt(i, meaning.length), d.observables, d.state)),
    ...enrichersOf(p, engine).map((e, i, all) => ({ ...e, at: rowAt(i, all.length, Math.min(3.2, 13 / all.length), -5, 7.4) })),
    ...(p.watch ?? []).map((w, i, all) => body(`watch:${w.name}`, w.name, 'watch', [11 + 1.8 * (i - (all.length - 1) / 2), -5.4, 7.6], w.targets ?? 1, 'ok')),
  ];
  const index = new Map(bodies.map((b, i) => [b.id, i]));
  const ribbons: Ribbon[] = [];
  for (const r of p.ribbons ?? []) {
    const a = index.get(r.a), b = index.get(r.b);
    if (a === undefined || b === undefined || a === b || r.shared <= 0) continue;
    ribbons.push({ a, b, shared: r.shared, width: widthOf(r.shared) });
  }
  // Many ribbons are narrower, all by the same part: together they hide nothing.
  const part = Math.min(1, Math.max(0.5, Math.sqrt(36 / Math.max(ribbons.length, 1))));
  for (const r of ribbons) r.width *= part;
  return { bodies, ribbons };
}

function enrichersOf(p: Picture, engine: Database | undefined): Body[] {
  const at: [number, number, number] = [0, 0, 0];
  return [
    ...(p.enrichers ?? []).map((e) => body(`enrich:${e.name}`, e.name, 'enricher', at, e.results ?? 1, e.state ?? 'ok')),
    ...(engine && engine.sources > 0 ? [body(engine.name, engine.name, 'enricher', at, engine.observables, engine.state)] : []),
  ];
}

function body(id: string, name: string, layer: BodyLayer, at: [number, number, number], values: number, state: string): Body {
  return { id, name, layer, at, values, state, live: state !== 'none', r: layer === 'enricher' || layer === 'watch' ? 0.5 : 0.6 + 0.11 * Math.log10(1 + values) };
}

// widthOf grows with the logarithm of what is shared: a ribbon carries a number.
export const widthOf = (shared: number): number => Math.min(0.07 + 0.12 * Math.log10(1 + shared), 0.8);

// ringAt places n bodies on the wide low ring. It is open behind, under the
// arc, and in the middle of the front, where the enrichers are.
export function ringAt(i: number, n: number): [number, number, number] {
  const gap = 0.22 * Math.PI; // of the front
  const each = Math.ceil(n / 2);
  const left = i < each;
  const k = left ? i : i - each;
  const m = left ? each : n - each;
  const from = -0.3 * Math.PI, to = 0.5 * Math.PI - gap / 2; // from behind the side to the front
  const a = m === 1 ? (from + to) / 2 : from + ((to - from) * k) / (m - 1);
  return [(left ? -1 : 1) * ring.x * Math.cos(a), ring.y, ring.z * Math.sin(a)];
}

export function arcAt(i: number, n: number): [number, number, number] {
  const s = n === 1 ? 0 : (2 * i) / (n - 1) - 1; // -1 to 1
  const reach = Math.min(1, 0.35 + n / 8);
  return [arc.x * s * reach, arc.y + arc.lift * (1 - s * s), arc.z];
}

const rowAt = (i: number, n: number, step: number, y: number, z: number): [number, number, number] => [step * (i - (n - 1) / 2), y, z];

const clear = 4.3; // from the middle: ribbons pass the hub, not through it

// bend is the control point of a ribbon's curve: drawn towards the hub, where
// what is shared meets, and round it.
export function bend(a: readonly number[], b: readonly number[]): [number, number, number] {
  const sum = (i: number) => (a[i] ?? 0) + (b[i] ?? 0);
  const [x, y, z] = [sum(0) * 0.14, sum(1) * 0.14 + 0.5, sum(2) * 0.14];
  const mid = [0.25 * sum(0) + 0.5 * x, 0.25 * sum(2) + 0.5 * z] as const;
  const far = Math.hypot(...mid);
  if (far >= clear || Math.max(a[1] ?? 0, b[1] ?? 0) > 3) return [x, y, z];
  // Opposite ends have no side of their own: they take the one before the hub.
  const [dx, dz] = far > 1 ? [mid[0] / far, mid[1] / far] : [0, 1];
  return [2 * (clear * dx - 0.25 * sum(0)), y, 2 * (clear * dz - 0.25 * sum(2))];
}

export function curve(a: readonly number[], c: readonly number[], b: readonly number[], t: number): [number, number, number] {
  const u = 1 - t;
  const at = (i: number) => u * u * (a[i] ?? 0) + 2 * u * t * (c[i] ?? 0) + t * t * (b[i] ?? 0);
  return [at(0), at(1), at(2)];
}

// litOf says which bodies stand out, when something is chosen.
export function litOf(m: Model, names: readonly string[] | undefined): boolean[] | undefined {
  if (!names?.length) return undefined;
  const wanted = new Set(names);
  return m.bodies.map((b) => wanted.has(b.id));
}
