import type { SourceStatus } from '../api/types';
import { parse } from '../text/time';

export type Condition = 'ok' | 'silent' | 'lagging' | 'failing' | 'unknown';

const day = 86_400_000;

// conditionOf says how a source is doing, and is the same rule as the
// picture's: nothing for a day, old when it comes, more refused than taken.
export function conditionOf(s: SourceStatus, now: number): Condition {
  const last = parse(s.operating?.arrived ?? s.last);
  if (s.operating && s.operating.records < s.operating.quarantined + s.operating.refused) return 'failing';
  if (s.intake?.err && !s.intake.running) return 'failing';
  if (last === undefined) return 'unknown';
  if (now - last > day) return 'silent';
  return s.operating && s.operating.lag > 6e11 ? 'lagging' : 'ok';
}
