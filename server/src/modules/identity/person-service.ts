import type { Role } from '@tidegate/contract';
import { AppError, notFound } from '../../platform/errors/app-error.ts';
import type { Actor } from '../../platform/http/route.ts';
import { changeIdentity, type IdentityTx, isOneself } from './identity-change.ts';
import { announceMe, announcePeople, type IdentityParts } from './identity-parts.ts';
import { insertInvitation, type NewInvitation, withdrawInvitations } from './invitation-store.ts';
import { hashPassword } from './password.ts';
import {
  findPerson,
  findPersonByEmail,
  insertPerson,
  type PersonRecord,
  renamePerson,
  setPersonState,
} from './person-store.ts';
import { carriesAccess, changeRoles, differenceOf, selfAssignment } from './role-change.ts';
import { listRoles } from './role-store.ts';
import { deleteSignIns } from './sign-in-store.ts';

export interface AddPerson {
  readonly name: string;
  readonly email: string;
  readonly roles: readonly Role[];
  readonly firstPassword: string | null;
}
export interface PersonChange {
  readonly name?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
}

/** Adding people, their names and workspace-wide roles, deactivation. Every refusal is a code of the contract. */
export class PersonService {
  readonly #parts: IdentityParts;

  constructor(parts: IdentityParts) {
    this.#parts = parts;
  }

  /** By invitation, or with a first password that must be changed at the first sign-in. */
  async add(actor: Actor, input: AddPerson): Promise<{ personId: string; invitation: NewInvitation | null }> {
    const passwordHash = input.firstPassword === null ? null : await hashPassword(input.firstPassword);
    return changeIdentity(this.#parts, actor, 'person.manage', async (change) => {
      const { tx, note } = change;
      if ((await findPersonByEmail(tx, input.email)) !== null) {
        throw new AppError('person.email_taken', `Somebody with the e-mail ${input.email} is here already.`);
      }
      const { name, email } = input;
      const state = passwordHash === null ? 'invited' : 'active';
      const personId = await insertPerson(tx, { name, email, passwordHash, mustChangePassword: true, state });
      const invitation = passwordHash === null ? await insertInvitation(tx, personId, actor.personId) : null;
      note({ kind: 'person.added', data: { person: { id: personId, name }, email, isInvited: invitation !== null } });
      await changeRoles(this.#parts, change, actor, this.#holder({ id: personId, name }), input.roles);
      await announcePeople(this.#parts.feed, tx, personId);
      return { personId, invitation };
    });
  }

  /** Losing a role ends the access that came with it, in the same transaction. */
  async update(actor: Actor, personId: string, input: PersonChange): Promise<void> {
    await changeIdentity(this.#parts, actor, 'person.manage', async (change) => {
      const { tx, note } = change;
      await this.#parts.guard.lockPeople(tx, [personId]);
      const person = await this.#get(change, personId);
      if (input.name !== undefined && input.name !== person.name) {
        await renamePerson(tx, personId, input.name);
        note({ kind: 'person.renamed', data: { person: named(person), name: input.name } });
      }
      if (input.roles !== undefined) await this.#updateRoles(change, actor, person, input.roles);
      await announcePeople(this.#parts.feed, tx, personId);
    });
  }

  /** Signs out everywhere and ends all access. Roles that carry access go with it; others are there again afterwards. */
  async deactivate(actor: Actor, personId: string): Promise<void> {
    await changeIdentity(this.#parts, actor, 'person.manage', async (change) => {
      const { tx, note } = change;
      if (isOneself(actor, personId)) throw new AppError('person.self_refused', 'You cannot deactivate yourself.');
      await this.#parts.guard.lockPeople(tx, [personId]);
      const person = await this.#get(change, personId);
      if (person.state === 'deactivated') return;
      await setPersonState(tx, personId, 'deactivated');
      await withdrawInvitations(tx, personId);
      const signIns = await deleteSignIns(tx, personId);
      note({ kind: 'person.deactivated', data: { person: named(person), signInsEnded: signIns } });
      const kept = (await listRoles(tx, { personId })).filter((role) => !carriesAccess(role));
      await changeRoles(this.#parts, change, actor, this.#holder(person), kept);
      const cause = { kind: 'person_deactivated', by: actor.personId } as const;
      await this.#parts.guard.accessChanged(tx, [personId], cause);
      await announceMe(this.#parts.feed, tx, [personId]);
      await announcePeople(this.#parts.feed, tx, personId);
    });
  }

  /** He may sign in again; what has ended stays ended. */
  async activate(actor: Actor, personId: string): Promise<void> {
    await changeIdentity(this.#parts, actor, 'person.manage', async (change) => {
      const { tx, note } = change;
      await this.#parts.guard.lockPeople(tx, [personId]);
      const person = await this.#get(change, personId);
      if (person.state !== 'deactivated') return;
      await setPersonState(tx, personId, person.passwordHash === null && !person.isSample ? 'invited' : 'active');
      note({ kind: 'person.activated', data: { person: named(person) } });
      await announcePeople(this.#parts.feed, tx, personId);
    });
  }

  /** A new link to choose a password by. Not for oneself: one's own password is changed by knowing it. */
  async invite(actor: Actor, personId: string): Promise<NewInvitation> {
    return changeIdentity(this.#parts, actor, 'person.manage', async (change) => {
      const { tx, note } = change;
      if (isOneself(actor, personId)) {
        throw new AppError('person.self_refused', 'Change your own password under your name instead.');
      }
      const person = await this.#get(change, personId);
      if (person.state === 'deactivated') throw deactivated(person);
      const invitation = await insertInvitation(tx, personId, actor.personId);
      note({ kind: 'invitation.created', data: { person: named(person) } });
      return invitation;
    });
  }

  async #updateRoles(change: IdentityTx, actor: Actor, person: PersonRecord, wanted: readonly Role[]): Promise<void> {
    const { tx } = change;
    const { added, removed } = differenceOf(await listRoles(tx, { personId: person.id }), wanted);
    if (added.length + removed.length === 0) return;
    if (isOneself(actor, person.id)) throw selfAssignment();
    if (person.state === 'deactivated') throw deactivated(person);
    await changeRoles(this.#parts, change, actor, this.#holder(person), wanted);
    const cause = { kind: 'role_lost', by: actor.personId } as const;
    if (removed.length > 0) await this.#parts.guard.accessChanged(tx, [person.id], cause);
    await announceMe(this.#parts.feed, tx, [person.id]);
  }

  async #get({ tx }: IdentityTx, personId: string): Promise<PersonRecord> {
    const person = await findPerson(tx, personId);
    if (person === null) throw notFound('person');
    return person;
  }

  #holder({ id, name }: { readonly id: string; readonly name: string }) {
    return { ref: { personId: id }, kind: 'person', id, name } as const;
  }
}

const named = ({ id, name }: PersonRecord) => ({ id, name });

function deactivated(person: PersonRecord): AppError {
  return new AppError('object.conflict', `${person.name} is deactivated. Activate him or her first.`);
}
