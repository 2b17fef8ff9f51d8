import { expect } from 'vitest';
import type { Dev, Guarded, KillArena } from './kill-arena.ts';
import { openFaults } from './kill-faults.ts';

/** As the target says: after readiness. */
export const closedWithinMs = 10_000;

/** Small, and the same in every run. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export interface Given {
  readonly memberId: string;
  readonly grantId: string;
}

export class Round {
  readonly arena: KillArena;
  /** Ends that the server has confirmed: nothing may undo them. */
  readonly confirmed: string[] = [];
  /** Changes that it has confirmed, as questions to the store: each has an answer as long as the change stands. */
  readonly changed: { readonly what: string; readonly sql: string; readonly values: readonly unknown[] }[] = [];

  constructor(arena: KillArena) {
    this.arena = arena;
  }

  /** One grant each, on these tables of both servers. */
  async give(devs: readonly Dev[], tables: readonly string[]): Promise<Given[]> {
    const { admin, guarded, projectId } = this.arena;
    const { items } = await admin.call('POST /projects/:projectId/members', {
      params: { projectId },
      body: {
        principals: devs.map(({ id }) => ({ kind: 'person' as const, id })),
        role: 'sql_editor_user',
        scope: {
          kind: 'items',
          items: guarded.flatMap(({ databaseId, schema }) => tables.map((table) => ({ databaseId, schema, table }))),
        },
        expiry: { kind: 'after', minutes: 60 },
      },
    });
    const given = new Map(items.map((member) => [member.principal.id, member]));
    return devs.map(({ id }) => {
      const member = given.get(id);
      if (member?.grantId == null) throw new Error('no grant was made');
      return { memberId: member.id, grantId: member.grantId };
    });
  }

  async open(dev: Dev | undefined, on: Guarded | undefined): Promise<string> {
    const session = await dev?.client.call('POST /sessions', { body: { databaseId: on?.databaseId ?? '' } });
    return session?.id ?? '';
  }

  /** Runs until its session ends; the server may die at any moment. */
  run(dev: Dev | undefined, sessionId: string, text: string): void {
    const read = async () => {
      for await (const line of dev?.client.statement(sessionId, text) ?? []) void line;
    };
    read().catch(() => undefined);
  }

  async revoke(given: Given | undefined): Promise<void> {
    const grantId = given?.grantId ?? '';
    await this.arena.admin.call('POST /grants/:grantId/revoke', { params: { grantId }, body: {} });
    this.confirmed.push(grantId);
  }

  async remove(given: Given | undefined): Promise<void> {
    const { memberId = '', grantId = '' } = given ?? {};
    await this.arena.admin.call('DELETE /projects/:projectId/members/:memberId', {
      params: { projectId: this.arena.projectId, memberId },
    });
    this.confirmed.push(grantId);
  }

  /** An hour more for the membership and its grant. */
  async extend(given: Given | undefined): Promise<void> {
    const { memberId = '', grantId = '' } = given ?? {};
    const { expiresAt } = await this.arena.admin.call('POST /projects/:projectId/members/:memberId/extend', {
      params: { projectId: this.arena.projectId, memberId },
      body: { expiry: { kind: 'after', minutes: 180 } },
    });
    const sql = `select from tidegate.access_grant g join tidegate.project_member m on m.id = g.project_member_id
      where g.id = $1 and g.expires_at = $2 and m.expires_at = $2
        and exists (select from tidegate.audit_event where grant_id = g.id and kind = 'grant.extended')`;
    this.changed.push({ what: 'extended', sql, values: [grantId, expiresAt] });
  }

  /** As `give`, by a request that the administrator approves: only what was asked for can be added to. */
  async giveWhatIsAsked(dev: Dev | undefined, table: string): Promise<Given> {
    const asked = await dev?.client.call('POST /requests', {
      body: {
        ...{ projectId: this.arena.projectId, scope: this.#everywhere(table), privileges: ['read', 'write'] },
        ...{ reason: 'one table', expiry: { kind: 'after', minutes: 60 } },
      },
    });
    await this.#approve(asked?.id ?? '');
    const [grant] = await this.arena.query<{ id: string }>(
      'select id from tidegate.access_grant where request_id = $1',
      [asked?.id],
    );
    return { memberId: '', grantId: grant?.id ?? '' };
  }

  /** The holder asks for one more table of each server; what is answered is the administrator's yes, still to be said. */
  async askForMore(dev: Dev | undefined, { grantId }: Given, table: string): Promise<() => Promise<void>> {
    const asked = await dev?.client.call('POST /grants/:grantId/add', {
      params: { grantId },
      body: { scope: this.#everywhere(table), reason: 'one more table', ticket: null },
    });
    return async () => {
      await this.#approve(asked?.id ?? '');
      const sql = `select from tidegate.access_grant g where request_id = $1 and amends_grant_id = $2
        and exists (select from tidegate.audit_event where grant_id = g.id and kind = 'grant.created')`;
      this.changed.push({ what: 'added', sql, values: [asked?.id, grantId] });
    };
  }

  async #approve(requestId: string): Promise<void> {
    const { admin } = this.arena;
    const { contentHash } = await admin.call('GET /requests/:requestId', { params: { requestId } });
    await admin.call('POST /requests/:requestId/decision', {
      params: { requestId },
      body: { decision: 'approve', contentHash },
    });
  }

  #everywhere(table: string): { kind: 'items'; items: { databaseId: string; schema: string; table: string }[] } {
    return {
      kind: 'items',
      items: this.arena.guarded.map(({ databaseId, schema }) => ({ databaseId, schema, table })),
    };
  }

  /** Only this table stays of it. */
  async narrow(given: Given | undefined, table: string): Promise<void> {
    const grantId = given?.grantId ?? '';
    const left = await this.arena.admin.call('POST /grants/:grantId/narrow', {
      params: { grantId },
      body: { scope: this.#everywhere(table) },
    });
    this.confirmed.push(grantId);
    const sql = `select from tidegate.access_grant where id = $1 and replaces_grant_id = $2`;
    this.changed.push({ what: 'narrowed', sql, values: [left.id, grantId] });
  }

  /** Its time comes so many milliseconds from now, the membership's with it. */
  async expire(given: Given | undefined, inMs: number): Promise<void> {
    await this.arena.query(
      `with at as (select tidegate.now() + make_interval(secs => $3) as at),
       member as (update tidegate.project_member set expires_at = (select at from at) where id = $1)
       update tidegate.access_grant set expires_at = (select at from at) where id = $2`,
      [given?.memberId, given?.grantId, inMs / 1000],
    );
    await this.arena.query(`select pg_notify('tidegate_expiry', '')`);
  }
}

/** Who has access has it still. */
export async function useOne(arena: KillArena, where: string): Promise<void> {
  const [dev, place] = [arena.devs[2], arena.guarded[0]];
  const session = await dev?.client.call('POST /sessions', { body: { databaseId: place?.databaseId ?? '' } });
  const found: unknown[] = [];
  for await (const line of dev?.client.statement(session?.id ?? '', 'select id from a limit 1') ?? []) {
    if (line.type === 'rows') found.push(...line.rows);
  }
  expect(found, where).toEqual([['1']]);
}

/** The stage for the next round: everything ends in the same moment. */
export async function endAll(arena: KillArena, withinMs = closedWithinMs): Promise<void> {
  await arena.query(
    `with members as (update tidegate.project_member set expires_at = tidegate.now() where expires_at is not null)
     update tidegate.access_grant set expires_at = tidegate.now() where closing_at is null and expires_at is not null`,
  );
  await arena.query(`select pg_notify('tidegate_expiry', '')`);
  await expect.poll(() => openFaults(arena), { timeout: withinMs, interval: 50 }).toEqual([]);
}
