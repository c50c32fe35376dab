// Characters that turn, hide or forge text, shown as what they are. Everything
// a page shows was written by strangers; this is the one filter it passes (see
// text/guard.ts), as the plain pages have theirs.

const steering = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u2800]/u;
const each = new RegExp(steering.source, 'gu');

// Line ends and tabs are text in a <pre>; anywhere else they cannot do harm in HTML.
const harmless = new Set(['\n', '\t', '\r']);

export function visible(s: string): string {
  if (!steering.test(s)) return s;
  return s.replace(each, (c) => {
    if (harmless.has(c)) return c === '\r' ? '' : c;
    const code = c.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

// short cuts a text to n characters, never inside one.
export function short(s: string, n: number): string {
  if (s.length <= n) return s;
  return `${Array.from(s.slice(0, 2 * n)).slice(0, n).join('')}…`;
}
