import type { Privilege, Scope, ScopeItem } from '@tidegate/contract';
import { AppError } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import { grantChanged } from './dirty-accounts.ts';
import type { EndCause } from './grant.ts';
import { announceGrants, readGrantFacts } from './grant-facts.ts';
import { noticeGrantChange } from './grant-notices.ts';
import type { Ledger } from './ledger.ts';
import { type Extent, givesLess, narrowingFault } from './narrowing.ts';
import { holdOpenGrant, type OpenGrant } from './open-grant.ts';

/** Who amends; `onBehalfOf` is the administrator behind him, while he continues as the sample person. */
export interface AmendedBy {
  readonly by: string | null;
  readonly onBehalfOf?: string | null | undefined;
}

export interface Extension extends AmendedBy {
  readonly grantId: string;
  /** Later than it is; null: no end. Whether that may be is the caller's to know. */
  readonly expiresAt: Date | null;
  /** The request that asked for it. */
  readonly requestId?: string | null;
}

export interface Addition extends AmendedBy {
  readonly grantId: string;
  readonly scope: Scope;
  readonly privileges: readonly Privilege[];
  readonly reason: string;
  readonly requestId?: string | null;
}

export interface Narrowing extends AmendedBy {
  readonly grantId: string;
  /** What stays, where it is not as it was. */
  readonly scope?: Scope | undefined;
  readonly privileges?: readonly Privilege[] | undefined;
  readonly expiresAt?: Date | undefined;
  readonly note?: string | undefined;
}

/**
 * Grants changed while in use. The caller holds the holders' exclusive locks (`ledger.withChanging`) and has authorized
 * and checked the scope; each refuses with `grant.not_active` what has ended already, because an end latches. A row
 * that was narrowed meanwhile stands for what took its place.
 */
export class GrantAmendments {
  readonly #ledger: Ledger;
  readonly #audit: AuditLog;
  readonly #feed: ChangeFeed;

  constructor(parts: { ledger: Ledger; audit: AuditLog; feed: ChangeFeed }) {
    this.#ledger = parts.ledger;
    this.#audit = parts.audit;
    this.#feed = parts.feed;
  }

