// bins counts moments into n parts of the time they span.
export function bins(moments: readonly number[], n: number): { at: number[]; count: number[]; step: number } {
  if (moments.length === 0) return { at: [], count: [], step: 0 };
  let from = Infinity, to = -Infinity;
  for (const m of moments) {
    if (m < from) from = m;
    if (m > to) to = m;
  }
  const step = Math.max(roundStep((to - from) / n), 60_000);
  from = Math.floor(from / step) * step;
  const size = Math.floor((to - from) / step) + 1;
  const count = new Array<number>(size).fill(0);
  for (const m of moments) {
    const i = Math.floor((m - from) / step);
    count[i] = (count[i] ?? 0) + 1;
  }
  return { at: count.map((_, i) => from + i * step), count, step };
}

const minute = 60_000;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10_080, 43_200, 129_600, 525_600].map((m) => m * minute);

// roundStep gives the first length at least as long that people count in.
export function roundStep(ms: number): number {
  return steps.find((s) => s >= ms) ?? Math.ceil(ms / (525_600 * minute)) * 525_600 * minute;
}
