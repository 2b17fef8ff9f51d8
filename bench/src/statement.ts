/** What Tidegate adds to a small statement, side by side with the bare driver on the same server, alternating. */
import { type Figure, median, percentile, report } from './report.ts';
import { type Stage, stage } from './stage.ts';

const warmUp = 30;
const rounds = 300;

async function alternate(place: Stage, sessionId: string, sql: string) {
  const bare: number[] = [];
  const through: number[] = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    const before = performance.now();
    await place.bare.query(sql);
    const between = performance.now();
    for await (const line of place.developer.statement(sessionId, sql, 5000)) {
      if (line.type === 'failed') throw new Error(line.problem.detail);
    }
    const after = performance.now();
    if (round < warmUp) continue;
    bare.push(between - before);
    through.push(after - between);
  }
  return { bare, through };
}

const place = await stage(`
  create table item (id int primary key, name text, price numeric(10,2), added timestamptz);
  insert into item select i, 'item ' || i, i * 1.25, timestamptz '2024-01-01Z' + i * interval '1 minute' from generate_series(1, 1000) i`);
try {
  const session = await place.developer.call('POST /sessions', { body: { databaseId: place.databaseId } });
  const figures: Figure[] = [];
  for (const [name, sql] of [
    ['SELECT 1', 'select 1'],
    ['1,000 rows', 'select * from item'],
  ] as const) {
    const { bare, through } = await alternate(place, session.id, sql);
    figures.push(
      { what: `${name}: bare driver p50`, value: median(bare), unit: 'ms' },
      { what: `${name}: through the API p50`, value: median(through), unit: 'ms' },
      { what: `${name}: added p50`, value: median(through) - median(bare), unit: 'ms', bar: { most: 5 } },
      {
        what: `${name}: added p95`,
        value: percentile(through, 0.95) - percentile(bare, 0.95),
        unit: 'ms',
        bar: { most: 15 },
      },
    );
  }
  report('statement', figures);
} finally {
  await place.stop();
}
