import type { Kind, Neighbours, Observable, Related, Summary } from '../api/types';

// The pivot graph as a function of what somebody did (seeds, expansions, opened
// groups) and of the neighbours the hub told. What was done is small: it is the
// address of the page and the step of undo.

export interface Done { seeds: string[]; expanded: string[]; opened: string[] }

export interface Node {
  id: string;
  kind: Kind | 'group';
  value: string;
  label: string;
  seed: boolean;
  expanded: boolean;
  group?: { parent: string; kind: Kind; hidden: number } | undefined;
  summary?: Summary | undefined;
  parent?: string | undefined; // next to which it first appears
}

export interface Edge { a: string; b: string; weight: number; common: boolean }

export interface Graph { nodes: Node[]; edges: Edge[]; cut: number }

export const maxNodes = 500;
const foldAbove = 8; // neighbours of one kind
const openedShow = 40; // of an opened group

export const idOf = (o: Observable): string => `${o.kind}:${o.value}`;

export function observableOf(id: string): Observable {
  const colon = id.indexOf(':');
  return { kind: id.slice(0, colon) as Kind, value: id.slice(colon + 1) };
}

export const groupId = (parent: string, kind: Kind): string => `group:${kind}:${parent}`;

export function graphOf(done: Done, told: ReadonlyMap<string, Neighbours>, summaries: ReadonlyMap<string, Summary>): Graph {
  const nodes = new Map<string, Node>();
  const edges = new Map<string, Edge>();
  let cut = 0;
  const add = (id: string, parent?: string): boolean => {
    if (nodes.has(id)) return true;
    if (nodes.size >= maxNodes) {
      cut++;
      return false;
    }
    const o = observableOf(id);
    nodes.set(id, { id, kind: o.kind, value: o.value, label: o.value, seed: done.seeds.includes(id), expanded: done.expanded.includes(id), summary: summaries.get(id), parent });
    return true;
  };
  const join = (a: string, b: string, weight: number, common: boolean) => {
    const key = a < b ? `${a}\n${b}` : `${b}\n${a}`;
    if (a !== b && !edges.has(key)) edges.set(key, { a, b, weight, common });
  };
  for (const id of done.seeds) add(id);
  for (const id of done.expanded) {
    if (!nodes.has(id)) continue; // what it hung on was collapsed
    const around = told.get(id);
    cut += around?.cut ?? 0;
    for (const [kind, all] of byKind(around?.values ?? [])) {
      const linked = all.filter((r) => nodes.has(idOf(r.observable)));
      for (const r of linked) join(id, idOf(r.observable), r.weight, Boolean(r.common));
      const fresh = all.filter((r) => !nodes.has(idOf(r.observable)));
      const gid = groupId(id, kind);
      const open = done.opened.includes(gid);
      const show = fresh.length <= foldAbove ? fresh : open ? fresh.slice(0, openedShow) : [];
      for (const r of show) if (add(idOf(r.observable), id)) join(id, idOf(r.observable), r.weight, Boolean(r.common));
      const hidden = fresh.length - show.length;
      if (hidden > 0 && nodes.size < maxNodes) {
        nodes.set(gid, { id: gid, kind: 'group', value: String(hidden), label: String(hidden), seed: false, expanded: false, group: { parent: id, kind, hidden }, parent: id });
        join(id, gid, 0.5, false);
      } else if (hidden > 0) cut += hidden;
    }
  }
  // Neighbours that both are there for another reason are joined as well.
  for (const [id, around] of told) {
    if (!nodes.has(id)) continue;
    for (const r of around.values ?? []) if (nodes.has(idOf(r.observable))) join(id, idOf(r.observable), r.weight, Boolean(r.common));
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], cut };
}

function byKind(all: readonly Related[]): [Kind, Related[]][] {
  const groups = new Map<Kind, Related[]>();
  for (const r of all) groups.set(r.observable.kind, [...(groups.get(r.observable.kind) ?? []), r]);
  for (const g of groups.values()) g.sort((a, b) => b.weight - a.weight || (a.observable.value < b.observable.value ? -1 : 1));
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

// pathBetween is a shortest way between two nodes, [] where there is none.
export function pathBetween(g: Graph, from: string, to: string): string[] {
  const next = new Map<string, string[]>();
  for (const e of g.edges) {
    next.set(e.a, [...(next.get(e.a) ?? []), e.b]);
    next.set(e.b, [...(next.get(e.b) ?? []), e.a]);
  }
  const came = new Map<string, string>([[from, '']]);
  const queue = [from];
  for (const id of queue) {
    if (id === to) break;
    for (const n of [...(next.get(id) ?? [])].sort()) {
      if (!came.has(n)) {
        came.set(n, id);
        queue.push(n);
      }
    }
  }
  if (!came.has(to)) return [];
  const path = [to];
  while (path[0] !== from) path.unshift(came.get(path[0]!)!);
  return path;
}

// within says whether a node was seen in a time; seeds, groups and what says
// nothing of time always are.
export function within(n: Node, from: number, to: number): boolean {
  if (n.seed || n.group || !n.summary?.first) return true;
  const first = Date.parse(n.summary.first), last = Date.parse(n.summary.last ?? n.summary.first);
  return last >= from && first <= to;
}

// The address of what was done.
export function toQuery(d: Done): string {
  const q = new URLSearchParams();
  for (const [name, ids] of [['n', d.seeds], ['x', d.expanded.filter((id) => !d.seeds.includes(id))], ['o', d.opened]] as const) {
    for (const id of ids) q.append(name, id);
  }
  const folded = d.seeds.filter((id) => !d.expanded.includes(id));
  for (const id of folded) q.append('f', id);
  return q.toString();
}

export function fromQuery(q: URLSearchParams): Done {
  const valid = (id: string) => /^[a-z]+:./.test(id);
  const seeds = [...new Set(q.getAll('n').filter(valid))].slice(0, 50);
  const folded = new Set(q.getAll('f'));
  return { seeds, expanded: [...seeds.filter((s) => !folded.has(s)), ...q.getAll('x').filter(valid)], opened: q.getAll('o').filter((id) => id.startsWith('group:')) };
}
