import type { Client } from 'pg';
import type { CapabilityFinding } from '../engine.ts';
import { rowsOf } from './admin-connections.ts';
import { explode, systemSchemas } from './privilege-difference.ts';

/** A finding names so many things; the rest is counted. */
const maxNamed = 10;
/** The SQL of a finding closes so many at once; running the check again shows the next ones. */
const maxStatements = 500;

interface Gap {
  readonly name: string;
  readonly sql: string;
}

interface Rule {
  readonly key: string;
  /** Follows the names of what was found. */
  readonly consequence: string;
  readonly query: string;
}

/** What everybody may do in a database, and so every account of ours, whatever it was granted. */
const rules: readonly Rule[] = [
  {
    key: 'public_tables',
    consequence: 'granted to PUBLIC: every account can use them, granted or not.',
    query: `
      select n.nspname || '.' || c.relname as name,
             format('REVOKE ALL ON %s %I.%I FROM PUBLIC', case c.relkind when 'S' then 'SEQUENCE' else 'TABLE' end, n.nspname, c.relname) as sql
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not ${systemSchemas} and (
        exists (select from ${explode('c.relacl')} a where a.grantee = 0)
        or exists (select from pg_attribute t cross join lateral aclexplode(t.attacl) a
                   where t.attrelid = c.oid and not t.attisdropped and a.grantee = 0))
      order by 1`,
  },
  {
    key: 'public_create',
    consequence:
      'schemas in which everybody may create objects: what is put there can shadow tables and outlive access.',
    query: `
      select n.nspname as name, format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', n.nspname) as sql
      from pg_namespace n cross join lateral ${explode('n.nspacl')} a
      where a.grantee = 0 and a.privilege_type = 'CREATE' and not ${systemSchemas} order by 1`,
  },
  {
    key: 'public_security_definer',
    consequence: 'routines that run with their owner’s rights and that everybody may call.',
    query: `
      select p.oid::regprocedure::text as name, format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', p.oid::regprocedure) as sql
      from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where p.prosecdef and not ${systemSchemas}
        and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0)
      order by 1`,
  },
  {
    key: 'public_default_privileges',
    consequence: 'default privileges that open objects made later to everybody.',
    query: `
      select format('objects that %s will make', pg_get_userbyid(d.defaclrole)) as name,
             format('ALTER DEFAULT PRIVILEGES FOR ROLE %I %s REVOKE ALL ON %s FROM PUBLIC', pg_get_userbyid(d.defaclrole),
                    case when n.oid is null then '' else format('IN SCHEMA %I', n.nspname) end,
                    case d.defaclobjtype when 'S' then 'SEQUENCES' else 'TABLES' end) as sql
      from pg_default_acl d left join pg_namespace n on n.oid = d.defaclnamespace
      where d.defaclobjtype in ('r', 'S') and exists (select from aclexplode(d.defaclacl) a where a.grantee = 0)
      order by 1`,
  },
  {
    key: 'public_foreign_servers',
    consequence: 'foreign servers with a password for everybody: they lead to other databases.',
    query: `
      select srvname as name, format('DROP USER MAPPING FOR PUBLIC SERVER %I', srvname) as sql
      from pg_user_mappings where umuser = 0 order by 1`,
  },
];

/** Gaps of the wall in the database of the connection. */
export async function wallFindings(client: Client, database: string): Promise<CapabilityFinding[]> {
  const findings: CapabilityFinding[] = [];
  for (const { key, consequence, query } of rules) {
    const gaps = await rowsOf<Gap>(client, query);
    if (gaps.length > 0) findings.push(toFinding(key, consequence, gaps, database));
  }
  return findings;
}

/** Gaps that belong to the server as a whole. */
export async function serverWallFindings(client: Client): Promise<CapabilityFinding[]> {
  const open = await rowsOf<Gap>(
    client,
    `select d.datname as name, format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', d.datname) as sql
     from pg_database d
     where d.datallowconn and not d.datistemplate
       and exists (select from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                   where a.grantee = 0 and a.privilege_type = 'CONNECT')
     order by 1`,
  );
  const findings: CapabilityFinding[] = [];
  if (open.length > 0) {
    const consequence =
      'databases that everybody may connect to: their catalogs can be listed. Grant CONNECT to those who need it first.';
    findings.push(toFinding('public_connect', consequence, open, null));
  }
  const [objects] = await rowsOf<{ open: boolean }>(
    client,
    `select current_setting('lo_compat_privileges')::bool as open`,
  );
  if (objects?.open === true) {
    const consequence = 'lets everybody read and write every large object.';
    const sql = 'ALTER SYSTEM SET lo_compat_privileges = off';
    findings.push(toFinding('large_objects', consequence, [{ name: 'lo_compat_privileges', sql }], null));
  }
  return findings;
}

function toFinding(key: string, consequence: string, gaps: readonly Gap[], database: string | null): CapabilityFinding {
  const named = gaps
    .slice(0, maxNamed)
    .map(({ name }) => name)
    .join(', ');
  const more = gaps.length > maxNamed ? ` and ${gaps.length - maxNamed} more` : '';
  const place = database === null ? '' : ` in ${database}`;
  return {
    key,
    severity: 'wall incomplete',
    message: `${named}${more}${place}: ${consequence}`,
    sql: gaps
      .slice(0, maxStatements)
      .map(({ sql }) => `${sql};`)
      .join('\n'),
    database,
  };
}
