import { signal } from '@preact/signals';

// A pasted text stays in the memory of this page: it stands in no address, and
// the hub does not keep it.
export const pasted = signal('');

export const maxPasted = 1 << 20; // bytes, the hub's limit

// manyValues tells a text from a question: a question has one line and is
// short enough for an address.
export const manyValues = (s: string): boolean => s.length > 2000 || s.trim().includes('\n');
