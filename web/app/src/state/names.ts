import { signal } from '@preact/signals';
import { ask } from '../api/client';
import type { Results, SourceStatus } from '../api/types';
import { publisherOf } from '../parts/layer';
import { preview } from './session';

// The names that filters can have, fetched when the search box is first used.
export const known = signal<{ sources: string[]; tags: string[] }>({ sources: [], tags: [] });

let learnt: string | undefined;

export async function learnNames(): Promise<void> {
  if (learnt === preview.value) return;
  learnt = preview.value;
  const [sources, tags] = await Promise.allSettled([
    ask<SourceStatus[] | null>('/sources'),
    ask<Results>('/search', { query: { q: 'kind:tag', limit: 500 } }),
  ]);
  const names = sources.status === 'fulfilled' ? (sources.value ?? []).map((s) => s.source) : [];
  known.value = {
    sources: [...new Set([...names.map(publisherOf), ...names])],
    tags: tags.status === 'fulfilled' ? (tags.value.values ?? []).map((v) => v.observable.value) : [],
  };
}
