import type { Role } from '@tidegate/contract';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Actor } from '../../platform/http/route.ts';
import {
  addToGroup,
  deleteGroup,
  findGroup,
  type GroupPerson,
  type GroupRecord,
  insertGroup,
  isGroupNameTaken,
  listGroupable,
  listGroupPeople,
  removeFromGroup,
  renameGroup,
} from './group-store.ts';
import { changeIdentity, type IdentityTx, isOneself } from './identity-change.ts';
import { announceMe, announcePeople, type IdentityParts } from './identity-parts.ts';
import { changeRoles, differenceOf, type Holder, selfAssignment } from './role-change.ts';
import { listRoles } from './role-store.ts';

export interface NewGroup {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly personIds: readonly string[];
}
export interface GroupChange {
  readonly name?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly personIds?: readonly string[] | undefined;
}

/** Groups, who is in them, and the roles they hold workspace-wide. Nobody touches his own part in any of it. */
export class GroupService {
  readonly #parts: IdentityParts;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  async create(actor: Actor, input: NewGroup): Promise<string> {
    return changeIdentity(this.#parts, actor, 'group.manage', async (change) => {
      const { tx, note } = change;
      await demandFreeName(change, input.name, null);
      const groupId = await insertGroup(tx, input.name);
      const group = { id: groupId, name: input.name };
      note({ kind: 'group.created', data: { group } });
      await this.#guard.lockPeople(tx, input.personIds);
      await this.#changePeople(change, actor, group, [], input.personIds);
      await changeRoles(this.#parts, change, actor, holderOf(group), input.roles);
      await this.#finish(change, actor, group, input.personIds);
      return groupId;
    });
  }

  /** Who is removed loses what came with the group, in the same transaction. */
  async update(actor: Actor, groupId: string, input: GroupChange): Promise<void> {
    await changeIdentity(this.#parts, actor, 'group.manage', async (change) => {
      const { tx, note } = change;
      const group = await getGroup(change, groupId);
      const people = await listGroupPeople(tx, groupId);
      const concerned = [...new Set([...people.map((person) => person.id), ...(input.personIds ?? [])])];
      await this.#guard.lockPeople(tx, concerned);
      if (input.name !== undefined && input.name !== group.name) {
        await demandFreeName(change, input.name, groupId);
        await renameGroup(tx, groupId, input.name);
        note({ kind: 'group.renamed', data: { group, name: input.name } });
      }
      if (input.roles !== undefined) await this.#changeRoles(change, actor, group, people, input.roles);
      if (input.personIds !== undefined) await this.#changePeople(change, actor, group, people, input.personIds);
      if (input.roles !== undefined || input.personIds !== undefined) {
        await this.#finish(change, actor, group, concerned);
      } else await announcePeople(this.#parts.feed, tx, groupId);
    });
  }

  async delete(actor: Actor, groupId: string): Promise<void> {
    await changeIdentity(this.#parts, actor, 'group.manage', async (change) => {
      const { tx, note } = change;
      const group = await getGroup(change, groupId);
      const people = await listGroupPeople(tx, groupId);
      if (people.some((person) => isOneself(actor, person.id))) throw selfAssignment();
      const personIds = people.map((person) => person.id);
      await this.#guard.lockPeople(tx, personIds);
      await deleteGroup(tx, groupId);
      note({ kind: 'group.deleted', data: { group, people } });
      await this.#guard.accessChanged(tx, personIds, { kind: 'group_deleted', by: actor.personId, note: group.name });
      await announceMe(this.#parts.feed, tx, personIds);
      await announcePeople(this.#parts.feed, tx, groupId);
    });
  }

  get #guard() {
    return this.#parts.guard;
  }

  async #changeRoles(
    change: IdentityTx,
    actor: Actor,
    group: GroupRecord,
    people: readonly GroupPerson[],
    wanted: readonly Role[],
  ): Promise<void> {
    const { added, removed } = differenceOf(await listRoles(change.tx, { groupId: group.id }), wanted);
    if (added.length + removed.length === 0) return;
    if (people.some((person) => isOneself(actor, person.id))) throw selfAssignment();
    await changeRoles(this.#parts, change, actor, holderOf(group), wanted);
  }

  async #changePeople(
    { tx, note }: IdentityTx,
    actor: Actor,
    group: GroupRecord,
    current: readonly GroupPerson[],
    wanted: readonly string[],
  ): Promise<void> {
    const addedIds = [...new Set(wanted)].filter((id) => !current.some((person) => person.id === id));
    const removed = current.filter((person) => !wanted.includes(person.id));
    if ([...addedIds, ...removed.map((person) => person.id)].some((id) => isOneself(actor, id))) {
      throw selfAssignment();
    }
    const added = await listGroupable(tx, addedIds);
    if (added.length !== addedIds.length) {
      throw new AppError('request.invalid', 'Some of these people do not exist or are deactivated.', {
        details: { fields: { personIds: 'Unknown or deactivated people cannot be in a group.' } },
      });
    }
    await addToGroup(tx, group.id, addedIds);
    await removeFromGroup(
      tx,
      group.id,
      removed.map((person) => person.id),
    );
    for (const person of added) note({ kind: 'group.person_added', data: { group, person } });
    for (const person of removed) note({ kind: 'group.person_removed', data: { group, person } });
  }

  /** Also where something was only added: accounts that exist are brought in line with it. */
  async #finish({ tx }: IdentityTx, actor: Actor, group: GroupRecord, personIds: readonly string[]): Promise<void> {
    await this.#guard.accessChanged(tx, personIds, { kind: 'role_lost', by: actor.personId, note: group.name });
    await announceMe(this.#parts.feed, tx, personIds);
    await announcePeople(this.#parts.feed, tx, group.id);
  }
}

const holderOf = ({ id, name }: GroupRecord): Holder => ({ ref: { groupId: id }, kind: 'group', id, name });

async function getGroup({ tx }: IdentityTx, groupId: string): Promise<GroupRecord> {
  const group = await findGroup(tx, groupId);
  if (group === null) throw notFound('group');
  return group;
}

async function demandFreeName({ tx }: IdentityTx, name: string, exceptId: string | null): Promise<void> {
  if (!(await isGroupNameTaken(tx, name, exceptId))) return;
  throw new AppError('group.name_taken', `There is a group named ${name} already.`);
}
