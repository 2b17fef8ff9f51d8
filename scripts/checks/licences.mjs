import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../prepare/machine.mjs';

// Licences that may be shipped together with Apache-2.0. A new one is added here by somebody who has read it.
const allowed = new Set([
  ...['MIT', 'MIT-0', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense'],
  ...['CC0-1.0', 'Python-2.0', 'PostgreSQL', 'OFL-1.1', 'Zlib'],
]);

// Single packages under a licence that is not for everything, with the reason.
const accepted = {
  // Data about browsers that the build reads; nothing of it is in what is built. CC-BY asks for the name, given here.
  'caniuse-lite': 'CC-BY-4.0',
};

/** Every package that an installation without development tools holds must have a licence from the list. */
export async function checkLicences() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const wrong = Object.entries(lock)
    .filter(([path, entry]) => path.includes('node_modules/') && entry.dev !== true && entry.link !== true)
    .map(([path, entry]) => ({ path, version: entry.version, licence: licenceOf(path, entry) }))
    .filter(({ path, licence }) => !isAllowed(licence) && accepted[nameOf(path)] !== licence);
  const lines = wrong.map(({ path, version, licence }) => `${path}@${version}: ${licence ?? 'no licence named'}`);
  return { ok: wrong.length === 0, output: lines.join('\n') };
}

function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function licenceOf(path, entry) {
  if (entry.license !== undefined) return entry.license;
  const file = join(root, path, 'package.json');
  // A package for another platform is not here to be read; it has the licence of its siblings for this one.
  if (!existsSync(file)) return entry.optional === true ? 'MIT' : undefined;
  const { license } = JSON.parse(readFileSync(file, 'utf8'));
  return typeof license === 'object' ? license.type : license;
}

/** `(MIT OR GPL-2.0)` leaves the choice to us; `MIT AND ISC` asks for both. */
function isAllowed(licence) {
  if (licence === undefined) return false;
  const text = licence.replaceAll(/[()]/g, '');
  return text.split(' OR ').some((choice) => choice.split(' AND ').every((part) => allowed.has(part.trim())));
}
