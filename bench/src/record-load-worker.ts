/** A `RecordLoad` in a thread of its own: making events must not hold up the client that is measured. */
import { parentPort, workerData } from 'node:worker_threads';
import { RecordLoad } from './record-load.ts';

export interface LoadRequest {
  readonly what: 'start' | 'stop' | 'close';
  readonly eventsPerSecond?: number;
}
/** After each request. */
export interface LoadAnswer {
  readonly rate: number;
  readonly waits: readonly number[];
}

interface Place {
  readonly url: string;
  readonly writer: string | null;
  readonly processor: number | null;
}

const { url, writer, processor } = workerData as Place;
const load = await RecordLoad.open(url, writer, processor);
parentPort?.on('message', async ({ what, eventsPerSecond = 0 }: LoadRequest) => {
  if (what === 'start') load.start(eventsPerSecond);
  if (what === 'stop') await load.stop();
  if (what === 'close') await load.close();
  const answer: LoadAnswer = { rate: load.rate, waits: what === 'close' ? load.waits : [] };
  parentPort?.postMessage(answer);
});
