import type { KillArena } from './kill-arena.ts';

/**
 * What is wrong with an installation that has just come back: accounts and sessions at the servers that no grant in
 * force explains, ends that have come and are not closed. Empty when all is well.
 */
export async function openFaults(arena: KillArena): Promise<string[]> {
  const [setting] = await arena.query<{ id: string }>(
    `select value #>> '{}' as id from tidegate.setting where key = 'installation_id'`,
  );
  const prefix = `tg_${setting?.id ?? '?'}_`;
  const explained = await arena.query<{ name: string; table: string; databaseId: string }>(
    `select distinct account.name, item.table_name as table, database.id as "databaseId"
     from tidegate.database_account account
     join tidegate.access_grant g on g.person_id = account.person_id and g.closing_at is null
       and (g.expires_at is null or g.expires_at > tidegate.now())
     join tidegate.access_grant_item item on item.grant_id = g.id
     join tidegate.database on database.id = item.database_id and database.instance_id = account.instance_id
     where account.state = 'live'`,
  );
  const known = new Set(explained.map((row) => row.name));
  const faults: string[] = [];
  for (const { address, databaseId, accounts, open, sessions, reads } of arena.guarded) {
    const here = explained.filter((row) => row.databaseId === databaseId);
    const granted = new Set(here.map(({ name, table }) => `${name} ${table}`));
    const held = new Set(await reads(prefix));
    const beyond = [...held].filter((one) => !granted.has(one));
    const lacking = [...granted].filter((one) => !held.has(one));
    faults.push(...beyond.map((one) => `${one} on ${address.kind} is held and not granted`));
    faults.push(...lacking.map((one) => `${one} on ${address.kind} is granted and not held`));
    for (const name of await accounts(prefix)) {
      if (!known.has(name)) faults.push(`${name} on ${address.kind} is not explained`);
    }
    faults.push(...(await open(prefix)).map((name) => `${name} on ${address.kind} can log in`));
    for (const name of await sessions(prefix)) {
      if (!known.has(name)) faults.push(`a session of ${name} on ${address.kind} is not explained`);
    }
  }
  const late = await arena.query<{ fault: string }>(
    `select 'the grant ' || id || ' has ended and is not closed' as fault from tidegate.access_grant
     where ended_at is null and (closing_at is not null or expires_at <= tidegate.now())
     union all
     select name || ' waits to be brought in line' from tidegate.database_account
     where state = 'live' and dirty_at is not null
     union all
     select 'the session ' || id || ' of a server that died is not ended' from tidegate.session
     where state <> 'ended' and opened_at < $1`,
    [arena.restartedAt],
  );
  return [...faults, ...late.map((row) => row.fault)];
}

/** What the record lacks, about everything that has ended so far. */
export async function recordFaults(arena: KillArena): Promise<string[]> {
  const rows = await arena.query<{ fault: string }>(
    `with told as (
       select g.id, count(*) filter (where kind = 'grant.created') as created,
         count(*) filter (where kind = 'grant.closing') as closing, count(*) filter (where kind = 'grant.closed') as closed
       from tidegate.access_grant g left join tidegate.audit_event e on e.grant_id = g.id group by g.id)
     select 'the record of the grant ' || g.id || ' says created ' || created || ', closing ' || closing || ', closed ' || closed as fault
     from tidegate.access_grant g join told using (id)
     where created <> 1 or closing <> (g.closing_at is not null)::int or closed <> (g.ended_at is not null)::int
     union all
     select 'no check is on record for the grant ' || g.id from tidegate.access_grant g
     where g.ended_at is not null and not exists (
       select from tidegate.closure_step s where s.grant_id = g.id and s.step = 'check' and s.ok)
     union all
     select 'the session ' || s.id || ' was opened ' || opened || ' times and ended ' || ended || ' times on record'
     from tidegate.session s cross join lateral (
       select count(*) filter (where kind = 'session.opened') as opened, count(*) filter (where kind = 'session.ended') as ended
       from tidegate.audit_event e where e.session_id = s.id) told
     where s.state = 'ended' and (opened > 1 or ended > 1 or (opened = 1 and ended = 0)
       -- Broken off before it was open: nothing ran in it.
       or (opened = 0 and exists (select from tidegate.statement where session_id = s.id)))
     union all
     select 'the statement ' || s.id || ' has no end on record' from tidegate.statement s
     join tidegate.session on session.id = s.session_id and session.state = 'ended' where s.state = 'started'`,
  );
  return rows.map((row) => row.fault);
}
