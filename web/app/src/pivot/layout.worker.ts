import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from 'd3-force';

// The layout of the pivot graph, off the page's thread. Places come from names
// and not from chance, so the same graph looks the same; what is there stays
// near where it was.

export interface LayoutAsk { turn: number; nodes: { id: string; x?: number; y?: number; parent?: string }[]; edges: { a: string; b: string; weight: number }[] }
export interface LayoutAnswer { turn: number; places: [string, number, number][]; done: boolean }

interface Body extends SimulationNodeDatum { id: string; old: boolean }

function hash(s: string): number {
  let h = 2166136261;
  for (let i = 0; i < s.length; i++) h = Math.imul(h ^ s.charCodeAt(i), 16777619);
  return (h >>> 0) / 2 ** 32;
}

let latest = 0;

onmessage = (e: MessageEvent<LayoutAsk>) => {
  const { turn, nodes, edges } = e.data;
  latest = turn;
  const placed = new Map(nodes.filter((n) => n.x !== undefined).map((n) => [n.id, n]));
  const bodies: Body[] = nodes.map((n) => {
    const parent = n.parent ? placed.get(n.parent) : undefined;
    const a = hash(n.id) * 2 * Math.PI, r = 40 + 60 * hash(`${n.id}.`);
    return { id: n.id, old: n.x !== undefined, x: n.x ?? (parent?.x ?? 0) + r * Math.cos(a), y: n.y ?? (parent?.y ?? 0) + r * Math.sin(a) };
  });
  const index = new Map(bodies.map((b, i) => [b.id, i]));
  const links = edges.flatMap((l) => {
    const source = index.get(l.a), target = index.get(l.b);
    return source === undefined || target === undefined ? [] : [{ source, target, weight: l.weight }];
  });
  const fresh = bodies.filter((b) => !b.old).length;
  const simulation = forceSimulation(bodies)
    .force('link', forceLink<Body, (typeof links)[number]>(links).distance((l) => 46 + 50 * (1 - l.weight)).strength((l) => 0.15 + 0.5 * l.weight))
    .force('charge', forceManyBody().strength(-170).distanceMax(480))
    .force('collide', forceCollide(17))
    .force('x', forceX(0).strength(0.035))
    .force('y', forceY(0).strength(0.05))
    .alpha(fresh === bodies.length ? 1 : 0.35)
    .randomSource(() => 0.5)
    .stop();
  const total = fresh === 0 ? 1 : bodies.length > 300 ? 160 : 240;
  let n = 0;
  const run = () => {
    if (turn !== latest) return; // asked again meanwhile
    for (let i = 0; i < 30 && n < total; i++, n++) simulation.tick();
    const answer: LayoutAnswer = { turn, places: bodies.map((b) => [b.id, b.x ?? 0, b.y ?? 0]), done: n >= total };
    postMessage(answer);
    if (n < total) setTimeout(run, 0);
  };
  run();
};
