import address from './layout.worker.ts?worker&url';

interface TrustedTypes { createPolicy(name: string, rules: { createScriptURL: (s: string) => string }): { createScriptURL(s: string): unknown } }

// The one policy of Trusted Types there is: for the address of our own worker.
const policy = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy('cure', {
  createScriptURL: (s) => {
    if (s !== address) throw new TypeError('not a script of ours');
    return s;
  },
});

export const layoutWorker = (): Worker => new Worker((policy?.createScriptURL(address) ?? address) as string, { type: 'module' });
