// Trees as phylogeny writes them (Newick), drawn as dendrograms.

export interface Branch { name: string; length: number; support: number; parts: Branch[] }

const maxDeep = 2000;

// newick reads a tree; undefined where the text is none.
export function newick(text: string): Branch | undefined {
  let at = 0;
  const label = (): string => {
    if (text[at] !== "'") {
      const from = at;
      while (at < text.length && !"(),:;'".includes(text[at] ?? '')) at++;
      return text.slice(from, at).trim();
    }
    let out = '';
    for (at++; at < text.length; at++) {
      if (text[at] !== "'") out += text[at];
      else if (text[at + 1] === "'") (out += "'"), at++;
      else break;
    }
    at++;
    return out;
  };
  const branch = (deep: number): Branch | undefined => {
    if (deep > maxDeep) return undefined;
    const b: Branch = { name: '', length: 0, support: -1, parts: [] };
    if (text[at] === '(') {
      do {
        at++;
        const part = branch(deep + 1);
        if (!part) return undefined;
        b.parts.push(part);
      } while (text[at] === ',');
      if (text[at++] !== ')') return undefined;
      const named = label();
      b.support = named === '' ? -1 : Number(named);
    } else {
      b.name = label();
    }
    if (text[at] === ':') {
      const number = /^:-?[\d.eE+-]+/.exec(text.slice(at, at + 30))?.[0] ?? ':0';
      at += number.length;
      b.length = Math.max(Number(number.slice(1)) || 0, 0);
    }
    return b;
  };
  const root = branch(0);
  return root && text[at] === ';' ? root : undefined;
}

export interface Drawn { lines: string; tips: { name: string; x: number; y: number }[]; supports: { x: number; y: number; of: number }[]; rows: number }

// drawn lays a tree out: a row a leaf, x by branch length between 0 and 1.
export function drawn(root: Branch): Drawn {
  const deepest = (b: Branch): number => b.parts.reduce((most, p) => Math.max(most, p.length + deepest(p)), 0);
  const whole = Math.max(deepest(root), 1e-9);
  const out: Drawn = { lines: '', tips: [], supports: [], rows: 0 };
  const lines: string[] = [];
  const place = (b: Branch, x: number): number => {
    if (!b.parts.length) {
      const y = out.rows++;
      out.tips.push({ name: b.name, x: x / whole, y });
      return y;
    }
    let top = Infinity, bottom = -Infinity;
    for (const p of b.parts) {
      const to = x + p.length;
      const y = place(p, to);
      lines.push(`M${x / whole} ${y}H${to / whole}`);
      if (p.parts.length && p.support >= 0) out.supports.push({ x: to / whole, y, of: p.support });
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    lines.push(`M${x / whole} ${top}V${bottom}`);
    return (top + bottom) / 2;
  };
  place(root, 0);
  out.lines = lines.join('');
  return out;
}
