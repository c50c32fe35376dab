import { preview, session } from '../state/session';

// Questions to the hub, from the same origin, with the session's cookie. Every
// way in which an answer can fail to come has a name that pages show.

export type Failure =
  | 'unauthorized' // the session has ended
  | 'denied' // the key may not do this
  | 'absent' // there is no such thing, or this hub has no such part
  | 'invalid' // the question is wrong
  | 'limited' // too many questions
  | 'unavailable' // the hub is busy or not ready
  | 'internal' // the hub is at fault
  | 'offline' // the hub does not answer
  | 'broken' // half an answer, or none that can be read
  | 'aborted'; // given up by the page

export class ApiError extends Error {
  constructor(
    readonly kind: Failure,
    message: string,
    readonly hint = '',
    readonly request = '',
    readonly retryAfter = 0, // seconds
  ) {
    super(message);
  }
}

const byStatus: Record<number, Failure> = {
  400: 'invalid', 401: 'unauthorized', 403: 'denied', 404: 'absent', 405: 'absent', 408: 'unavailable', 413: 'invalid',
  421: 'denied', 422: 'invalid', 429: 'limited', 502: 'offline', 503: 'unavailable', 504: 'offline',
};

const patience = 35_000; // longer than the hub's own 30 s, whose reason is better than ours

export interface Ask {
  method?: string;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  text?: string; // a body that is not JSON
  signal?: AbortSignal;
}

// headersOf are what every question carries: what the page previews is part of
// each one, so that none is answered with other rights than the page shows.
export function headersOf(): Record<string, string> {
  const headers: Record<string, string> = {};
  if (preview.value) headers['Cure-View-As'] = preview.value;
  return headers;
}

export function addressOf(path: string, query: Ask['query']): string {
  const given = Object.entries(query ?? {}).filter(([, v]) => v !== undefined && v !== '' && v !== false);
  const text = new URLSearchParams(given.map(([k, v]) => [k, String(v)])).toString();
  return `/api/v1${path}${text ? `?${text}` : ''}`;
}

async function send(path: string, ask: Ask): Promise<Response> {
  const headers = headersOf();
  let body: string | null = null;
  if (ask.text !== undefined) {
    headers['Content-Type'] = 'text/plain; charset=utf-8';
    body = ask.text;
  } else if (ask.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(ask.body);
  }
  const limit = AbortSignal.timeout(patience);
  const signal = ask.signal ? AbortSignal.any([ask.signal, limit]) : limit;
  let response: Response;
  try {
    response = await fetch(addressOf(path, ask.query), { method: ask.method ?? 'GET', headers, body, signal, credentials: 'same-origin', cache: 'no-store' });
  } catch (err) {
    if (ask.signal?.aborted) throw new ApiError('aborted', 'given up');
    throw new ApiError('offline', limit.aborted ? 'no answer in time' : String(err instanceof Error ? err.message : err));
  }
  if (!response.ok) throw await failureOf(response);
  return response;
}

// failureOf reads a refusal; a proxy's page instead of the hub's problem is
// one too.
export async function failureOf(response: Response): Promise<ApiError> {
  const kind = byStatus[response.status] ?? (response.status >= 500 ? 'internal' : 'invalid');
  let detail = '', hint = '', request = response.headers.get('X-Request-Id') ?? '';
  try {
    const problem = (await response.json()) as { detail?: string; hint?: string; request?: string; errors?: { where?: string; reason?: string }[] };
    detail = [problem.detail, ...(problem.errors ?? []).map((e) => [e.where, e.reason].filter(Boolean).join(': '))].filter(Boolean).join('; ');
    hint = problem.hint ?? '';
    request = problem.request ?? request;
  } catch {
    detail = response.statusText;
  }
  if (kind === 'unauthorized') session.value = 'ended';
  return new ApiError(kind, detail, hint, request, Number(response.headers.get('Retry-After')) || 0);
}

export async function ask<T>(path: string, options: Ask = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    if (options.signal?.aborted) throw new ApiError('aborted', 'given up');
    throw new ApiError('broken', 'the answer ended early or is not one of this hub');
  }
}

// file asks for something to be saved.
export async function file(path: string, options: Ask = {}): Promise<Blob> {
  const response = await send(path, options);
  try {
    return await response.blob();
  } catch {
    throw new ApiError('broken', 'the file ended early');
  }
}

export const seg = encodeURIComponent;
