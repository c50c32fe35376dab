import { signal } from '@preact/signals';
import type { Me, Org } from '../api/types';

// Who is logged in, and as whom the pages are looked at.

export const session = signal<'unknown' | 'live' | 'ended'>('unknown');
export const me = signal<Me | undefined>(undefined);

// preview is the organisation whose view an administrator looks through; ""
// is the own one.
export const preview = signal('');
export const orgs = signal<Org[]>([]);

export const banner = signal('');
