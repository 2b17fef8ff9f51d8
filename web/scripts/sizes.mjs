// Prints, as JSON, the gzipped size in bytes of the JavaScript and CSS that each screen needs on a first visit: the
// entry, the shell where the screen is behind sign-in, the screen, and everything these import statically. The editor
// counts with the grid that its first result loads.
// Reads web/dist/.vite/manifest.json; build first.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = join(import.meta.dirname, '../dist');
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
const gzipped = new Map();

function sizeOf(file) {
  if (!gzipped.has(file)) gzipped.set(file, gzipSync(readFileSync(join(dist, file)), { level: 9 }).length);
  return gzipped.get(file);
}

/** The files of a chunk and of all that it imports statically. */
function filesOf(key, files = { js: new Set(), css: new Set() }, seen = new Set()) {
  const chunk = manifest[key];
  if (chunk === undefined || seen.has(key)) return files;
  seen.add(key);
  files.js.add(chunk.file);
  for (const css of chunk.css ?? []) files.css.add(css);
  for (const imported of chunk.imports ?? []) filesOf(imported, files, seen);
  return files;
}

const total = (files) => [...files].reduce((sum, file) => sum + sizeOf(file), 0);
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const shell = 'src/app/shell/Shell.tsx';
const screens = Object.keys(manifest).filter((key) => /^src\/(pages|editor)\/.*Page\.tsx$/.test(key));

const loadedByUse = { 'src/editor/EditorPage.tsx': ['src/editor/results/GlideGrid.tsx'] };

const sizes = {};
for (const screen of screens.sort()) {
  const isEntryScreen = screen.startsWith('src/pages/entry/');
  const parts = [entry, ...(isEntryScreen ? [] : [shell]), screen, ...(loadedByUse[screen] ?? [])];
  const js = new Set(parts.flatMap((key) => [...filesOf(key).js]));
  const css = new Set(parts.flatMap((key) => [...filesOf(key).css]));
  sizes[screen.replace(/^src\/(pages\/)?/, '').replace(/\.tsx$/, '')] = { js: total(js), css: total(css) };
}
console.log(JSON.stringify(sizes, null, 2));
