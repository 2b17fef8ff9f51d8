import type { FlowStep, Scope } from '@tidegate/contract';
import { sql } from 'kysely';
import { requestLedger, requestRisk } from '../../main/request-ground.ts';
import { rightsNow } from '../../main/rights-now.ts';
import { createStoreChangeFeed } from '../../platform/events/store-change-feed.ts';
import { createLog } from '../../platform/log/log.ts';
import { reviewHash } from '../emergency/emergency.ts';
import { openEmergency } from '../emergency/index.ts';
import { createActorLoader } from '../identity/index.ts';
import type { Caller } from './request-parts.ts';
import { caller, RequestWorld } from './request-test-kit.ts';
import type { ModelFlow, ModelRole } from './test-request-model.ts';

/** `eve` asks and owns: the one who must never decide for herself. */
export const names = ['dev', 'eve', 'olga', 'otto', 'dora'] as const;
export const [dev, eve, olga, otto, dora] = [0, 1, 2, 3, 4] as const;
export const tables = ['salary', 'title'] as const;
const longestEmergency = 60;

/** What all runs share: a store, flows, a group that flows name and one that the emergency policy names. */
export class Ground {
  readonly world: RequestWorld;
  readonly emergency: ReturnType<typeof openEmergency>;
  readonly flowIds: readonly string[];
  readonly board: string;
  readonly responders: string;

  private constructor(parts: Pick<Ground, 'world' | 'emergency' | 'flowIds' | 'board' | 'responders'>) {
    this.world = parts.world;
    this.emergency = parts.emergency;
    this.flowIds = parts.flowIds;
    this.board = parts.board;
    this.responders = parts.responders;
  }

  static async open(flows: readonly (ModelFlow | null)[]): Promise<Ground> {
    const world = await RequestWorld.open();
    const { db, audit, approval, grants } = world;
    const board = await grants.group('Board', []);
    const responders = await grants.group('Responders', []);
    const flowIds: string[] = [];
    for (const flow of flows) {
      const steps = flow?.steps.map((step, index) => stepOf(step, index, board));
      flowIds.push(await world.flow(steps === undefined ? { kind: 'auto_approve' } : { kind: 'steps', steps }));
    }
    await sql`update tidegate.approval_cell set flow_id = ${flowIds[0]} where source = 'emergency'`.execute(db);
    const emergency = openEmergency({
      ...{ db, audit, approval: approval.store, approvers: approval.approvers, risk: requestRisk },
      ledger: requestLedger(grants.grants),
      rights: rightsNow(createActorLoader(db)),
      reauthenticate: async () => undefined,
      scopesOf: async () => [],
      feed: createStoreChangeFeed(
        { listen: (channel, handler, onGap) => grants.store.listen(channel, handler, onGap) },
        createLog({ level: 'silent' }),
      ),
    });
    const environment = await db.selectFrom('environment').select('id').orderBy('position').executeTakeFirstOrThrow();
    await emergency.service.setPolicy(caller(await grants.person('Admin'), 'Admin'), environment.id, {
      principals: [{ kind: 'group', id: responders }],
      longestMinutes: longestEmergency,
    });
    return new Ground({ world, emergency, flowIds, board, responders });
  }

  async setFlow(index: number): Promise<void> {
    const flowId = this.flowIds[index];
    await sql`update tidegate.approval_cell set flow_id = ${flowId} where source = 'read'`.execute(this.world.db);
  }
}

function stepOf(step: ModelFlow['steps'][number], index: number, board: string): FlowStep {
  const role = { owner: 'project_owner', dba: 'workspace_dba' } as const;
  return {
    deciders: [step.role === 'board' ? { kind: 'group', id: board } : { kind: 'role', role: role[step.role] }],
    quorum: step.quorum,
    minutes: step.minutes,
    afterwards: step.handsOver === true ? { kind: 'step', step: index + 1 } : { kind: 'expire' },
  };
}

/** The real thing of one run: a project, a database and people of its own. */
export class Reality {
  readonly ground: Ground;
  readonly people: Caller[] = [];
  /** In the order of the model. */
  readonly requestIds: string[] = [];
  readonly reviewIds: string[] = [];
  projectId = '';
  databaseId = '';

