/** What stands before each statement: the access check against a big ledger, and the analysis of a text not seen before. */
import { tmpdir } from 'node:os';
import { analyse, warmUp } from '@tidegate/sql-analysis';
import { startPostgres } from '@tidegate/test-servers';
import { startAuditLog } from '../../server/src/modules/audit/index.ts';
import { Ledger } from '../../server/src/modules/grant/ledger.ts';
import { createLog } from '../../server/src/platform/log/log.ts';
import { openStore } from '../../server/src/platform/store/index.ts';
import { type FilledLedger, fillLedger } from './big-ledger.ts';
import { type Figure, median, percentile, report } from './report.ts';

const warmUpRounds = 200;
const rounds = 5_000;
const analyses = 2_000;

async function measureChecks(): Promise<Figure[]> {
  const server = await startPostgres({ major: 15, durable: true });
  const { user, password } = server.superuser;
  const pgUrl = `postgresql://${user}:${password}@${server.host}:${server.port}/postgres`;
  const log = createLog({ level: 'silent' });
  const store = await openStore({ dataFolder: tmpdir(), pgUrl }, log);
  try {
    const filled = await fillLedger(store.pool, { people: 10_000, tables: 10_000, rows: 100_000 });
    const feed = { publish: async () => undefined, subscribe: () => () => undefined };
    const ledger = new Ledger({ db: store.db, audit: await startAuditLog(store.db), feed });
    const bare: number[] = [];
    const checks: number[] = [];
    let allowed = 0;
    for (let round = 0; round < warmUpRounds + rounds; round++) {
      const before = performance.now();
      await store.pool.query('select 1');
      const between = performance.now();
      const isAllowed = await check(ledger, store.db, filled, round);
      const after = performance.now();
      if (round < warmUpRounds) continue;
      bare.push(between - before);
      checks.push(after - between);
      if (isAllowed) allowed += 1;
    }
    const what = 'access check, 100,000 rows, 10,000 people and tables';
    return [
      { what: 'a bare round trip to the store: p50', value: median(bare), unit: 'ms' },
      { what: `${what}: p50`, value: median(checks), unit: 'ms' },
      { what: `${what}: p99`, value: percentile(checks, 0.99), unit: 'ms', bar: { most: 2 } },
      { what: 'of these checks allowed', value: (100 * allowed) / rounds, unit: '%' },
    ];
  } finally {
    await store.close();
    await server.stop();
  }
}

/** As before a statement: what the person has on the database, then whether it covers a table. */
async function check(
  ledger: Ledger,
  db: Parameters<Ledger['accessOn']>[0],
  filled: FilledLedger,
  round: number,
): Promise<boolean> {
  const { personId, databaseId, table } = filled.pick(round);
  const access = await ledger.accessOn(db, personId, databaseId);
  return access.can('read', 'public', table);
}

async function measureAnalysis(): Promise<Figure[]> {
  await warmUp();
  const figures: Figure[] = [];
  for (const [name, dialect, most] of [
    ['PostgreSQL', 'postgresql', 0.2],
    ['MySQL', 'mysql', 2],
  ] as const) {
    const took: number[] = [];
    for (let round = 0; round < analyses; round++) {
      const text = `select e.id, e.name, s.amount from employee e join salary s on s.id = e.id where e.id = ${round}`;
      const before = performance.now();
      const found = await analyse(dialect, text);
      took.push(performance.now() - before);
      if (!found.sure) throw new Error(`${dialect} was not sure of: ${text}`);
    }
    figures.push(
      { what: `analysis of a short statement, ${name}: p50`, value: median(took), unit: 'ms', bar: { most } },
      { what: `analysis of a short statement, ${name}: p99`, value: percentile(took, 0.99), unit: 'ms' },
    );
  }
  return figures;
}

report('check', [...(await measureChecks()), ...(await measureAnalysis())]);
process.exit(0);
