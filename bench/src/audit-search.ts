/** Questions to a record of 1,000,000 events, each through the API, as the audit page asks them. */

import { fillRecord } from './big-record.ts';
import { crowdStage } from './crowd.ts';
import { type Figure, median, report } from './report.ts';

/** BENCH_EVENTS makes it smaller, to see that it works. */
const events = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const rounds = 20;
const mostMs = 1_000;

const crowd = await crowdStage();
try {
  const record = await fillRecord(crowd.store, events);
  const { admin } = crowd.place;
  const figures: Figure[] = [];
  for (const [what, queryOf] of Object.entries(record.questions)) {
    const times: number[] = [];
    let found = 0;
    for (let round = 0; round < rounds; round++) {
      const query = queryOf(round);
      const before = performance.now();
      const page = await admin.call('GET /audit-events', { query });
      times.push(performance.now() - before);
      found += page.items.length;
    }
    figures.push(
      { what: `${what}: p50`, value: median(times), unit: 'ms' },
      {
        what: `${what}: slowest of ${rounds} (${Math.round(found / rounds)} shown)`,
        value: Math.max(...times),
        unit: 'ms',
        bar: { most: mostMs },
      },
    );
  }
  report('audit-search', figures);
} finally {
  await crowd.stop();
}
