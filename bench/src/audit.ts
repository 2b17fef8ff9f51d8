/**
 * How much slower a statement becomes while 2,000 events a second are written to the record of the same store, with the
 * search kept up to them. All on the same processors: on two, that is mostly waiting for one.
 *
 * A virtual machine may lose its processors to others for seconds at a time, so that the times of minutes cannot be compared:
 * each turn of a second is held against the quiet ones before and after it, and the median turn counts.
 */
import { crowdStage } from './crowd.ts';
import { encodedEvent, RecordLoad } from './record-load.ts';
import { type Figure, median, percentile, report } from './report.ts';

/** BENCH_SECONDS makes it shorter, to see that it works. */
const seconds = Number(process.env['BENCH_SECONDS'] ?? 60);
const eventsPerSecond = 2_000;
/** Each turn the load has to connect first: what it misses then it writes besides. */
const startingUp = 1.05;
const turnSeconds = 1;
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
  const wayWith = async (beside: string, writer: string | null) => ({
    ...{ beside, load: await RecordLoad.open(crowd.pgUrl, writer) },
    ...{ times: [] as number[], ratios: [] as number[] },
  });
  const unwritten = await wayWith('events sent and not written', null);
  const written = [
    await wayWith('events on a chain of their own', 'bench'),
    await wayWith('events on the same chain', rows[0]?.writer ?? ''),
  ];
  const ways = [unwritten, ...written];
  const quiet: number[] = [];
  const runQuiet = async (): Promise<number> => {
    const turn = await runFor(turnSeconds * 1_000);
    quiet.push(...turn);
    return median(turn);
  };
  let before = await runQuiet();
  for (let turn = 0; turn < seconds / turnSeconds; turn++) {
    for (const { load, times, ratios } of ways) {
      await load.start(eventsPerSecond * startingUp);
      const beside = await runFor(turnSeconds * 1_000);
      await load.stop();
      times.push(...beside);
      const after = await runQuiet();
      ratios.push(median(beside) / ((before + after) / 2));
      before = after;
    }
  }
  const slowerBy = (ratios: readonly number[]): number => (median(ratios) - 1) * 100;
  const figures: Figure[] = [
    { what: `${statement}, quiet: p50`, value: median(quiet), unit: 'ms' },
    { what: `${statement}, quiet: p95`, value: percentile(quiet, 0.95), unit: 'ms' },
    { what: `beside ${unwritten.beside}: slower by`, value: slowerBy(unwritten.ratios), unit: '%' },
  ];
  for (const { beside, load, times, ratios } of written) {
    figures.push(
      { what: `beside ${beside}: written`, value: load.rate, unit: '1/s', bar: { least: eventsPerSecond } },
      { what: `beside ${beside}: ten of them took`, value: median(load.waits), unit: 'ms' },
      { what: `beside ${beside}: p50`, value: median(times), unit: 'ms' },
      { what: `beside ${beside}: p95`, value: percentile(times, 0.95), unit: 'ms' },
      { what: `beside ${beside}: slower by`, value: slowerBy(ratios), unit: '%', bar: { most: 10 } },
    );
  }
  for (const { load } of ways) await load.close();
  figures.push({ what: 'making an event, besides', value: makingAnEvent(), unit: 'µs' });
  report('audit', figures);
} finally {
  await crowd.stop();
}

/** What the server that records has to do itself, in microseconds; not part of what is measured above. */
function makingAnEvent(): number {
  const many = 20_000;
  const before = performance.now();
  let length = 0;
  for (let index = 0; index < many; index++) length += JSON.stringify(encodedEvent(index)).length;
  if (length === 0) throw new Error('Nothing was made.');
  return ((performance.now() - before) * 1_000) / many;
}
