import { ApiError, addressOf, failureOf, headersOf } from './client';
import type { Ask } from './client';

// Server-sent events over fetch: EventSource can neither carry the header of a
// preview nor say why it was refused.

export interface Message { event: string; data: string; id: string }

const maxMessage = 4 << 20; // characters; a hub sends far less

// reader cuts a stream of text into messages, however its pieces fall.
export function reader(emit: (m: Message) => void): (piece: string) => void {
  let rest = '';
  let event = '', data: string[] = [], id = '';
  return (piece) => {
    rest += piece;
    if (rest.length > maxMessage) throw new ApiError('broken', 'an event of the stream is too long');
    let end: number;
    while ((end = rest.search(/\r\n|\n|\r(?!$)/)) >= 0) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + (rest.startsWith('\r\n', end) ? 2 : 1));
      if (line === '') {
        if (data.length > 0) emit({ event: event || 'message', data: data.join('\n'), id });
        event = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') event = value;
      else if (field === 'data') data.push(value);
      else if (field === 'id') id = value;
    }
  };
}

export type StreamState = 'connecting' | 'live' | 'waiting' | 'absent' | 'ended';

export interface Follow {
  path: string;
  query?: Ask['query'];
  onMessage: (m: Message) => void;
  onState: (s: StreamState) => void;
  signal: AbortSignal;
}

// follow reads a stream until the signal ends it, and comes back with growing
// pauses after a break. Refusals that will not change end it.
export async function follow(f: Follow): Promise<void> {
  let last = '';
  let pause = 500;
  while (!f.signal.aborted) {
    f.onState('connecting');
    try {
      const headers: Record<string, string> = { Accept: 'text/event-stream', ...headersOf() };
      if (last) headers['Last-Event-ID'] = last;
      const response = await fetch(addressOf(f.path, f.query), { headers, signal: f.signal, credentials: 'same-origin', cache: 'no-store' });
      if (!response.ok) throw await failureOf(response);
      if (!response.body) throw new ApiError('broken', 'a stream without a body');
      f.onState('live');
      const feed = reader((m) => {
        if (m.id) last = m.id;
        pause = 500;
        f.onMessage(m);
      });
      const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await pieces.read();
        if (done) break;
        feed(value);
      }
    } catch (err) {
      if (f.signal.aborted) return;
      if (err instanceof ApiError && ['absent', 'denied', 'unauthorized', 'invalid'].includes(err.kind)) {
        f.onState(err.kind === 'absent' ? 'absent' : 'ended');
        return;
      }
    }
    if (f.signal.aborted) return;
    f.onState('waiting');
    await new Promise((done) => setTimeout(done, pause * (0.75 + Math.random() / 2)));
    pause = Math.min(pause * 2, 30_000);
  }
}
