// Removes what an earlier build left in web/dist, but the tracked placeholder.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const dist = join(import.meta.dirname, '..', '..', 'dist');
mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) {
  if (name !== 'README.md') rmSync(join(dist, name), { recursive: true });
}