  /**
   * Moves the end of a grant, of what was added to it, and of the membership that owns it; nobody is disconnected.
   * Refuses with `grant.not_later`.
   */
  async extendGrant(tx: Tx, extension: Extension): Promise<string> {
    const { expiresAt } = extension;
    const grant = await this.#first(tx, extension.grantId);
    refuseByRole(grant);
    if (grant.expiresAt === null || (expiresAt !== null && expiresAt <= grant.expiresAt)) {
      throw new AppError('grant.not_later', 'This grant already lasts at least that long: choose a later end.');
    }
    await this.#moveEnd(tx, grant, expiresAt);
    const facts = await readGrantFacts(tx, [grant.id]);
    await this.#audit.appendMany(
      tx,
      facts.map(({ holder, sentence }) => ({
        kind: 'grant.extended',
        actorId: extension.by,
        onBehalfOfId: extension.onBehalfOf ?? null,
        ...{ projectId: grant.projectId, grantId: grant.id, requestId: extension.requestId ?? grant.requestId },
        data: {
          ...{ holder, sentence, before: grant.expiresAt?.toISOString() ?? null },
          expiresAt: expiresAt?.toISOString() ?? null,
        },
      })),
    );
    // Who asked for it hears of the decision.
    if (extension.requestId == null) {
      await noticeGrantChange(tx, facts, { by: extension.by, what: 'extended' });
    }
    return grant.id;
  }

  /** Another row beside the first, with the same end; it ends with it. Nobody is disconnected. Answers its id. */
  async addToGrant(tx: Tx, addition: Addition): Promise<string> {
    const first = await this.#first(tx, addition.grantId);
    refuseByRole(first);
    const { holder, projectId, expiresAt } = first;
    const now = await this.#ledger.now(tx);
    const id = await this.#ledger.createGrant(tx, {
      ...{ holder, projectId, expiresAt },
      source: addition.requestId == null ? first.source : 'request',
      startsAt: later(first.startsAt, now),
      ...{ scope: addition.scope, privileges: addition.privileges, reason: addition.reason },
      requestId: addition.requestId ?? null,
      projectMemberId: first.projectMemberId,
      role: first.role,
      grantedBy: addition.by,
      addedTo: first.id,
      by: addition,
    });
    if (addition.requestId == null) {
      await noticeGrantChange(tx, await readGrantFacts(tx, [id]), { by: addition.by, what: 'added' });
    }
    return id;
  }

  /**
   * Takes tables, privileges or time away: the row ends, and what is left of it begins in the same moment. Sessions end
   * only where something is lost; less time alone moves the end and ends nothing now. Answers the row that is left.
   * Refuses with `grant.not_narrower` what would give more, or as much.
   */
  async narrowGrant(tx: Tx, narrowing: Narrowing): Promise<string> {
    const grant = await this.#open(tx, narrowing.grantId);
    refuseByRole(grant);
    const scope = narrowing.scope ?? grant.scope;
    const left = {
      scope: await withoutMoved(tx, grant.projectId, scope),
      privileges: narrowing.privileges ?? grant.privileges,
      expiresAt: narrowing.expiresAt ?? grant.expiresAt,
    };
    await this.#requireNarrower(tx, grant, left, narrowing.scope);
    if (!givesLess(grant, left)) {
      await this.#shorten(tx, grant, narrowing, left.expiresAt);
      return grant.id;
    }
    const cause: EndCause = {
      kind: 'narrowed',
      by: narrowing.by,
      onBehalfOf: narrowing.onBehalfOf,
      note: narrowing.note,
    };
    await this.#ledger.endGrants(tx, [grant.id], cause);
    const now = await this.#ledger.now(tx);
    const { id: replaces, ...same } = grant;
    const id = await this.#ledger.createGrant(tx, {
      ...{ ...same, ...left, replaces, by: narrowing },
      startsAt: later(grant.startsAt, now),
    });
    if (narrowing.expiresAt !== undefined) await moveMembership(tx, grant, narrowing.expiresAt);
    // What was added to it belongs to what is left of it.
    await tx
      .updateTable('access_grant')
      .set({ amends_grant_id: id })
      .where('amends_grant_id', '=', replaces)
      .where('closing_at', 'is', null)
      .execute();
    const change = { by: narrowing.by, what: 'narrowed', detail: narrowing.note } as const;
    await noticeGrantChange(tx, await readGrantFacts(tx, [id]), change);
    return id;
  }

  async #requireNarrower(tx: Tx, grant: OpenGrant, left: Extent, chosen: Scope | undefined): Promise<void> {
    const fault = narrowingFault(grant, left);
    if (fault === 'wider') {
      throw new AppError(
        'grant.not_narrower',
        'Only what the grant gives can be left of it. To have more, ask for it.',
      );
    }
    if (fault === 'same') throw new AppError('grant.not_narrower', 'Nothing would be taken away: choose what to drop.');
    if (left.privileges.length === 0 || (left.scope.kind === 'items' && left.scope.items.length === 0)) {
      throw new AppError('grant.scope_empty', 'Nothing would be left: end the grant instead.');
    }
    if (left.expiresAt !== null && left.expiresAt <= (await this.#ledger.now(tx))) {
      throw new AppError('member.expiry_invalid', 'This end has already passed: end the grant instead.');
    }
    if (chosen !== undefined && grant.projectId !== null) {
      // What it names already stays as it is named, also when a table of it has been dropped.
      const named = new Set(grant.scope.kind === 'items' ? grant.scope.items.map(keyOf) : []);
      const items = chosen.kind === 'items' ? chosen.items.filter((item) => !named.has(keyOf(item))) : [];
      await this.#ledger.checkScope(tx, grant.projectId, { kind: 'items', items });
    }
  }

  async #shorten(tx: Tx, grant: OpenGrant, narrowing: Narrowing, expiresAt: Date | null): Promise<void> {
    await this.#moveEnd(tx, grant, expiresAt);
    const facts = await readGrantFacts(tx, [grant.id]);
    await this.#audit.appendMany(
      tx,
      facts.map(({ holder, sentence }) => ({
        kind: 'grant.shortened',
        actorId: narrowing.by,
        onBehalfOfId: narrowing.onBehalfOf ?? null,
        ...{ projectId: grant.projectId, grantId: grant.id, requestId: grant.requestId },
        data: {
          ...{ holder, sentence, note: narrowing.note ?? null, before: grant.expiresAt?.toISOString() ?? null },
          expiresAt: expiresAt?.toISOString() ?? null,
        },
      })),
    );
    await noticeGrantChange(tx, facts, { by: narrowing.by, what: 'shortened', detail: narrowing.note });
  }

  /**
   * Of the row and of those that were added to it, while they are open; and of the membership that owns it. Whether its
   * time is over was judged when the row was held: asked again here it might be, and the change be lost in silence.
   */
  async #moveEnd(tx: Tx, grant: OpenGrant, expiresAt: Date | null): Promise<void> {
    await moveMembership(tx, grant, expiresAt);
    const moved = await tx
      .updateTable('access_grant')
      .set({ expires_at: expiresAt })
      .where((eb) => eb.or([eb('id', '=', grant.id), eb('amends_grant_id', '=', grant.id)]))
      .where('closing_at', 'is', null)
      .returning('id')
      .execute();
    const ids = moved.map((row) => row.id);
    await grantChanged(tx, ids);
    await announceGrants(tx, this.#feed, await readGrantFacts(tx, ids));
  }

  async #open(tx: Tx, grantId: string): Promise<OpenGrant> {
    const grant = await holdOpenGrant(tx, grantId);
    if (grant === null) throw ended();
    return grant;
  }

  /** Of an addition, what it was added to, unless that has ended for a reason of its own. */
  async #first(tx: Tx, grantId: string): Promise<OpenGrant> {
    const grant = await this.#open(tx, grantId);
    return grant.addedTo === null ? grant : ((await holdOpenGrant(tx, grant.addedTo)) ?? grant);
  }
}

