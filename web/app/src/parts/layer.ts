export type Layer = 'observation' | 'meaning' | 'enricher';

// Which publishers hold meaning; all others observe. The picture tells more,
// when it has come.
const meaning = new Set(['attack', 'reports', 'social', 'tickets']);

export const publisherOf = (source: string): string => source.split('/', 1)[0] ?? source;

export function layerOf(source: string): Layer {
  const publisher = publisherOf(source);
  if (publisher === 'enrich' || publisher === 'engine') return 'enricher';
  return meaning.has(publisher) ? 'meaning' : 'observation';
}

// learn takes over what the hub says of its databases.
export function learn(databases: { name: string; layer: string }[]): void {
  for (const d of databases) if (d.layer === 'meaning') meaning.add(d.name);
}
