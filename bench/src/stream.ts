/** 1,000,000 rows of 10 columns, streamed through the API and read by the bare driver in the same run. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { median, report } from './report.ts';
import { type Stage, stage } from './stage.ts';

const rows = 1_000_000;
const rounds = 3;
const sql = 'select * from wide';
// The faster of the driver's two shapes; its types know it only on other overloads.
const arrays = { text: sql, rowMode: 'array' } as pg.QueryConfig;

/** Resident memory of a process in MB, from the kernel. */
function residentMb(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4096) / 1_048_576;
}

async function readBare(place: Stage): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const query = new pg.Query(arrays);
  // Counted and dropped, as a reader would that keeps nothing.
  query.on('row', () => {
    count++;
  });
  const ended = new Promise<void>((resolve, reject) => {
    query.on('end', () => resolve());
    query.on('error', reject);
  });
  place.bare.query(query);
  await ended;
  if (count !== rows) throw new Error(`The bare driver read ${count} rows.`);
  return rows / ((performance.now() - startedAt) / 1000);
}

async function readThrough(place: Stage, sessionId: string): Promise<{ rate: number; peakMb: number }> {
  const startedAt = performance.now();
  let count = 0;
  let peakMb = 0;
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, residentMb(place.tidegate.pid));
  }, 50);
  for await (const line of place.developer.statement(sessionId, sql, rows)) {
    if (line.type === 'rows') count += line.rows.length;
    if (line.type === 'failed') throw new Error(line.problem.detail);
  }
  clearInterval(watch);
  if (count !== rows) throw new Error(`${count} rows came through.`);
  return { rate: rows / ((performance.now() - startedAt) / 1000), peakMb };
}

const columns = Array.from({ length: 8 }, (_, index) => `'value ' || (i * ${index + 3}) as c${index}`).join(', ');
const place = await stage(
  `create table wide as select i as id, i * 1.5 as amount, ${columns} from generate_series(1, ${rows}) i`,
);
try {
  const session = await place.developer.call('POST /sessions', { body: { databaseId: place.databaseId } });
  // One round first: code is compiled and the heap has its working size before memory is compared.
  await readThrough(place, session.id);
  const before = residentMb(place.tidegate.pid);
  const bare: number[] = [];
  const through: number[] = [];
  let peakMb = 0;
  for (let round = 0; round < rounds; round++) {
    bare.push(await readBare(place));
    const run = await readThrough(place, session.id);
    through.push(run.rate);
    peakMb = Math.max(peakMb, run.peakMb);
  }
  report('stream', [
    { what: 'bare driver, rows counted and dropped', value: median(bare), unit: 'rows/s' },
    { what: 'through the API, lines parsed by the reader', value: median(through), unit: 'rows/s' },
    { what: 'ratio', value: median(through) / median(bare), unit: '×', bar: { least: 0.5 } },
    { what: 'growth of the server while streaming', value: peakMb - before, unit: 'MB', bar: { most: 64 } },
  ]);
} finally {
  await place.stop();
}
