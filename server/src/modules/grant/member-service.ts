import { type Expiry, type ProjectRole, roles, type Scope } from '@tidegate/contract';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { ChangeFeed } from '../../platform/events/change-feed.ts';
import type { Tx } from '../../platform/store/tx.ts';
import type { AuditLog } from '../audit/index.ts';
import type { AccessGuard } from '../identity/index.ts';
import type { GrantAmendments } from './grant-amendments.ts';
import type { Ledger } from './ledger.ts';
import type { MemberRow, MemberStore } from './member-store.ts';

export interface MemberCaller {
  readonly personId: string;
  readonly adminPersonId: string | null;
  readonly name: string;
  /** May give roles that carry data access in this project. */
  readonly grantsAccess: boolean;
}

export interface Membership {
  readonly principals: readonly { readonly kind: 'person' | 'group'; readonly id: string }[];
  readonly role: ProjectRole;
  readonly scope: Scope;
  readonly expiry: Expiry;
  readonly reason: string;
}

interface Parts {
  readonly ledger: Ledger;
  readonly amendments: GrantAmendments;
  readonly store: MemberStore;
  readonly guard: AccessGuard;
  readonly audit: AuditLog;
  readonly feed: ChangeFeed;
}

/** Who is in a project, and the access that comes with it. */
export class MemberService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Gives each principal the role, and where the role carries privileges a row of the ledger. All or none. */
  async grantAccess(caller: MemberCaller, projectId: string, wanted: Membership): Promise<string[]> {
    const { ledger, store, feed } = this.#parts;
    const carriesAccess = roles[wanted.role].privileges.length > 0;
    if (carriesAccess && !caller.grantsAccess) {
      throw accessNotAllowed();
    }
    // Adding takes the caller's lock only, against being put into a group at the same moment.
    return await ledger.withChanging([caller.personId], async (tx) => {
      await this.#requireActive(tx, projectId);
      await this.#refuseSelf(tx, caller, wanted.principals);
      const now = await ledger.now(tx);
      const expiresAt = endOf(wanted.expiry, now);
      if (expiresAt !== null && expiresAt <= now) {
        throw new AppError('member.expiry_invalid', 'This expiration has already passed: choose a later one.');
      }
      if (carriesAccess) await ledger.checkScope(tx, projectId, wanted.scope);
      const names = await store.knownPrincipals(tx, wanted.principals);
      const added: string[] = [];
      for (const principal of wanted.principals) {
        if (!names.has(principal.id)) throw notFound(principal.kind);
        added.push(await this.#add(tx, caller, projectId, wanted, { principal, now, expiresAt, carriesAccess }));
      }
      await feed.publish(tx, memberChange(projectId, await store.peopleOf(tx, wanted.principals)));
      await this.#parts.audit.appendMany(
        tx,
        wanted.principals.map((principal) => ({
          kind: 'member.added',
          actorId: caller.personId,
          onBehalfOfId: caller.adminPersonId,
          projectId,
          data: {
            person: caller.name,
            member: names.get(principal.id),
            role: wanted.role,
            expiresAt: expiresAt?.toISOString() ?? null,
          },
        })),
      );
      return added;
    });
  }

  /**
   * Moves the end to later, of the role and of the access that came with it; disconnects nobody. Refuses with
   * `grant.not_later`, and with `grant.not_active` where the access has ended already.
   */
  async extend(caller: MemberCaller, projectId: string, member: MemberRow, expiry: Expiry): Promise<void> {
    const { ledger, amendments, store, audit, feed } = this.#parts;
    if (member.grantId !== null && !caller.grantsAccess) throw accessNotAllowed();
    const principal = { kind: member.kind, id: member.principalId };
    const people = await ledger.withChanging([], (tx) => store.peopleOf(tx, [principal]));
    await ledger.withChanging([...people, caller.personId], async (tx) => {
      await this.#requireActive(tx, projectId);
      await this.#refuseSelf(tx, caller, [principal]);
      const expiresAt = endOf(expiry, await ledger.now(tx));
      const by = { by: caller.personId, onBehalfOf: caller.adminPersonId };
      if (member.grantId !== null) await amendments.extendGrant(tx, { grantId: member.grantId, expiresAt, ...by });
      else if (!(await store.moveEnd(tx, member.id, expiresAt))) throw notLater();
      await feed.publish(tx, memberChange(projectId, people));
      await audit.append(tx, {
        kind: 'member.extended',
        ...{ actorId: by.by, onBehalfOfId: by.onBehalfOf, projectId, grantId: member.grantId },
        data: {
          ...{ person: caller.name, member: member.name, role: member.role },
          expiresAt: expiresAt?.toISOString() ?? null,
        },
      });
    });
  }

  /** Takes the role away; what came with it ends at once. The last owner cannot leave. */
  async remove(caller: MemberCaller, projectId: string, member: MemberRow): Promise<void> {
    const { ledger, store, guard, audit, feed } = this.#parts;
    const people = await ledger.withChanging([], (tx) =>
      store.peopleOf(tx, [{ kind: member.kind, id: member.principalId }]),
    );
    await ledger.withChanging(people, async (tx) => {
      if (member.role === 'project_owner' && (await store.countOtherOwners(tx, projectId, member.id)) === 0) {
        throw new AppError(
          'project.last_owner',
          'The last Project Owner cannot be removed. Make somebody else owner first.',
        );
      }
      if (!(await store.remove(tx, projectId, member.id))) throw notFound('member');
      await guard.accessChanged(tx, people, { kind: 'revoked', by: caller.personId });
      await feed.publish(tx, memberChange(projectId, people));
      await audit.append(tx, {
        kind: 'member.removed',
        actorId: caller.personId,
        onBehalfOfId: caller.adminPersonId,
        projectId,
        grantId: member.grantId,
        data: { person: caller.name, member: member.name, role: member.role },
      });
    });
  }

  async #add(
    tx: Tx,
    caller: MemberCaller,
    projectId: string,
    wanted: Membership,
    one: {
      principal: Membership['principals'][number];
      now: Date;
      expiresAt: Date | null;
      carriesAccess: boolean;
    },
  ): Promise<string> {
    const { ledger, store } = this.#parts;
    const { principal, now, expiresAt } = one;
    const memberId = await store.insert(tx, {
      projectId,
      role: wanted.role,
      principal,
      expiresAt,
      addedBy: caller.personId,
    });
    if (one.carriesAccess) {
      await ledger.createGrant(tx, {
        source: 'membership',
        holder: principal,
        projectId,
        scope: wanted.scope,
        privileges: roles[wanted.role].privileges,
        reason: wanted.reason,
        grantedBy: caller.personId,
        startsAt: now,
        expiresAt,
        projectMemberId: memberId,
        role: wanted.role,
      });
    }
    return memberId;
  }

  async #requireActive(tx: Tx, projectId: string): Promise<void> {
    const project = await this.#parts.store.projectState(tx, projectId);
    if (project === null) throw notFound('project');
    if (project.state !== 'active') {
      throw new AppError('project.archived', `The project ${project.name} is archived: restore it first.`);
    }
  }

  /** Nobody assigns access to himself, to a group he is in, or as the sample person to the one behind him. */
  async #refuseSelf(tx: Tx, caller: MemberCaller, principals: Membership['principals']): Promise<void> {
    const people = await this.#parts.store.peopleOf(tx, principals);
    const own = [caller.personId, caller.adminPersonId];
    if (!people.some((id) => own.includes(id))) return;
    throw new AppError(
      'member.self_grant',
      'Nobody gives access to himself or to a group he is in. Ask another administrator.',
    );
  }
}

function accessNotAllowed(): AppError {
  return new AppError(
    'member.access_not_allowed',
    'Roles that carry data access are given by an administrator or DBA. Others can request access.',
  );
}

function notLater(): AppError {
  return new AppError('grant.not_later', 'This membership already lasts at least that long: choose a later end.');
}

function memberChange(projectId: string, personIds: readonly string[]) {
  return {
    event: { topic: 'member' as const, id: null, projectId },
    audience: { personIds, projectId },
  };
}

function endOf(expiry: Expiry, now: Date): Date | null {
  if (expiry.kind === 'never') return null;
  return expiry.kind === 'at' ? new Date(expiry.at) : new Date(now.getTime() + expiry.minutes * 60_000);
}
