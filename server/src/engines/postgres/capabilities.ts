import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import {
  type AccountSpec,
  type CapabilityFinding,
  type CapabilityReport,
  type DatabaseAccess,
  EngineError,
  type EngineSession,
  type InstanceTarget,
} from '../engine.ts';
import { accountNotLetIn } from '../stands-between.ts';
import { type AccountContext, applyAccount, enableLogin } from './accounts.ts';
import { rowsOf } from './admin-connections.ts';
import { listDatabases } from './catalog.ts';
import { endSessions } from './closure.ts';
import { toEngineError } from './errors.ts';
import { systemSchemas } from './privilege-difference.ts';
import { quoteName, quoteQualified } from './quote.ts';
import { dropAccount } from './removal.ts';
import { refusePooler } from './server-facts.ts';
import { openSession } from './session.ts';
import { tokenFindings } from './token-findings.ts';
import { serverWallFindings, wallFindings } from './wall-findings.ts';

interface Table {
  readonly schema: string;
  readonly name: string;
}

/** What a throw-away account is given in one database, and what it must be refused. */
interface Trial {
  readonly database: string;
  readonly granted: Table | null;
  readonly refused: Table | null;
}

/** See `EngineAdmin.checkCapabilities`. */
export async function checkCapabilities(
  context: AccountContext,
  target: InstanceTarget,
  prefix: string,
  databases: readonly string[],
): Promise<CapabilityReport> {
  const { connections } = context;
  const findings = await connections.use(null, async (client, { processId }) => {
    await refusePooler(client, processId);
    return [
      ...(await userFindings(client)),
      ...(await tokenFindings(client, connections.tokenRole)),
      ...(await serverWallFindings(client)),
    ];
  });
  const trials: Trial[] = [];
  for (const database of databases.length === 0 ? await listDatabases(connections) : databases) {
    try {
      const trial = await connections.use(database, async (client) => {
        findings.push(...(await ownershipFindings(client, database)), ...(await wallFindings(client, database)));
        return chooseTrial(client, database);
      });
      trials.push(trial);
    } catch (error) {
      findings.push(
        blocking('unreadable_database', `${database} cannot be read: ${toEngineError(error).message}`, null, database),
      );
    }
  }
  if (findings.some(({ severity, database }) => severity === 'blocking' && database === null)) {
    return { canMakeAccounts: false, findings };
  }
  const tried = await tryThrowAwayAccount(context, target, prefix, trials);
  return { canMakeAccounts: tried.every(({ severity }) => severity !== 'blocking'), findings: [...findings, ...tried] };
}

function blocking(key: string, message: string, sql: string | null, database: string | null): CapabilityFinding {
  return { key, severity: 'blocking', message, sql, database };
}

async function userFindings(client: Client): Promise<CapabilityFinding[]> {
  const [user] = await rowsOf<{
    name: string;
    isSuper: boolean;
    canCreate: boolean;
    inherits: boolean;
    isReadOnly: boolean;
  }>(
    client,
    `select rolname as name, rolsuper as "isSuper", rolcreaterole as "canCreate", rolinherit as "inherits",
            pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as "isReadOnly"
     from pg_roles where rolname = current_user`,
  );
  if (user === undefined) throw new EngineError('internal', 'The server does not know its own user.');
  const name = quoteName(user.name);
  const findings: CapabilityFinding[] = [];
  if (user.isReadOnly) {
    findings.push(blocking('read_only', 'The server is read only: no account can be made or ended here.', null, null));
  }
  if (!user.canCreate && !user.isSuper) {
    findings.push(
      blocking('no_createrole', `${user.name} may not make accounts.`, `ALTER ROLE ${name} CREATEROLE;`, null),
    );
  }
  if (!user.inherits && !user.isSuper) {
    const message = `${user.name} does not inherit the rights of roles it is a member of, which ending sessions needs.`;
    findings.push(blocking('no_inherit', message, `ALTER ROLE ${name} INHERIT;`, null));
  }
  if (user.isSuper) {
    findings.push({
      key: 'superuser',
      severity: 'advice',
      message: `${user.name} is a superuser; CREATEROLE and membership in the owners of the tables is enough.`,
      sql: null,
      database: null,
    });
  }
  return findings;
}

