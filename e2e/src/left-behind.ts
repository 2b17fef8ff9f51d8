import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';

/** Everything in every table of an embedded store, as text. */
export async function dumpStore(dataDir: string): Promise<string> {
  const socket = filesBelow(dataDir).find((file) => /\.s\.PGSQL\.\d+$/.test(file)) ?? '';
  const port = Number(/\d+$/.exec(socket)?.[0]);
  const connect = async (database: string): Promise<pg.Client> => {
    const client = new pg.Client({ host: dirname(socket), port, user: 'tidegate', database });
    await client.connect();
    return client;
  };
  const outside = await connect('postgres');
  const databases = await outside.query<{ name: string }>(
    'select datname as name from pg_database where datallowconn and not datistemplate',
  );
  await outside.end();
  const parts: string[] = [];
  for (const { name } of databases.rows) {
    const client = await connect(name);
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    for (const table of tables.rows) {
      const { rows } = await client.query<{ line: string }>(`select t::text as line from ${table.name} t`);
      parts.push(`-- ${table.name}`, ...rows.map(({ line }) => line));
    }
    await client.end();
  }
  return parts.join('\n');
}

/** Files of a folder that hold one of the texts, with the text: write-ahead logs and what was deleted included. */
export function filesWith(folder: string, texts: readonly string[]): string[] {
  return filesBelow(folder).flatMap((file) => {
    if (!statSync(file).isFile()) return [];
    const content = readFileSync(file);
    return texts.filter((text) => content.includes(text)).map((text) => `${file}: ${text.slice(0, 12)}…`);
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The arguments of a process and the arguments and environments of all that descend from it. */
export function argumentsAndEnvironments(pid: number): string {
  const own = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  return [own, ...childrenOf(pid).map(everythingOf)].join('\n').replaceAll('\0', '\n');
}

/** A process may end while it is looked at. */
function everythingOf(pid: number): string {
  try {
    const ofThis = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'utf8'));
    return [...ofThis, ...childrenOf(pid).map(everythingOf)].join('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' '))
    .filter((text) => text !== '')
    .map(Number);
}
