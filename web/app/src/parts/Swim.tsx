import type { Observable } from '../api/types';
import { entityPath } from '../text/defang';
import { parse, stamp } from '../text/time';
import { visible } from '../text/visible';
import { layerOf } from './layer';
import { Source } from './Value';

export interface Lane { name: string; spans: { from: string; to: string; title: string; observable: Observable }[] }

// Swim draws a lane a database, what it holds as spans over a common time.
export function Swim({ lanes }: { lanes: Lane[] }) {
  const times = lanes.flatMap((l) => l.spans.flatMap((s) => [parse(s.from), parse(s.to)])).filter((ms) => ms !== undefined);
  if (!times.length) return null;
  const from = times.reduce((a, b) => Math.min(a, b)), to = Math.max(times.reduce((a, b) => Math.max(a, b)), from + 60_000);
  const x = (ms: number) => (1000 * (ms - from)) / (to - from);
  const axis = [0, 1, 2, 3, 4].map((i) => from + ((to - from) * i) / 4);
  return (
    <div class="strips swim">
      {lanes.map((l) => {
        const rows = Math.min(Math.max(l.spans.length, 1), 8);
        return (
          <div class="strip" key={l.name}>
            <Source name={l.name} />
            <svg viewBox={`0 0 1000 ${rows * 8 + 6}`} preserveAspectRatio="none" style={{ height: `${rows * 8 + 6}px` }}>
              <line class="lane" x1="0" x2="1000" y1={rows * 4 + 3} y2={rows * 4 + 3} />
              {l.spans.slice(0, 400).map((s, i) => {
                const a = x(parse(s.from) ?? from), b = x(parse(s.to) ?? from);
                return (
                  <a key={i} href={entityPath(s.observable)} tabIndex={-1} aria-hidden="true">
                    <rect class={`mark ${layerOf(l.name)}`} x={Math.min(a, 994)} width={Math.max(b - a, 6)} y={3 + (i % rows) * 8} height="6" rx="2"><title>{visible(s.title)}</title></rect>
                  </a>
                );
              })}
            </svg>
          </div>
        );
      })}
      <div class="strip axis"><span /><ol>{axis.map((ms) => <li key={ms}>{to - from < 72 * 3_600_000 ? stamp(ms).slice(5) : stamp(ms, 'day')}</li>)}</ol></div>
    </div>
  );
}
