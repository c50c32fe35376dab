// match fits a path to a pattern such as /e/:kind/:value. The last place takes
// the rest of the path, decoded.
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const want = pattern.split('/').slice(1);
  const have = path.split('/').slice(1);
  const got: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    const last = i === want.length - 1;
    const piece = last && part.startsWith(':') ? have.slice(i).join('/') : have[i];
    if (piece === undefined || (part.startsWith(':') && piece === '')) return undefined;
    if (!part.startsWith(':')) {
      if (piece !== part || (last && have.length > want.length)) return undefined;
      continue;
    }
    try {
      got[part.slice(1)] = decodeURIComponent(piece);
    } catch {
      return undefined; // not an address we wrote
    }
  }
  return got;
}
