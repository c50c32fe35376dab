// Completes a build: holds it to its size budgets, compresses what the hub
// sends compressed, and lists the licences of the packages that are in it.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const app = join(import.meta.dirname, '..');
const dist = join(app, '..', 'dist');
const KiB = 1024;
const budgets = { first: 90 * KiB, picture: 170 * KiB };

const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'));
const packed = (name) => gzipSync(readFileSync(join(dist, name)), { level: 9 });

// chunksOf follows the static imports of an entry of the manifest.
function chunksOf(key, into = new Set()) {
  const chunk = manifest[key];
  if (!chunk || into.has(chunk.file)) return into;
  into.add(chunk.file);
  for (const css of chunk.css ?? []) into.add(css);
  for (const next of chunk.imports ?? []) chunksOf(next, into);
  return into;
}

const weight = (files) => [...files].reduce((sum, name) => sum + packed(name).length, 0);
const first = chunksOf('index.html');
const sceneKey = Object.keys(manifest).find((key) => key.endsWith('picture/Stage.tsx'));
const scene = sceneKey ? new Set([...chunksOf(sceneKey)].filter((name) => !first.has(name))) : new Set();
const weights = { first: weight(first), picture: weight(scene) };
let over = false;
for (const [name, limit] of Object.entries(budgets)) {
  const line = `${name} load: ${(weights[name] / KiB).toFixed(1)} KiB gz of ${limit / KiB}`;
  if (weights[name] > limit || weights[name] === 0) {
    console.error(`${line}: over the budget, or missing`);
    over = true;
  } else {
    console.log(line);
  }
}

for (const name of readdirSync(dist)) {
  if (/\.(js|css|html|json)$/.test(name) && name !== 'manifest.json') writeFileSync(join(dist, `${name}.gz`), packed(name));
}

// What ends in the build: the production packages of the lock file. What is
// only a tool of the build is not handed on.
const lock = JSON.parse(readFileSync(join(app, 'package-lock.json'), 'utf8'));
const licences = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path || entry.dev || entry.devOptional || entry.optional || entry.peer) continue;
  const folder = join(app, path);
  const file = existsSync(folder) && readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  if (!file) throw new Error(`${path} has no licence file: it cannot be handed on`);
  licences.push({
    name: path.replace(/^.*node_modules\//, ''), version: entry.version, licence: entry.license ?? 'unknown',
    text: readFileSync(join(folder, file), 'utf8'),
  });
}
licences.sort((a, b) => a.name.localeCompare(b.name));
const text = JSON.stringify(licences, null, 1);
writeFileSync(join(dist, 'licences.json'), text);
writeFileSync(join(dist, 'licences.json.gz'), gzipSync(text, { level: 9 }));
console.log(`licences of ${licences.length} packages`);
if (over) process.exit(1);
