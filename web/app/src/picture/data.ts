import { ask, ApiError } from '../api/client';
import { useResource, type Resource } from '../api/resource';
import type { Picture } from '../api/types';
import { learn } from '../parts/layer';

// usePicture asks for the whole at a glance, now or at a moment of the past.
export function usePicture(at: string): Resource<Picture> {
  return useResource(
    async (signal) => {
      const p = await ask<Picture>('/picture', { query: { at }, signal });
      if (!Array.isArray(p.databases)) throw new ApiError('broken', 'a picture without databases');
      learn(p.databases);
      return p;
    },
    ['picture', at],
    { every: at ? 0 : 20_000 },
  );
}
