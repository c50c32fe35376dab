import { zone } from '../state/prefs';
import { cached } from './intl';

// Times are shown in one zone for all, UTC or JST, as chosen in the frame.
// Both have no summer time, so that an offset says everything.
const offset = { UTC: 0, JST: 9 * 3_600_000 } as const;

const year1971 = 31_536_000_000;

// parse reads a time of the API; 0 and what is no time are undefined.
export function parse(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms < year1971 ? undefined : ms;
}

export type Precision = 'minute' | 'second' | 'day' | 'clock';

export function stamp(ms: number, precision: Precision = 'minute'): string {
  const iso = new Date(ms + offset[zone.value]).toISOString();
  switch (precision) {
    case 'day':
      return iso.slice(0, 10);
    case 'clock':
      return iso.slice(11, 16);
    case 'second':
      return iso.slice(0, 19).replace('T', ' ');
    default:
      return iso.slice(0, 16).replace('T', ' ');
  }
}

const steps: [number, Intl.RelativeTimeFormatUnit][] = [
  [60_000, 'second'], [3_600_000, 'minute'], [48 * 3_600_000, 'hour'], [730 * 86_400_000, 'day'], [Infinity, 'year'],
];
const unit: Record<string, number> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, year: 365 * 86_400_000 };

const relative = cached((l) => new Intl.RelativeTimeFormat(l, { numeric: 'auto', style: 'short' }));

// ago says how long a time is past, coarsely.
export function ago(ms: number, now: number): string {
  const past = now - ms;
  const [, name] = steps.find(([limit]) => Math.abs(past) < limit) ?? [0, 'year' as const];
  return relative().format(-Math.round(past / (unit[name] ?? 1)), name);
}

// span writes a duration of nanoseconds, as Go sends them, without parts
// nobody reads.
export function span(ns: number): string {
  const s = Math.abs(ns) / 1e9;
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} d`;
}