  constructor(ground: Ground) {
    this.ground = ground;
  }

  get world(): RequestWorld {
    return this.ground.world;
  }

  async open(now: number, flow: number, holders: Readonly<Record<ModelRole, Iterable<number>>>): Promise<void> {
    const { grants } = this.world;
    await grants.freeze(new Date(now));
    await this.ground.setFlow(flow);
    this.projectId = await grants.project('Model');
    this.databaseId = await this.world.database(this.projectId, tables);
    const ids = await Promise.all(names.map((name) => grants.person(name)));
    this.people.push(...ids.map((id, index) => caller(id, names[index] ?? '')));
    for (const person of [dev, eve]) {
      await grants.member(this.projectId, this.who(person).personId, 'project_developer');
      await this.#join(this.ground.responders, person);
    }
    for (const role of ['owner', 'dba', 'board'] as const) {
      for (const person of holders[role]) await this.giveRole(role, person);
    }
  }

  /** Roles that are held everywhere, and what would be opened by emergency, end with the run. */
  async close(): Promise<void> {
    const people = this.people.map(({ personId }) => personId);
    const { db } = this.world;
    for (const table of ['workspace_role', 'group_member'] as const) {
      await db.deleteFrom(table).where('person_id', 'in', people).execute();
    }
    await db.updateTable('project').set({ state: 'archived' }).where('id', '=', this.projectId).execute();
  }

  who(person: number): Caller {
    const found = this.people[person];
    if (found === undefined) throw new Error('nobody');
    return found;
  }

  async giveRole(role: ModelRole, person: number): Promise<void> {
    const { personId } = this.who(person);
    if (role === 'board') await this.#join(this.ground.board, person);
    else if (role === 'owner') await this.world.grants.member(this.projectId, personId, 'project_owner');
    else
      await this.world.db.insertInto('workspace_role').values({ role: 'workspace_dba', person_id: personId }).execute();
  }

  /** As taking it away does: the person's lock, the change, the ledger's look. */
  async loseRole(role: ModelRole, person: number): Promise<void> {
    const { personId } = this.who(person);
    const { guard } = this.world.grants.grants;
    await this.world.db.transaction().execute(async (tx) => {
      await guard.lockPeople(tx, [personId]);
      if (role === 'board') {
        await tx
          .deleteFrom('group_member')
          .where('group_id', '=', this.ground.board)
          .where('person_id', '=', personId)
          .execute();
      } else if (role === 'owner') {
        const owned = tx.deleteFrom('project_member').where('project_id', '=', this.projectId);
        await owned.where('role', '=', 'project_owner').where('person_id', '=', personId).execute();
      } else await tx.deleteFrom('workspace_role').where('person_id', '=', personId).execute();
      await guard.accessChanged(tx, [personId], { kind: 'role_lost', by: null });
    });
  }

  async shown(index: number) {
    return await this.world.get(this.requestIds[index] ?? '');
  }

  /** The row that a request became, if it did. */
  async grantOf(index: number): Promise<string | null> {
    const query = this.world.db.selectFrom('access_grant').where('request_id', '=', this.requestIds[index] ?? '');
    return (await query.select('id').executeTakeFirst())?.id ?? null;
  }

  async closeReview(by: Caller, index: number): Promise<() => Promise<void>> {
    const { service, store } = this.ground.emergency;
    const id = this.reviewIds[index] ?? '';
    const review = await store.find(id);
    if (review === null) throw new Error('no review');
    const hash = reviewHash(review, await store.statementsOf(review.grantId));
    return () => service.close(by, id, 'Looked at it.', hash);
  }

  scopeOf(names: readonly string[]): Scope {
    return {
      kind: 'items',
      items: names.map((table) => ({ databaseId: this.databaseId, schema: 'public', table })),
    };
  }

  /** What the clock does: whatever ends by time ends, and is closed. */
  async afterTime(): Promise<void> {
    const { grants, requests } = this.world;
    await grants.grants.expiry.runOnce();
    await grants.settle();
    await requests.upkeep.expireOverdue();
  }

  async #join(group: string, person: number): Promise<void> {
    const values = { group_id: group, person_id: this.who(person).personId };
    await this.world.db.insertInto('group_member').values(values).execute();
  }
}
