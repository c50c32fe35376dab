import type { Picture } from '../api/types';

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

const ring = { x: 13.2, z: 9, y: -1.6 };
const arc = { x: 8.4, y: 5.6, z: -5.5, lift: 1.5 };

export function modelOf(p: Picture): Model {
  const observing = p.databases.filter((d) => d.layer !== 'meaning');
  const meaning = p.databases.filter((d) => d.layer === 'meaning');
  const bodies: Body[] = [
    ...observing.map((d, i) => body(d.name, d.name, 'observation', ringAt(i, observing.length), d.observables, d.state)),
    ...meaning.map((d, i) => body(d.name, d.name, 'meaning', arcAt(i, meaning.length), d.observables, d.state)),
    ...(p.enrichers ?? []).map((e, i, all) => body(`enrich:${e.name}`, e.name, 'enricher', rowAt(i, all.length, 2.6, -4.7, 5), e.results ?? 1, e.state ?? 'ok')),
    ...(p.watch ?? []).map((w, i, all) => body(`watch:${w.name}`, w.name, 'watch', [10 + 1.8 * (i - (all.length - 1) / 2), -5.2, 6.5], w.targets ?? 1, 'ok')),
  ];
  const index = new Map(bodies.map((b, i) => [b.id, i]));
  const ribbons: Ribbon[] = [];
  for (const r of p.ribbons ?? []) {
    const a = index.get(r.a), b = index.get(r.b);
    if (a === undefined || b === undefined || a === b || r.shared <= 0) continue;
    ribbons.push({ a, b, shared: r.shared, width: widthOf(r.shared) });
  }
  return { bodies, ribbons };
}

function body(id: string, name: string, layer: BodyLayer, at: [number, number, number], values: number, state: string): Body {
  return { id, name, layer, at, values, state, live: state !== 'none', r: layer === 'enricher' || layer === 'watch' ? 0.5 : 0.6 + 0.11 * Math.log10(1 + values) };
}

// widthOf grows with the logarithm of what is shared: a ribbon carries a number.
export const widthOf = (shared: number): number => Math.min(0.07 + 0.12 * Math.log10(1 + shared), 0.8);

// ringAt places n bodies on the wide low ring. It is open behind, under the
// arc, and in the middle of the front, where the enrichers are.
export function ringAt(i: number, n: number): [number, number, number] {
  const gap = 0.16 * Math.PI; // of the front
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

// bend is the control point of a ribbon's curve: what is shared meets at the hub.
export function bend(a: readonly number[], b: readonly number[]): [number, number, number] {
  const mid = (i: number) => ((a[i] ?? 0) + (b[i] ?? 0)) * 0.14;
  return [mid(0), mid(1) + 0.5, mid(2)];
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
