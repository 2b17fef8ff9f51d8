import { sql } from 'kysely';
import type { Db, Tx } from '../../platform/store/tx.ts';
import type { SourceRisk, Wanted } from './access-request.ts';
import type { NewDecision, NewMessage, RequestCut, RequestMessage, RequestStepStore } from './request-step-store.ts';
import { type RequestStep, type StepChange, storedAfterwards, storedDeciders } from './request-steps.ts';

type StepRow = Omit<RequestStep, 'deciders' | 'afterwards'> & {
  readonly requestId: string;
  readonly deciders: unknown;
  readonly afterwards: unknown;
};

const now = sql<Date>`tidegate.now()`;

export class SqlRequestStepStore implements RequestStepStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async begin(
    tx: Tx,
    requestId: string,
    round: number,
    begun: Parameters<RequestStepStore['begin']>[3],
  ): Promise<void> {
    const risks = begun.risks.flatMap(({ level, source, ruleId, ruleName, ruleVersion, reason, isFaulty }) =>
      level === null
        ? []
        : [
            {
              ...{ request_id: requestId, round, source, level, reason, is_faulty: isFaulty },
              ...{ rule_id: ruleId, rule_name: ruleName, rule_version: ruleVersion },
            },
          ],
    );
    if (risks.length > 0) await tx.insertInto('request_risk').values(risks).execute();
    const steps = begun.steps.map((step) => ({
      ...{ request_id: requestId, round, track: step.track, position: step.position, state: step.state },
      ...{ flow_id: step.flowId, flow_version: step.flowVersion, sources: [...step.sources] },
      ...{ deciders: JSON.stringify(step.deciders), decider_keys: [...step.deciderKeys] },
      ...{
        quorum: step.quorum,
        minutes: step.minutes,
        afterwards: JSON.stringify(step.afterwards),
        due_at: step.dueAt,
      },
    }));
    if (steps.length > 0) await tx.insertInto('request_step').values(steps).execute();
  }

  async stepsOf(requestIds: readonly string[], tx?: Tx): Promise<Map<string, RequestStep[]>> {
    if (requestIds.length === 0) return new Map();
    const { rows } = await sql<StepRow>`
      select step.request_id as "requestId", step.id, step.track, step.position, step.flow_id as "flowId",
        step.flow_version as "flowVersion", flow.name as "flowName", step.sources, step.deciders,
        step.decider_keys as "deciderKeys", step.quorum, step.minutes, step.afterwards, step.state, step.due_at as "dueAt",
        coalesce((select jsonb_agg(jsonb_build_object('id', person.id, 'name', person.name) order by decision.at)
          from tidegate.decision_step counted
          join tidegate.decision on decision.id = counted.decision_id and decision.decision = 'approve'
          join tidegate.person on person.id = counted.person_id
          where counted.step_id = step.id), '[]') as "approvedBy"
      from tidegate.request_step step
      join tidegate.access_request request on request.id = step.request_id and request.round = step.round
      join tidegate.approval_flow_version flow on flow.flow_id = step.flow_id and flow.version = step.flow_version
      where step.request_id = any(${[...requestIds]}::uuid[])
      order by step.track, step.position`.execute(tx ?? this.#db);
    const steps = rows.map((row) => ({
      ...row,
      deciders: storedDeciders.parse(row.deciders),
      afterwards: storedAfterwards.parse(row.afterwards),
    }));
    return Map.groupBy(steps, (step) => step.requestId);
  }

  async risksOf(requestIds: readonly string[], tx?: Tx): Promise<Map<string, SourceRisk[]>> {
    if (requestIds.length === 0) return new Map();
    const { rows } = await sql<SourceRisk & { requestId: string }>`
      select risk.request_id as "requestId", risk.source, risk.level, risk.rule_id as "ruleId",
        risk.rule_name as "ruleName", risk.rule_version as "ruleVersion", risk.reason, risk.is_faulty as "isFaulty"
      from tidegate.request_risk risk
      join tidegate.access_request request on request.id = risk.request_id and request.round = risk.round
      where risk.request_id = any(${[...requestIds]}::uuid[])
      order by risk.source`.execute(tx ?? this.#db);
    return Map.groupBy(rows, (row) => row.requestId);
  }

  async change(tx: Tx, changes: readonly StepChange[]): Promise<void> {
    for (const { stepId, state, dueAt } of changes) {
      await tx.updateTable('request_step').set({ state, due_at: dueAt }).where('id', '=', stepId).execute();
    }
  }

  async voidOpen(tx: Tx, requestIds: readonly string[]): Promise<void> {
    if (requestIds.length === 0) return;
    await tx
      .updateTable('request_step')
      .set({ state: 'void', due_at: null })
      .where('request_id', 'in', requestIds)
      .where('state', 'in', ['open', 'waiting'])
      .execute();
  }

  async addDecision(tx: Tx, decision: NewDecision): Promise<void> {
    const { requestId, round, personId } = decision;
    const { id } = await tx
      .insertInto('decision')
      .values({
        ...{ request_id: requestId, round, person_id: personId, decision: decision.decision, at: now },
        ...{ comment: decision.comment, content_hash: decision.contentHash },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('decision_step')
      .values(
        decision.steps.map((step) => ({
          ...{ decision_id: id, step_id: step.id, request_id: requestId, round, track: step.track },
          person_id: personId,
        })),
      )
      .execute();
  }

  async say(tx: Tx, { requestId, personId, kind, text }: NewMessage): Promise<void> {
    await tx
      .insertInto('request_message')
      .values({ request_id: requestId, person_id: personId, kind, text, at: now })
      .execute();
  }

  async addCut(tx: Tx, { requestId, round, personId, before, after }: Parameters<RequestStepStore['addCut']>[1]) {
    await tx
      .insertInto('request_cut')
      .values({
        ...{ request_id: requestId, round, person_id: personId, at: now },
        ...{ before: JSON.stringify(before), after: JSON.stringify(after) },
      })
      .execute();
  }

  async messagesOf(requestId: string): Promise<RequestMessage[]> {
    const { rows } = await sql<RequestMessage>`
      select message.id, message.kind, message.text, message.at,
        case when person.id is not null then jsonb_build_object('id', person.id, 'name', person.name) end as by
      from tidegate.request_message message left join tidegate.person on person.id = message.person_id
      where message.request_id = ${requestId} order by message.at, message.id`.execute(this.#db);
    return rows;
  }

  async cutsOf(requestId: string): Promise<RequestCut[]> {
    const { rows } = await sql<RequestCut & { before: Wanted; after: Wanted }>`
      select cut.before, cut.after, cut.at, jsonb_build_object('id', person.id, 'name', person.name) as by
      from tidegate.request_cut cut join tidegate.person on person.id = cut.person_id
      where cut.request_id = ${requestId} order by cut.at`.execute(this.#db);
    return rows;
  }

  async findLapsed(): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      select distinct request_id as id from tidegate.request_step
      where state = 'open' and due_at is not null and due_at <= (select tidegate.now()) limit 500`.execute(this.#db);
    return rows.map((row) => row.id);
  }
}
