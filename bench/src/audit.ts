/**
 * How much slower a statement becomes while 2,000 events a second are written to the record of the same store. A
 * virtual machine may lose its processors to others for seconds at a time, so that the times of minutes cannot be compared:
 * each turn of two seconds is held against the quiet one next to it, and the median turn counts.
 */
import { crowdStage } from './crowd.ts';
import { RecordLoadElsewhere } from './record-load-elsewhere.ts';
import { type Figure, median, percentile, report } from './report.ts';

/** BENCH_SECONDS makes it shorter, to see that it works. */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 60);
const eventsPerSecond = 2_000;
const turnSeconds = 2;
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
  const loadOn = (chain: string, writer: string) => {
    const load = new RecordLoadElsewhere(crowd.pgUrl, writer);
    return { chain, load, times: [] as number[], ratios: [] as number[] };
  };
  const loads = [loadOn('own', 'bench'), loadOn('same', rows[0]?.writer ?? '')];
  const quiet: number[] = [];
  for (let turn = 0; turn < seconds / turnSeconds; turn++) {
    for (const { load, times, ratios } of loads) {
      const alone = await runFor(turnSeconds * 1_000);
      await load.start(eventsPerSecond);
      const beside = await runFor(turnSeconds * 1_000);
      await load.stop();
      quiet.push(...alone);
      times.push(...beside);
      ratios.push(median(beside) / median(alone));
    }
  }
  const figures: Figure[] = [
    { what: `${statement}, quiet: p50`, value: median(quiet), unit: 'ms' },
    { what: `${statement}, quiet: p95`, value: percentile(quiet, 0.95), unit: 'ms' },
  ];
  for (const { chain, load, times, ratios } of loads) {
    await load.close();
    const beside = `beside events on ${chain === 'own' ? 'a chain of their own' : 'the same chain'}`;
    figures.push(
      { what: `${beside}: written`, value: load.rate, unit: '1/s', bar: { least: eventsPerSecond * 0.99 } },
      { what: `${beside}: their commit p50`, value: median(load.waits), unit: 'ms' },
      { what: `${beside}: their commit p99`, value: percentile(load.waits, 0.99), unit: 'ms' },
      { what: `${beside}: p50`, value: median(times), unit: 'ms' },
      { what: `${beside}: p95`, value: percentile(times, 0.95), unit: 'ms' },
      { what: `${beside}: slower by`, value: (median(ratios) - 1) * 100, unit: '%', bar: { most: 10 } },
    );
  }
  report('audit', figures);
} finally {
  await crowd.stop();
}