/** Tables that the connecting user cannot grant because they belong to somebody else. */
async function ownershipFindings(client: Client, database: string): Promise<CapabilityFinding[]> {
  const owners = await rowsOf<{ owner: string; user: string; tables: number }>(
    client,
    `select pg_get_userbyid(c.relowner) as owner, current_user::text as user, count(*)::int as tables
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm', 'f') and not ${systemSchemas} and not pg_has_role(c.relowner, 'USAGE')
       and not has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION')
     group by 1, 2 order by 1`,
  );
  return owners.map(({ owner, user, tables }) => ({
    key: 'not_owner',
    severity: 'advice',
    message: `${tables} tables in ${database} belong to ${owner}: ${user} cannot give access to them.`,
    sql: `GRANT ${quoteName(owner)} TO ${quoteName(user)};`,
    database,
  }));
}

async function chooseTrial(client: Client, database: string): Promise<Trial> {
  const tables = await rowsOf<Table & { canGrant: boolean; isOpen: boolean }>(
    client,
    `select n.nspname as schema, c.relname as name,
            pg_has_role(c.relowner, 'USAGE') or has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION') as "canGrant",
            has_table_privilege('public', c.oid, 'SELECT') as "isOpen"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not ${systemSchemas} order by c.oid limit 1000`,
  );
  const granted = tables.find(({ canGrant, isOpen }) => canGrant && !isOpen) ?? null;
  const refused = tables.find((table) => table !== granted && !table.isOpen) ?? null;
  return { database, granted, refused };
}

/** Makes an account, uses it, is refused, ends it and drops it; a step that fails becomes a finding in words. */
async function tryThrowAwayAccount(
  context: AccountContext,
  target: InstanceTarget,
  prefix: string,
  trials: readonly Trial[],
): Promise<CapabilityFinding[]> {
  const findings: CapabilityFinding[] = [];
  const attempt = async (step: string, database: string | null, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      const { message, hint } = toEngineError(error);
      findings.push(
        blocking('throw_away_account', `${step}: ${message}${hint === null ? '' : ` ${hint}`}`, null, database),
      );
      return false;
    }
  };
  const name = `${prefix}check_${randomBytes(3).toString('hex')}`;
  const password = randomBytes(18).toString('base64url');
  const isMade = await attempt('An account could not be made', null, async () => {
    await applyAccount(context, specOf(name, prefix, trials));
    await enableLogin(context, name, password);
  });
  if (isMade) {
    for (const trial of trials) {
      await attempt(`The account could not be used in ${trial.database}`, trial.database, async () => {
        const session = await logIn(target, name, password, trial.database);
        try {
          findings.push(...(await tryTables(session, trial)));
          const ended = await endSessions(context.connections, name, trial.database, 5_000);
          if (ended.length === 0) throw new EngineError('internal', 'its session could not be found at the server.');
        } finally {
          await session.close();
        }
      });
    }
  }
  await attempt(`The account ${name} could not be dropped`, null, () => dropAccount(context, name));
  return findings;
}

/** An account that is not let in with its own password says that something else than the server answers. */
async function logIn(target: InstanceTarget, account: string, password: string, database: string) {
  try {
    return await openSession(target, {
      ...{ account, password, database, applicationName: 'Tidegate: capability check' },
      ...{ isReadOnly: true, remainingMs: 60_000 },
    });
  } catch (error) {
    const failure = toEngineError(error);
    const words = accountNotLetIn(target, failure);
    throw words === null ? failure : new EngineError(failure.kind, words, { cause: failure });
  }
}

function specOf(name: string, prefix: string, trials: readonly Trial[]): AccountSpec {
  return {
    name,
    prefix,
    personLabel: 'Tidegate: capability check',
    access: trials.map(
      ({ database, granted }): DatabaseAccess => ({
        database,
        whole: null,
        schemas: [],
        tables: granted === null ? [] : [{ schema: granted.schema, table: granted.name, privilege: 'read' }],
      }),
    ),
    connectionLimit: 2,
  };
}

async function tryTables(session: EngineSession, { database, granted, refused }: Trial): Promise<CapabilityFinding[]> {
  const read = (table: Table): Promise<unknown> =>
    session.execute(
      { text: `SELECT FROM ${quoteQualified(table.schema, table.name)} LIMIT 0`, maxRows: 1, maxCellLength: 1 },
      { columns: () => undefined, rows: () => undefined },
    );
  if (granted !== null) await read(granted);
  if (refused === null) return [];
  try {
    await read(refused);
  } catch (error) {
    if (toEngineError(error).kind === 'access_refused') return [];
    throw error;
  }
  return [
    {
      key: 'not_refused',
      severity: 'wall incomplete',
      message: `An account that was not granted ${refused.schema}.${refused.name} in ${database} could read it.`,
      sql: null,
      database,
    },
  ];
}
