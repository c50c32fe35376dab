import type { Answer, Sighting } from '../api/types';
import { t } from '../i18n';
import { parse, stamp } from '../text/time';
import { layerOf } from './layer';
import { Source } from './Value';

export interface Strip { source: string; from: number; to: number; marks: { x: number; w: number }[] }

// stripsOf makes one timeline a source on a common axis, in parts of a
// thousand: a line from first to last, a mark an observation.
export function stripsOf(answer: Pick<Answer, 'first' | 'last' | 'sights'>, sightings: readonly Sighting[]): { strips: Strip[]; from: number; to: number } {
  let from = parse(answer.first) ?? 0;
  let to = parse(answer.last) ?? from;
  if (to <= from) [from, to] = [from - 3_600_000, to + 3_600_000];
  const x = (ms: number) => Math.round(Math.min(Math.max((1000 * (ms - from)) / (to - from), 0), 1000));
  const strips = new Map<string, Strip>();
  for (const s of answer.sights ?? []) {
    const a = x(parse(s.first) ?? from), b = x(parse(s.last) ?? from);
    const old = strips.get(s.source); // the same source under another marking
    if (old) [old.from, old.to] = [Math.min(old.from, a), Math.max(old.to, b)];
    else strips.set(s.source, { source: s.source, from: a, to: b, marks: [] });
  }
  const seen = new Set<string>();
  for (const s of sightings) {
    const strip = strips.get(s.source);
    const first = parse(s.first);
    if (!strip || first === undefined) continue;
    const w = Math.max(x(parse(s.last) ?? first) - x(first), 4);
    const at = Math.min(x(first), 1000 - w);
    const id = `${s.source} ${at} ${w}`;
    if (!seen.has(id)) strip.marks.push({ x: at, w });
    seen.add(id);
  }
  return { strips: [...strips.values()], from, to };
}

export function Strips({ answer, sightings }: { answer: Answer; sightings: readonly Sighting[] }) {
  const { strips, from, to } = stripsOf(answer, sightings);
  const near = to - from < 72 * 3_600_000;
  const axis = [0, 1, 2, 3, 4].map((i) => from + ((to - from) * i) / 4);
  return (
    <div class="strips">
      {strips.map((s) => (
        <div class="strip" key={s.source}>
          <Source name={s.source} />
          <svg viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label={t('strips.marks', { n: s.marks.length })}>
            <line class="lane" x1="0" y1="10" x2="1000" y2="10" />
            <rect class={`span ${layerOf(s.source)}`} x={s.from} y="8" width={Math.max(s.to - s.from, 2)} height="4" />
            {s.marks.map((m) => <rect key={`${m.x} ${m.w}`} class={`mark ${layerOf(s.source)}`} x={m.x} y="2" width={m.w} height="16" />)}
          </svg>
        </div>
      ))}
      <div class="strip axis">
        <span />
        <ol>{axis.map((ms) => <li key={ms}>{near ? stamp(ms).slice(5) : stamp(ms, 'day')}</li>)}</ol>
      </div>
    </div>
  );
}
