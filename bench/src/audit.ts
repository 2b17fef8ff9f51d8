/** How much slower a statement becomes while 2,000 events a second are written to the record of the same store. */
import { crowdStage } from './crowd.ts';
import { RecordLoadElsewhere } from './record-load-elsewhere.ts';
import { type Figure, median, percentile, report } from './report.ts';

/** BENCH_SECONDS makes it shorter, to see that it works. */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 60);
const eventsPerSecond = 2_000;
const parts = 6;
const warmUp = 100;
const statement = 'select 1';

const crowd = await crowdStage();
try {
  const { place, store } = crowd;
  const session = await place.developer.call('POST /sessions', { body: { databaseId: place.databaseId } });
  const runOne = async (): Promise<number> => {
    const before = performance.now();
    for await (const line of place.developer.statement(session.id, statement, 10)) {
      if (line.type === 'failed') throw new Error(line.problem.detail);
    }
    return performance.now() - before;
  };
  const runFor = async (ms: number): Promise<number[]> => {
    const until = performance.now() + ms;
    const times: number[] = [];
    while (performance.now() < until) times.push(await runOne());
    return times;
  };
  for (let round = 0; round < warmUp; round++) await runOne();

  const { rows } = await store.query<{ writer: string }>(
    'select writer from tidegate.audit_event order by at desc limit 1',
  );
  const loads = [
    { chain: 'own', load: new RecordLoadElsewhere(crowd.pgUrl, 'bench'), times: [] as number[] },
    { chain: 'same', load: new RecordLoadElsewhere(crowd.pgUrl, rows[0]?.writer ?? ''), times: [] as number[] },
  ];
  const quiet: number[] = [];
  for (let part = 0; part < parts; part++) {
    quiet.push(...(await runFor((seconds * 1_000) / parts)));
    for (const { load, times } of loads) {
      await load.start(eventsPerSecond);
      times.push(...(await runFor((seconds * 1_000) / parts)));
      await load.stop();
    }
  }
  const figures: Figure[] = [
    { what: `${statement}, quiet: p50`, value: median(quiet), unit: 'ms' },
    { what: `${statement}, quiet: p95`, value: percentile(quiet, 0.95), unit: 'ms' },
  ];
  for (const { chain, load, times } of loads) {
    await load.close();
    const beside = `beside events on ${chain === 'own' ? 'a chain of their own' : 'the same chain'}`;
    figures.push(
      { what: `${beside}: written`, value: load.rate, unit: '1/s', bar: { least: eventsPerSecond * 0.99 } },
      { what: `${beside}: their commit p50`, value: median(load.waits), unit: 'ms' },
      { what: `${beside}: their commit p99`, value: percentile(load.waits, 0.99), unit: 'ms' },
      { what: `${beside}: p50`, value: median(times), unit: 'ms' },
      { what: `${beside}: p95`, value: percentile(times, 0.95), unit: 'ms' },
      { what: `${beside}: slower by`, value: (median(times) / median(quiet) - 1) * 100, unit: '%', bar: { most: 10 } },
    );
  }
  report('audit', figures);
} finally {
  await crowd.stop();
}
