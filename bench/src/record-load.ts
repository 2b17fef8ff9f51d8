import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { postgresPrograms } from '@tidegate/test-servers';

/** As the server stores them: what comes while a commit is under way shares the next. */
const together = 10;

interface Report {
  readonly batches: number;
  readonly seconds: number;
  readonly waitMs: number;
}

/**
 * Events of statements at a steady rate, sent to the store by pgbench, which takes next to no processor time itself: a
 * load made in JavaScript on the same processors slowed statements as much as the recording of it. Written with `record`
 * to a chain, of another server process or of the one that is measured; without a chain they are sent and not written.
 */
export class RecordLoad {
  readonly #url: string;
  readonly #script: string;
  readonly #reports: Report[] = [];
  #running: { readonly child: ChildProcess; readonly output: Promise<string>; readonly since: number } | null = null;

  private constructor(url: string, script: string) {
    this.#url = url;
    this.#script = script;
  }

  static async open(url: string, writer: string | null): Promise<RecordLoad> {
    const script = join(tmpdir(), `tidegate-load-${randomUUID()}.sql`);
    const record = `call tidegate.record_audit_events('${writer}', :events);\n`;
    await writeFile(script, writer === null ? 'select :events::json;\n' : record);
    return new RecordLoad(url, script);
  }

  async start(eventsPerSecond: number): Promise<void> {
    const events = JSON.stringify(Array.from({ length: together }, (_, index) => encodedEvent(index)));
    const child = spawn(
      join(await postgresPrograms(15), 'pgbench'),
      [
        ...['--no-vacuum', '--protocol=prepared', '--time=3600', `--rate=${eventsPerSecond / together}`],
        ...[`--file=${this.#script}`, `--define=events=${events}`, this.#url],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#running = { child, output: text(child.stdout), since: performance.now() };
    await once(child, 'spawn');
  }

  async stop(): Promise<void> {
    if (this.#running === null) return;
    const { child, output, since } = this.#running;
    this.#running = null;
    const seconds = (performance.now() - since) / 1_000;
    // Its own clock for the end of the time: it finishes what is under way and reports.
    child.kill('SIGALRM');
    this.#reports.push(reportIn(await output, seconds));
  }

  /** Events a second, over all times between start and stop. */
  get rate(): number {
    const sum = (of: (report: Report) => number) => this.#reports.reduce((total, report) => total + of(report), 0);
    return (sum((report) => report.batches) * together) / sum((report) => report.seconds);
  }

  /** How long a batch took, in each time between start and stop. */
  get waits(): readonly number[] {
    return this.#reports.map((report) => report.waitMs);
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#script);
  }
}

function reportIn(output: string, seconds: number): Report {
  const numberAfter = (pattern: RegExp): number => {
    const found = pattern.exec(output)?.[1];
    if (found === undefined) throw new Error(`pgbench did not report as expected: ${output}`);
    return Number(found);
  };
  const late = numberAfter(/schedule lag: avg ([\d.]+)/);
  return {
    batches: numberAfter(/transactions actually processed: (\d+)/),
    seconds,
    waitMs: numberAfter(/latency average = ([\d.]+)/) - late,
  };
}

const place = {
  ...{ actorId: randomUUID(), onBehalfOfId: null, projectId: randomUUID(), instanceId: randomUUID() },
  ...{ databaseId: randomUUID(), requestId: null, grantId: randomUUID(), sessionId: randomUUID() },
};

/** Beginnings and ends of statements in turn, as the server makes them. */
export function encodedEvent(index: number) {
  const isBeginning = index % 2 === 0;
  const data = {
    ...{ person: 'Dev', project: 'Shop', database: 'shop', instance: 'Bench', account: 'tg_abcd_efgh_dev_123456' },
    ...(isBeginning
      ? { text: 'select id, name, price from item where id = 4711', kind: 'read', tables: ['public.item'] }
      : { state: 'succeeded', rows: 1, affectedRows: null, databaseMs: 0.4, errorCode: null, errorMessage: null }),
  };
  const kind = isBeginning ? 'statement.started' : 'statement.finished';
  const content = { kind, ...place, statementId: randomUUID(), data };
  const contentHash = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { ...content, contentHash, ...(isBeginning ? { mentions: [`table:${place.databaseId}:public.item`] } : {}) };
}
