import type { Client } from 'pg';
import type { AccountSpec } from '../engine.ts';
import { rowsOf } from './admin-connections.ts';
import { cleanText, quoteLiteral, quoteName } from './quote.ts';

export interface Role {
  readonly oid: number;
  readonly name: string;
  readonly canLogIn: boolean;
  readonly connectionLimit: number;
  readonly comment: string | null;
  /** Attributes that no account of ours may have, in SQL's words. */
  readonly attributes: readonly string[];
  /** Whether the connecting user holds it, which ending its sessions and removing what it owns needs. */
  readonly isOurs: boolean;
}

/**
 * How an account is at rest. A password is read when a login begins and `NOLOGIN` when it is over: were the one that the
 * account sets for itself not past its end as well, a login begun at rest could wait for the moment in which it is let in.
 */
export const shut = "NOLOGIN PASSWORD NULL VALID UNTIL '-infinity'";

export async function findRole(client: Client, name: string): Promise<Role | null> {
  const [role] = await describeRoles(client, [name]);
  return role ?? null;
}

/** Those of them that exist. */
export async function describeRoles(client: Client, names: readonly string[]): Promise<Role[]> {
  return rowsOf<Role>(
    client,
    `select oid, rolname as name, rolcanlogin as "canLogIn", rolconnlimit as "connectionLimit",
            shobj_description(oid, 'pg_authid') as comment, pg_has_role(oid, 'USAGE') as "isOurs",
            array_remove(array[case when rolsuper then 'SUPERUSER' end, case when rolcreaterole then 'CREATEROLE' end,
              case when rolcreatedb then 'CREATEDB' end, case when rolreplication then 'REPLICATION' end,
              case when rolbypassrls then 'BYPASSRLS' end, case when not rolinherit then 'NOINHERIT' end], null) as attributes
     from pg_roles where rolname = any($1::text[])`,
    [names],
  );
}

/** Makes the account's role what the spec says, apart from its privileges, and returns it. */
export async function ensureAccountRole(client: Client, spec: AccountSpec, actions: string[]): Promise<Role> {
  const name = quoteName(spec.name);
  const found = await findRole(client, spec.name);
  if (found === null) {
    const limit = Math.trunc(spec.connectionLimit);
    await client.query(`CREATE ROLE ${name} ${shut} INHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT ${limit}`);
    await describeRole(client, spec.name, spec.personLabel);
    actions.push('created account');
  } else {
    await adjustRole(client, found, spec, actions);
  }
  const role = found ?? (await findRole(client, spec.name));
  if (role === null) throw new Error('a role that was just made is gone');
  await holdRole(client, role);
  return role;
}

async function adjustRole(client: Client, found: Role, spec: AccountSpec, actions: string[]): Promise<void> {
  const name = quoteName(spec.name);
  if (found.connectionLimit !== spec.connectionLimit) {
    await client.query(`ALTER ROLE ${name} CONNECTION LIMIT ${Math.trunc(spec.connectionLimit)}`);
    actions.push(`connection limit ${spec.connectionLimit}`);
  }
  if (found.comment !== cleanText(spec.personLabel)) {
    await describeRole(client, spec.name, spec.personLabel);
    actions.push('described account');
  }
  for (const attribute of found.attributes) {
    await client.query(`ALTER ROLE ${name} ${attribute === 'NOINHERIT' ? 'INHERIT' : `NO${attribute}`}`);
    actions.push(`took ${attribute} away`);
  }
}

async function describeRole(client: Client, name: string, text: string): Promise<void> {
  await client.query(`COMMENT ON ROLE ${quoteName(name)} IS ${quoteLiteral(text)}`);
}

/**
 * Makes the connecting user a member, which is what allows it to end the role's sessions and to remove what it owns.
 * From PostgreSQL 16 on the maker of a role may pass it on but does not hold it until he says so.
 */
export async function holdRole(client: Client, role: Pick<Role, 'name' | 'isOurs'>): Promise<void> {
  if (role.isOurs) return;
  await client.query(`GRANT ${quoteName(role.name)} TO CURRENT_USER`);
}

/** A role without login that holds privileges for others. */
export async function ensureGroupRole(client: Client, name: string, text: string): Promise<Role> {
  const found = await findRole(client, name);
  if (found !== null) {
    await holdRole(client, found);
    return found;
  }
  await client.query(`CREATE ROLE ${quoteName(name)} NOLOGIN INHERIT NOCREATEDB NOCREATEROLE`);
  await describeRole(client, name, text);
  const role = await findRole(client, name);
  if (role === null) throw new Error('a role that was just made is gone');
  await holdRole(client, role);
  return role;
}

/**
 * Who would have what the accounts `$1` have. Before PostgreSQL 15 an account may make others members of itself. Roles that
 * may help themselves anyway are left out; the connecting user, also a former one, is among them.
 */
export const memberQuery = `select m.roleid, r.rolname as name from pg_auth_members m join pg_roles r on r.oid = m.member
  where m.roleid = any($1::oid[]) and r.rolname <> current_user and not r.rolsuper and not r.rolcreaterole`;

export interface Membership {
  readonly oid: number;
  readonly name: string;
  readonly member: number;
}

export async function membershipsOf(client: Client, member: number): Promise<Membership[]> {
  return await membershipsOfMany(client, [member]);
}

export async function membershipsOfMany(client: Client, members: readonly number[]): Promise<Membership[]> {
  return rowsOf(
    client,
    `select distinct r.oid, r.rolname as name, m.member from pg_auth_members m join pg_roles r on r.oid = m.roleid
     where m.member = any($1::oid[]) order by r.rolname`,
    [members],
  );
}
