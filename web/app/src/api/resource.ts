import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { preview } from '../state/session';
import { ApiError } from './client';

// A Resource is a question and its newest answer. When asking again fails the
// old answer stays, marked as old: a page never loses what it knew.
export interface Resource<T> {
  data: T | undefined;
  error: ApiError | undefined;
  loading: boolean;
  at: number | undefined; // when data came
  reload: () => void;
}

export interface ResourceOptions {
  every?: number; // ms between askings, while the tab is visible
  when?: boolean; // false: do not ask
}

export function useResource<T>(load: (signal: AbortSignal) => Promise<T>, deps: readonly unknown[], options: ResourceOptions = {}): Resource<T> {
  const [state, setState] = useState<Omit<Resource<T>, 'reload'>>({ data: undefined, error: undefined, loading: true, at: undefined });
  const [turn, setTurn] = useState(0);
  const asked = useRef<string>('');
  const key = JSON.stringify([...deps, preview.value]);
  const { every = 0, when = true } = options;

  useEffect(() => {
    if (!when) return;
    const fresh = asked.current !== key; // another question: its answer is not the old one's
    asked.current = key;
    setState((s) => (fresh ? { data: undefined, error: undefined, loading: true, at: undefined } : { ...s, loading: true }));
    const abort = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    load(abort.signal)
      .then((data) => {
        if (!abort.signal.aborted) setState({ data, error: undefined, loading: false, at: Date.now() });
      })
      .catch((err: unknown) => {
        const error = err instanceof ApiError ? err : new ApiError('broken', String(err));
        if (abort.signal.aborted || error.kind === 'aborted') return;
        setState((s) => ({ ...s, error, loading: false }));
        if (error.kind === 'limited') again = setTimeout(() => setTurn((n) => n + 1), 1000 * Math.max(error.retryAfter, 1));
      });
    return () => {
      abort.abort();
      clearTimeout(again);
    };
    // load is made anew with each render; key says when it asks something else
  }, [key, turn, when]);

  useEffect(() => {
    if (!every || !when) return;
    const id = setInterval(() => {
      if (!document.hidden) setTurn((n) => n + 1);
    }, every);
    return () => clearInterval(id);
  }, [every, when]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { ...state, reload };
}
