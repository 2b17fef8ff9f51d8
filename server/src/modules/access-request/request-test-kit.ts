import { randomUUID } from 'node:crypto';
import type { Expiry, FlowDraft, Privilege, RequestLevel, RequestSource, Scope } from '@tidegate/contract';
import { requestLedger, requestRisk } from '../../main/request-ground.ts';
import { rightsNow } from '../../main/rights-now.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import { createStoreChangeFeed } from '../../platform/events/store-change-feed.ts';
import { createLog } from '../../platform/log/log.ts';
import { openApproval } from '../approval/index.ts';
import { type AuditLog, startAuditLog } from '../audit/index.ts';
import { GrantWorld } from '../grant/grant-test-kit.ts';
import { createActorLoader } from '../identity/index.ts';
import type { AccessRequest } from './access-request.ts';
import type { ScopeWords } from './access-request-views.ts';
import type { GivenDecision } from './deciding-service.ts';
import type { Caller } from './request-parts.ts';
import { openRequests, type Requests } from './requests.ts';

export const hour: Expiry = { kind: 'after', minutes: 60 };

export interface AskedFor {
  readonly by: Caller;
  readonly projectId: string;
  readonly scope: Scope;
  readonly expiry?: Expiry;
  readonly privileges?: readonly Privilege[];
  readonly startsAt?: Date | null;
  readonly ticket?: string | null;
  readonly reason?: string;
}

export const caller = (personId: string, name: string, adminPersonId: string | null = null): Caller => ({
  ...{ personId, name, adminPersonId },
});

/** Requests on a store of their own whose clock the test moves; approval and risk are the real ones. */
export class RequestWorld {
  readonly grants: GrantWorld;
  readonly approval: ReturnType<typeof openApproval>;
  readonly requests: Requests;
  readonly audit: AuditLog;

  private constructor(grants: GrantWorld, audit: AuditLog) {
    const { db } = grants;
    this.grants = grants;
    this.audit = audit;
    this.approval = openApproval({ db, audit });
    this.requests = openRequests({
      ...{ db, audit },
      approval: this.approval.store,
      approvers: this.approval.approvers,
      ledger: requestLedger(grants.grants),
      rights: rightsNow(createActorLoader(db)),
      risk: requestRisk,
      words: noWords(grants),
      feed: createStoreChangeFeed(
        { listen: (channel, handler, onGap) => grants.store.listen(channel, handler, onGap) },
        createLog({ level: 'silent' }),
      ),
      now: () => grants.grants.ledger.now(),
    });
  }

  static async open(): Promise<RequestWorld> {
    const grants = await GrantWorld.open();
    return new RequestWorld(grants, await startAuditLog(grants.db));
  }

  get db() {
    return this.grants.db;
  }

  async person(name: string, projectId: string | null, role: 'project_owner' | 'project_developer'): Promise<Caller> {
    const personId = await this.grants.person(name);
    if (projectId !== null) await this.grants.member(projectId, personId, role);
    return caller(personId, name);
  }

  /** A registered database with tables; no server is needed to ask and decide. */
  async database(inProject: string, tables: readonly string[] = ['salary']): Promise<string> {
    const { db } = this;
    const environment = await db.selectFrom('environment').select('id').orderBy('position').executeTakeFirstOrThrow();
    const name = randomUUID();
    const instance = await db
      .insertInto('instance')
      .values({
        ...{ short_id: shortId(), title: name, environment_id: environment.id, engine: 'postgresql' },
        ...{ host: 'localhost', port: 1, user_name: 'nobody', tls_mode: 'disable', server_identity: name },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { id } = await db
      .insertInto('database')
      .values({ instance_id: instance.id, name: 'hr', project_id: inProject })
      .returning('id')
      .executeTakeFirstOrThrow();
    const relation = { database_id: id, schema_name: 'public', kind: 'table', identity: '1', columns: '[]' };
    for (const table of tables)
      await db
        .insertInto('relation')
        .values({ ...relation, name: table })
        .execute();
    return id;
  }

  ask(wanted: AskedFor): Promise<AccessRequest> {
    const { by, projectId, scope } = wanted;
    return this.requests.asking.create(by, {
      ...{ projectId, scope, statementText: null },
      privileges: wanted.privileges ?? ['read'],
      reason: wanted.reason ?? 'to see',
      expiry: wanted.expiry ?? hour,
      startsAt: wanted.startsAt ?? null,
      ticket: wanted.ticket ?? null,
    });
  }

  decide(
    by: Caller,
    request: { id: string; contentHash: string },
    decision: 'approve' | 'reject' = 'approve',
    narrow: GivenDecision['narrow'] = null,
  ): Promise<void> {
    const { id, contentHash } = request;
    return this.requests.deciding.decide(by, id, { decision, comment: '', contentHash, narrow });
  }

  async get(requestId: string): Promise<AccessRequest> {
    const request = await this.requests.store.find(requestId);
    if (request === null) throw new Error('no such request');
    return request;
  }

  /** Saves a flow and puts it into cells of the workspace's matrix. */
  async flow(
    draft: Partial<FlowDraft> & Pick<FlowDraft, 'kind'>,
    cells: readonly { source: RequestSource; level: RequestLevel }[] = [],
  ): Promise<string> {
    const by = { personId: await this.grants.person('Admin', ['workspace_admin']), adminPersonId: null };
    await this.db.deleteFrom('workspace_role').where('person_id', '=', by.personId).execute();
    const flow = { name: `Flow ${randomUUID().slice(0, 8)}`, description: '', steps: [], approvesWrite: false };
    const id = await this.approval.service.addFlow(by, { ...flow, extendsMinutes: null, ...draft });
    await this.approval.service.setMatrix(
      by,
      cells.map((cell) => ({ ...cell, flowId: id })),
      [],
    );
    return id;
  }

  async trace(requestId: string) {
    const { db } = this;
    const grants = await db.selectFrom('access_grant').where('request_id', '=', requestId).selectAll().execute();
    const decisions = await db.selectFrom('decision').where('request_id', '=', requestId).selectAll().execute();
    const events = await db.selectFrom('audit_event').where('request_id', '=', requestId).select('kind').execute();
    const state = (await this.requests.store.find(requestId))?.state;
    return { state, grants, decisions, events: events.map((event) => event.kind).toSorted() };
  }

  /** As taking a role away does: the person's lock, the change, the ledger's look. Answers when it was done. */
  async loseRole(personId: string, membership: string): Promise<Date> {
    const { guard, ledger } = this.grants.grants;
    return await this.db.transaction().execute(async (tx) => {
      await guard.lockPeople(tx, [personId]);
      await tx.deleteFrom('project_member').where('id', '=', membership).execute();
      await guard.accessChanged(tx, [personId], { kind: 'role_lost', by: null });
      return await ledger.now(tx);
    });
  }

  close(): Promise<void> {
    return this.grants.close();
  }
}

/** `done`, or the code of the refusal. */
export const outcomeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof AppError) return error.code;
      throw error;
    },
  );

let instances = 0;
/** Four characters, never the same in one process. */
function shortId(): string {
  instances += 1;
  return instances.toString(36).padStart(4, '0');
}

function noWords({ grants }: GrantWorld): ScopeWords {
  return {
    presentScopes: grants.presentScopes,
    sentenceOf: grants.accessSentence,
    today: async () => [],
    added: async () => [],
    history: async () => [],
    cautions: async () => [],
    freeze: async (scope) => scope,
    used: async () => null,
  };
}