function ended(): AppError {
  return new AppError('grant.not_active', 'This grant has already ended.');
}

/** Databases that have left the project give nothing any more, and a new row would be refused for them. */
async function withoutMoved(tx: Tx, projectId: string | null, scope: Scope): Promise<Scope> {
  if (scope.kind === 'project') return scope;
  const ids = [...new Set(scope.items.map((item) => item.databaseId))];
  const query = tx.selectFrom('database').where('id', 'in', ids).where('vanished_at', 'is', null);
  const rows = await query.where('project_id', 'is not distinct from', projectId).select('id').execute();
  const there = new Set(rows.map((row) => row.id));
  return { kind: 'items', items: scope.items.filter((item) => there.has(item.databaseId)) };
}

/** The membership that owns the row ends with it. */
async function moveMembership(tx: Tx, { projectMemberId, addedTo }: OpenGrant, expiresAt: Date | null): Promise<void> {
  if (projectMemberId === null || addedTo !== null) return;
  await tx.updateTable('project_member').set({ expires_at: expiresAt }).where('id', '=', projectMemberId).execute();
}

function keyOf({ databaseId, schema, table }: ScopeItem): string {
  return JSON.stringify([databaseId, schema, table]);
}

function refuseByRole({ source, workspaceRoleId, projectId }: OpenGrant): void {
  if (source !== 'role' && workspaceRoleId === null && projectId !== null) return;
  throw new AppError('grant.not_amendable', 'Access by a role follows that role: it is changed under Users & Groups.');
}

function later(one: Date, other: Date): Date {
  return new Date(Math.max(one.getTime(), other.getTime()));
}
