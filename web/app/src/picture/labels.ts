// Where labels go so that none covers another: below its body, else above,
// else beside it. What finds no place is left out until it is pointed at.

export interface Anchor { id: string; x: number; y: number; r: number; w: number; h: number; weight: number }
export interface Spot { id: string; x: number; y: number; shown: boolean }

interface Box { x: number; y: number; w: number; h: number }

const gap = 3;

export function placeLabels(anchors: readonly Anchor[], width: number, height: number): Spot[] {
  const taken: Box[] = anchors.map((a) => ({ x: a.x - a.r * 0.8, y: a.y - a.r * 0.8, w: a.r * 1.6, h: a.r * 1.6 })); // the bodies themselves
  const spots = new Map<string, Spot>();
  for (const a of [...anchors].sort((p, q) => q.weight - p.weight || (p.id < q.id ? -1 : 1))) {
    const own = anchors.indexOf(a);
    const tries: Box[] = [
      { x: a.x - a.w / 2, y: a.y + a.r + gap, w: a.w, h: a.h },
      { x: a.x - a.w / 2, y: a.y - a.r - gap - a.h, w: a.w, h: a.h },
      { x: a.x + a.r + gap, y: a.y - a.h / 2, w: a.w, h: a.h },
      { x: a.x - a.r - gap - a.w, y: a.y - a.h / 2, w: a.w, h: a.h },
      { x: a.x - a.w / 2, y: a.y + a.r + gap + a.h, w: a.w, h: a.h },
    ];
    const free = tries.find((b) => b.x >= 0 && b.y >= 0 && b.x + b.w <= width && b.y + b.h <= height && !taken.some((o, i) => i !== own && overlap(b, o)));
    const box = free ?? tries[0]!;
    if (free) taken.push(free);
    spots.set(a.id, { id: a.id, x: box.x, y: box.y, shown: Boolean(free) });
  }
  return anchors.map((a) => spots.get(a.id)!);
}

const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
