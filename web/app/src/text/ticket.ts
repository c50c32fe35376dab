import type { Observable, Ticket } from '../api/types';

// valuesOf are all values of a ticket, those it was opened about first.
export function valuesOf(x: Ticket): Observable[] {
  const seen = new Map<string, Observable>();
  for (const o of [...(x.holds ?? []), ...(x.tags ?? []).map((g) => g.observable)]) seen.set(`${o.kind}:${o.value}`, o);
  return [...seen.values()];
}
