import { Client } from 'pg';
import { type EmbeddedClusterOptions, startEmbeddedCluster } from './embedded-cluster.ts';

// A process of its own that starts a cluster and writes numbered rows, telling each one only after its commit: it is
// there to be killed. Arguments: the folder, and "watchdog" for the way of systems without setpriv.
const [dataDir = '', way] = process.argv.slice(2);
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const options: EmbeddedClusterOptions = {
  dataDir,
  listen: 'socket',
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  ...(way === 'watchdog' ? { hasParentDeathSignal: false } : {}),
};

try {
  const cluster = await startEmbeddedCluster(options);
  const client = new Client({ ...cluster.connection, database: 'postgres' });
  await client.connect();
  await client.query('create table if not exists written (n int primary key)');
  const { rows } = await client.query<{ last: number }>('select coalesce(max(n), 0) as last from written');
  const { rows: pids } = await client.query<{ pid: number }>(
    "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid",
  );
  say(`ready ${pids[0]?.pid}`);
  for (let n = (rows[0]?.last ?? 0) + 1; ; n += 1) {
    await client.query('insert into written values ($1)', [n]);
    say(`written ${n}`);
  }
} catch (error) {
  say(`refused ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
