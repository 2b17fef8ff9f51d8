import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { EmergencyReview, ReviewedStatement } from './emergency.ts';
import type { EmergencyPolicy, EmergencyStore, NewReview, OpenableDatabase, ReviewFilter } from './emergency-store.ts';

/** Statements that a review shows; more than anybody runs in an hour by hand. */
const mostStatements = 5000;
/** Where nothing was set: the longest there is. */
const longestMinutes = 60;

export class SqlEmergencyStore implements EmergencyStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async listPolicies(): Promise<EmergencyPolicy[]> {
    return await readPolicies(this.#db, null);
  }

  async setPolicy(
    tx: Tx,
    environmentId: string,
    principals: Parameters<EmergencyStore['setPolicy']>[2],
    longestMinutes: number,
  ): Promise<EmergencyPolicy | null> {
    await tx.deleteFrom('emergency_policy').where('environment_id', '=', environmentId).execute();
    if (principals.length > 0) {
      await tx
        .insertInto('emergency_policy')
        .values({ environment_id: environmentId, longest_minutes: longestMinutes })
        .execute();
      for (const { kind, id } of principals) {
        const holder = kind === 'person' ? { person_id: id } : { group_id: id };
        await tx
          .insertInto('emergency_policy_principal')
          .values({ environment_id: environmentId, person_id: null, group_id: null, ...holder })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
    }
    return (await readPolicies(tx, environmentId))[0] ?? null;
  }

  async openable(personId: string, tx?: Tx): Promise<OpenableDatabase[]> {
    const { rows } = await sql<OpenableDatabase>`
      select database.id as "databaseId", database.name, project.id as "projectId", project.name as project,
        jsonb_build_object('id', environment.id, 'name', environment.name, 'color', environment.color,
          'isProtected', environment.is_protected) as environment, policy.longest_minutes as "longestMinutes"
      from tidegate.emergency_policy policy
      join tidegate.environment on environment.id = policy.environment_id
      join tidegate.instance on true
      join tidegate.database on database.instance_id = instance.id and database.vanished_at is null
        and coalesce(database.environment_id, instance.environment_id) = environment.id
      join tidegate.project on project.id = database.project_id and project.state = 'active'
      where instance.unregistering_at is null and exists (
        select from tidegate.emergency_policy_principal named where named.environment_id = policy.environment_id
          and (named.person_id = ${personId} or named.group_id in (
            select group_id from tidegate.group_member where person_id = ${personId})))
      order by project.name, database.name`.execute(tx ?? this.#db);
    return rows;
  }

  async findOpenReview(personId: string, tx?: Tx): Promise<{ id: string; grantId: string } | null> {
    const { rows } = await sql<{ id: string; grantId: string }>`
      select id, grant_id as "grantId" from tidegate.emergency_review
      where person_id = ${personId} and state = 'open'`.execute(tx ?? this.#db);
    return rows[0] ?? null;
  }

  async insertReview(tx: Tx, review: NewReview): Promise<string> {
    const { id } = await tx
      .insertInto('emergency_review')
      .values({
        ...{ grant_id: review.grantId, person_id: review.personId, project_id: review.projectId, behind_id: null },
        ...{ reason: review.reason, incident: review.incident, risk: JSON.stringify(review.risk) },
        level: review.level as 'low' | 'moderate' | 'high',
        ...{ flow_id: review.flowId, flow_version: review.flowVersion, reviewer_keys: [...review.reviewerKeys] },
        opened_at: sql<Date>`tidegate.now()`,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  async list({ state, of }: ReviewFilter): Promise<EmergencyReview[]> {
    const mine =
      of === null
        ? sql`true`
        : sql`(review.person_id = ${of.personId} or review.reviewer_keys && ${[...of.keys]}::text[])`;
    return await readReviews(
      this.#db,
      sql`${mine} and (${state ?? null}::text is null or review.state = ${state ?? null})`,
    );
  }

  async find(id: string, tx?: Tx): Promise<EmergencyReview | null> {
    return (await readReviews(tx ?? this.#db, sql`review.id = ${id}`))[0] ?? null;
  }

  async hold(tx: Tx, id: string): Promise<void> {
    await tx.selectFrom('emergency_review').select('id').where('id', '=', id).forUpdate().execute();
  }

  async statementsOf(grantId: string, tx?: Tx): Promise<ReviewedStatement[]> {
    const { rows } = await sql<ReviewedStatement>`
      select statement.id, database.name as database, statement.text, statement.state,
        statement.started_at as "startedAt", statement.rows, statement.tables
      from tidegate.access_grant g
      join tidegate.statement on statement.person_id = g.person_id and statement.started_at >= g.starts_at
        and statement.grant_ids @> array[g.id]
      join tidegate.database on database.id = statement.database_id
      where g.id = ${grantId}
      order by statement.started_at, statement.id limit ${mostStatements}`.execute(tx ?? this.#db);
    return rows;
  }

  async close(tx: Tx, id: string, closed: { by: string; note: string; contentHash: string }): Promise<boolean> {
    const result = await tx
      .updateTable('emergency_review')
      .set({
        ...{ state: 'closed', closed_by: closed.by, note: closed.note, content_hash: closed.contentHash },
        closed_at: sql<Date>`tidegate.now()`,
      })
      .where('id', '=', id)
      .where('state', '=', 'open')
      .executeTakeFirst();
    return result.numUpdatedRows === 1n;
  }

  async toTell(tx: Tx, projectId: string): Promise<string[]> {
    const keys = ['workspace_admin', 'workspace_auditor', 'project_owner'].map((role) => `role:${role}`);
    const { rows } = await sql<{ id: string }>`
      select distinct person_id as id from tidegate.decider_key
      where key = any(${[...keys, `role:project_owner@${projectId}`]}::text[])`.execute(tx);
    return rows.map((row) => row.id);
  }

  async names(ids: readonly string[], projectIds: readonly string[]): Promise<Map<string, string>> {
    const { rows } = await sql<{ id: string; name: string }>`
      select id, name from tidegate.person where id = any(${[...ids]}::uuid[])
      union all select id, name from tidegate.project where id = any(${[...projectIds]}::uuid[])`.execute(this.#db);
    return new Map(rows.map((row) => [row.id, row.name]));
  }
}

/** Of every environment: one without a policy opens to nobody. */
async function readPolicies(db: Db, environmentId: string | null): Promise<EmergencyPolicy[]> {
  const { rows } = await sql<EmergencyPolicy>`
    select jsonb_build_object('id', environment.id, 'name', environment.name) as environment,
      coalesce(policy.longest_minutes, ${longestMinutes}) as "longestMinutes",
      coalesce((select jsonb_agg(jsonb_build_object('kind', case when named.person_id is null then 'group' else 'person' end,
          'id', coalesce(named.person_id, named.group_id), 'name', coalesce(person.name, person_group.name))
          order by coalesce(person.name, person_group.name))
        from tidegate.emergency_policy_principal named
        left join tidegate.person on person.id = named.person_id
        left join tidegate.person_group on person_group.id = named.group_id
        where named.environment_id = policy.environment_id), '[]') as principals
    from tidegate.environment
    left join tidegate.emergency_policy policy on policy.environment_id = environment.id
    where ${environmentId}::uuid is null or environment.id = ${environmentId}
    order by environment.position`.execute(db);
  return rows;
}

async function readReviews(db: Db, where: ReturnType<typeof sql>): Promise<EmergencyReview[]> {
  const { rows } = await sql<EmergencyReview>`
    select review.id, review.grant_id as "grantId", review.person_id as "personId", review.behind_id as "behindId",
      review.project_id as "projectId", review.reason, review.incident, review.level,
      review.risk ->> 'reason' as "riskReason", review.reviewer_keys as "reviewerKeys", review.state,
      g.starts_at as "startsAt", g.expires_at as "expiresAt",
      g.closing_at is not null or g.expires_at <= tidegate.now() as "hasEnded",
      case when closer.id is not null then jsonb_build_object('id', closer.id, 'name', closer.name) end as "closedBy",
      review.closed_at as "closedAt", review.note,
      (select count(*)::int from tidegate.statement where statement.person_id = review.person_id
        and statement.started_at >= g.starts_at and statement.grant_ids @> array[g.id]) as statements
    from tidegate.emergency_review review
    join tidegate.access_grant g on g.id = review.grant_id
    left join tidegate.person closer on closer.id = review.closed_by
    where ${where}
    order by review.opened_at desc limit 500`.execute(db);
  return rows;
}
