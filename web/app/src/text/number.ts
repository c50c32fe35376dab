import { cached } from './intl';

const plain = cached((l) => new Intl.NumberFormat(l));
const brief = cached((l) => new Intl.NumberFormat(l, { notation: 'compact', maximumFractionDigits: 1 }));

export const num = (n: number | undefined): string => plain().format(n ?? 0);

export const compact = (n: number): string =>
  n < 10_000 ? num(n) : brief().format(n);

export const percent = (f: number): string => `${Math.round(f * 100)} %`;

// size writes bytes in the unit that fits.
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let n = bytes;
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return `${n.toFixed(i > 0 && n < 100 ? 1 : 0)} ${units[i]}`;
}
