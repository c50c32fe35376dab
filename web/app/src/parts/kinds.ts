import type { Kind } from '../api/types';

// The kinds of observables, in the order in which they are listed everywhere.
export const kinds: readonly Kind[] = ['ip', 'cidr', 'domain', 'hash', 'email', 'url', 'cve', 'tag', 'port', 'fp', 'asn'];
