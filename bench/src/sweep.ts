import { tmpdir } from 'node:os';
import { createMySqlEngine } from '../../server/src/engines/mysql/engine-mysql.ts';
import { postgresEngine } from '../../server/src/engines/postgres/engine-postgres.ts';
import { startAuditLog } from '../../server/src/modules/audit/index.ts';
import { openGrants } from '../../server/src/modules/grant/index.ts';
import { installationId, openInstanceTargets } from '../../server/src/modules/inventory/index.ts';
import { createSealer, parseSecretKeys } from '../../server/src/platform/crypto/index.ts';
import { createLog } from '../../server/src/platform/log/log.ts';
import { openStore } from '../../server/src/platform/store/index.ts';
import type { CrowdStage } from './crowd.ts';
import { openSessions } from './many-grants.ts';
import type { Figure } from './report.ts';

const grantsEach = 10;

/** Everybody has an account and ten grants: one look at all of them, which finds nothing to do, and nobody else looks. */
export async function sweepMany(crowd: CrowdStage, people: number, kill: () => Promise<void>): Promise<Figure[]> {
  const sessions = await openSessions(crowd, people, grantsEach);
  await kill();
  const before = await transactions(crowd);
  const used = process.cpuUsage();
  const took = await sweepOnce(crowd.pgUrl, crowd.secretKey);
  const { user, system } = process.cpuUsage(used);
  const what = `a sweep over ${sessions.length * grantsEach} active grants of ${people} people`;
  return [
    { what, value: took / 1000, unit: 's' },
    { what: `${what}: processor time of the server`, value: (user + system) / 1e6, unit: 's' },
    { what: `${what}: transactions at the instance`, value: (await transactions(crowd)) - before, unit: '' },
  ];
}

async function transactions({ place }: CrowdStage): Promise<number> {
  const { rows } = await place.bare.query<{ count: string }>(
    'select sum(xact_commit + xact_rollback) as count from pg_stat_database',
  );
  return Number(rows[0]?.count);
}

async function sweepOnce(pgUrl: string, secretKey: string): Promise<number> {
  const log = createLog({ level: 'silent' });
  const store = await openStore({ dataFolder: tmpdir(), pgUrl }, log);
  const sealer = createSealer(parseSecretKeys(secretKey) ?? []);
  const mysql = createMySqlEngine();
  const engines = { postgresql: postgresEngine, mysql, mariadb: mysql };
  const targets = openInstanceTargets({ db: store.db, engines, sealer });
  const feed = { publish: async () => undefined, subscribe: () => () => undefined };
  const grants = openGrants(
    {
      ...{ db: store.db, pool: store.pool, log, feed, sealer, targets },
      audit: await startAuditLog(store.db),
      installation: await installationId(store.db),
      listen: () => undefined,
    },
    { endLocal: async () => undefined },
  );
  try {
    const startedAt = performance.now();
    await grants.sweeper.sweep();
    return performance.now() - startedAt;
  } finally {
    await grants.stop();
    await targets.closeAll();
    await store.close();
  }
}
