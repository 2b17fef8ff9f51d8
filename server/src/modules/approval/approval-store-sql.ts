import type { FlowStep, LevelCaps, MatrixCell } from '@tidegate/contract';
import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import { type ApprovalRules, type Flow, matrixOf } from './approval.ts';
import type { ApprovalStore, KnownFlow } from './approval-store.ts';

type FlowRow = Omit<KnownFlow, 'steps'> & { readonly steps: unknown };

export class SqlApprovalStore implements ApprovalStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async listFlows(tx?: Tx): Promise<KnownFlow[]> {
    return await readFlows(tx ?? this.#db, null);
  }

  async findFlow(tx: Tx, id: string): Promise<KnownFlow | null> {
    return (await readFlows(tx, id))[0] ?? null;
  }

  async insertFlow(tx: Tx, flow: Omit<Flow, 'id' | 'version'>, savedBy: string): Promise<string> {
    const row = await tx
      .insertInto('approval_flow')
      .values({ name: flow.name })
      .returning('id')
      .executeTakeFirstOrThrow();
    await insertVersion(tx, { ...flow, id: row.id, version: 1 }, savedBy);
    return row.id;
  }

  async saveFlow(tx: Tx, flow: Flow, savedBy: string): Promise<boolean> {
    const changed = await tx
      .updateTable('approval_flow')
      .set({ name: flow.name, version: flow.version + 1 })
      .where('id', '=', flow.id)
      .where('version', '=', flow.version)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    if (changed.numUpdatedRows !== 1n) return false;
    await insertVersion(tx, { ...flow, version: flow.version + 1 }, savedBy);
    return true;
  }

  async deleteFlow(tx: Tx, id: string): Promise<void> {
    await tx.updateTable('approval_flow').set({ deleted_at: sql<Date>`tidegate.now()` }).where('id', '=', id).execute();
  }

  async isNameTaken(tx: Tx, name: string, exceptId: string | null): Promise<boolean> {
    const { rows } = await sql`
      select 1 from tidegate.approval_flow
      where lower(name) = lower(${name}) and deleted_at is null and id is distinct from ${exceptId}`.execute(tx);
    return rows.length > 0;
  }

  async listCells(projectId: string | null, tx?: Tx): Promise<MatrixCell[]> {
    const { rows } = await sql<MatrixCell>`
      select source, level, flow_id as "flowId" from tidegate.approval_cell
      where project_id is not distinct from ${projectId}
      order by array_position(array['read', 'write', 'export', 'emergency'], source),
        array_position(array['low', 'moderate', 'high'], level)`.execute(tx ?? this.#db);
    return rows;
  }

  async setCell(tx: Tx, projectId: string | null, { source, level, flowId }: MatrixCell): Promise<void> {
    await sql`delete from tidegate.approval_cell
      where project_id is not distinct from ${projectId} and source = ${source} and level = ${level}`.execute(tx);
    if (flowId === null) return;
    await tx.insertInto('approval_cell').values({ project_id: projectId, source, level, flow_id: flowId }).execute();
  }

  async clearProject(tx: Tx, projectId: string): Promise<void> {
    await tx.deleteFrom('approval_cell').where('project_id', '=', projectId).execute();
    await tx.deleteFrom('approval_cap').where('project_id', '=', projectId).execute();
  }

  async listCaps(projectId: string | null, tx?: Tx): Promise<LevelCaps[]> {
    const { rows } = await sql<LevelCaps>`
      select level, longest_minutes as "longestMinutes", allows_no_end as "allowsNoEnd", needs_ticket as "needsTicket"
      from tidegate.approval_cap where project_id is not distinct from ${projectId}
      order by array_position(array['low', 'moderate', 'high'], level)`.execute(tx ?? this.#db);
    return rows;
  }

  async setCaps(tx: Tx, projectId: string | null, caps: LevelCaps): Promise<void> {
    await sql`
      insert into tidegate.approval_cap (project_id, level, longest_minutes, allows_no_end, needs_ticket)
      values (${projectId}, ${caps.level}, ${caps.longestMinutes}, ${caps.allowsNoEnd}, ${caps.needsTicket})
      on conflict on constraint approval_cap_once do update set longest_minutes = excluded.longest_minutes,
        allows_no_end = excluded.allows_no_end, needs_ticket = excluded.needs_ticket`.execute(tx);
  }

  async rulesOf(projectId: string, tx?: Tx): Promise<ApprovalRules> {
    // One after the other: inside a transaction there is one connection.
    const flows = await this.listFlows(tx);
    const cells = await this.listCells(null, tx);
    const projectCells = await this.listCells(projectId, tx);
    const caps = await this.listCaps(null, tx);
    const projectCaps = await this.listCaps(projectId, tx);
    return {
      workspace: matrixOf(cells),
      project: matrixOf(projectCells),
      flows: new Map(flows.map((flow) => [flow.id, flow])),
      caps,
      projectCaps,
    };
  }

  async lockSettings(tx: Tx): Promise<void> {
    await sql`select pg_advisory_xact_lock(hashtext('tidegate.approval'))`.execute(tx);
  }

  async projectName(projectId: string, tx?: Tx): Promise<string | null> {
    const query = (tx ?? this.#db).selectFrom('project').where('id', '=', projectId).select('name');
    return (await query.executeTakeFirst())?.name ?? null;
  }
}

async function insertVersion(tx: Tx, flow: Flow, savedBy: string): Promise<void> {
  await tx
    .insertInto('approval_flow_version')
    .values({
      flow_id: flow.id,
      version: flow.version,
      name: flow.name,
      description: flow.description,
      kind: flow.kind,
      steps: JSON.stringify(flow.steps),
      approves_write: flow.approvesWrite,
      extends_minutes: flow.extendsMinutes,
      saved_by: savedBy,
      saved_at: sql<Date>`tidegate.now()`,
    })
    .execute();
}

async function readFlows(db: Db, id: string | null): Promise<KnownFlow[]> {
  const { rows } = await sql<FlowRow>`
    select flow.id, flow.version, v.name, v.description, v.kind, v.steps, v.approves_write as "approvesWrite",
      v.extends_minutes as "extendsMinutes", v.saved_at as "updatedAt",
      (select count(*) from tidegate.approval_cell where flow_id = flow.id)::int as "usedBy"
    from tidegate.approval_flow flow
    join tidegate.approval_flow_version v on v.flow_id = flow.id and v.version = flow.version
    where flow.deleted_at is null and (${id}::uuid is null or flow.id = ${id})
    order by lower(v.name)`.execute(db);
  // Written by `insertVersion` from a parsed contract value; versions never change.
  return rows.map((row) => ({ ...row, steps: row.steps as FlowStep[] }));
}
