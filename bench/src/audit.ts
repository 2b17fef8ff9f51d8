/**
 * How much slower a statement becomes while 2,000 events a second are written to the record of the same store. On a small
 * machine that is mostly waiting for a processor. BENCH_PROCESSORS=apart gives whoever writes the events one of his own, and
 * all else the other: then it is waiting for the record alone.
 *
 * A virtual machine may lose its processors to others for seconds at a time, so that the times of minutes cannot be compared:
 * each turn of a second is held against those before and after it, and the median turn counts. In those the same events
 * are made and sent, and not written: what making them costs is told apart.
 */
import { crowdStage } from './crowd.ts';
import { runThisProcessOn } from './processors.ts';
import { RecordLoadElsewhere } from './record-load-elsewhere.ts';
import { type Figure, median, percentile, report } from './report.ts';

/** BENCH_SECONDS makes it shorter, to see that it works. */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 60);
const eventsPerSecond = 2_000;
const turnSeconds = 1;
const warmUp = 100;
const statement = 'select 1';

const areApart = process.env['BENCH_PROCESSORS'] === 'apart';
if (areApart) runThisProcessOn(0);
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
  const loadOn = (writer: string | null) => new RecordLoadElsewhere(crowd.pgUrl, writer, areApart ? 1 : null);
  const ways = [
    { beside: 'nothing', load: null },
    { beside: 'events on a chain of their own', load: loadOn('bench') },
    { beside: 'events on the same chain', load: loadOn(rows[0]?.writer ?? '') },
  ].map((way) => ({ ...way, times: [] as number[], ratios: [] as number[] }));
  const unwritten = { load: loadOn(null), times: [] as number[] };
  const runBeside = async ({ load, times }: { load: RecordLoadElsewhere | null; times: number[] }): Promise<number> => {
    await load?.start(eventsPerSecond);
    const turn = await runFor(turnSeconds * 1_000);
    await load?.stop();
    times.push(...turn);
    return median(turn);
  };
  let before = await runBeside(unwritten);
  for (let turn = 0; turn < seconds / turnSeconds; turn++) {
    for (const way of ways) {
      const beside = await runBeside(way);
      const after = await runBeside(unwritten);
      way.ratios.push(beside / ((before + after) / 2));
      before = after;
    }
  }
  const [quiet, ...loaded] = ways;
  const makingOnly = 1 / median(quiet?.ratios ?? []);
  const figures: Figure[] = [
    { what: `${statement}, quiet: p50`, value: median(quiet?.times ?? []), unit: 'ms' },
    { what: `${statement}, quiet: p95`, value: percentile(quiet?.times ?? [], 0.95), unit: 'ms' },
    { what: 'beside events made and not written: slower by', value: (makingOnly - 1) * 100, unit: '%' },
  ];
  await unwritten.load.close();
  for (const { beside, load, times, ratios } of loaded) {
    await load?.close();
    const waits = load?.waits ?? [];
    const writing = median(ratios);
    figures.push(
      {
        what: `beside ${beside}: written`,
        value: load?.rate ?? 0,
        unit: '1/s',
        bar: { least: eventsPerSecond * 0.99 },
      },
      { what: `beside ${beside}: their commit p50`, value: median(waits), unit: 'ms' },
      { what: `beside ${beside}: their commit p99`, value: percentile(waits, 0.99), unit: 'ms' },
      { what: `beside ${beside}: p50`, value: median(times), unit: 'ms' },
      { what: `beside ${beside}: p95`, value: percentile(times, 0.95), unit: 'ms' },
      { what: `beside ${beside}: slower by`, value: (writing * makingOnly - 1) * 100, unit: '%', bar: { most: 10 } },
      { what: `beside ${beside}: of it, for their writing`, value: (writing - 1) * 100, unit: '%' },
    );
  }
  report('audit', figures);
} finally {
  await crowd.stop();
}
