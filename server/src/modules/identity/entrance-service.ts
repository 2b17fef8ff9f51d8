import { AppError } from '../../platform/errors/app-error.ts';
import { lockIdentity } from './identity-change.ts';
import { announceMe, announcePeople, type IdentityParts } from './identity-parts.ts';
import { findOpenInvitation, type OpenInvitation, takeInvitation } from './invitation-store.ts';
import { hashPassword } from './password.ts';
import { insertPerson, isAnybodyRegistered, setPassword, setPersonState } from './person-store.ts';
import { insertRole } from './role-store.ts';
import type { SignInService, Visitor } from './sign-in-service.ts';
import { deleteSignIns } from './sign-in-store.ts';

interface Parts extends IdentityParts {
  readonly signIns: SignInService;
}

export interface Registration {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** The two ways in for those who cannot sign in yet: the first registration, and an invitation. */
export class EntranceService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async isRegistrationOpen(): Promise<boolean> {
    return !(await isAnybodyRegistered(this.#parts.db));
  }

  /** The first person becomes Workspace Admin; of two at once, one. Refuses with `setup.closed`. */
  async register(input: Registration, visitor: Visitor): Promise<{ personId: string; token: string }> {
    const { db, audit, signIns } = this.#parts;
    // Before the costly hash, so that a closed door costs nothing to keep closed.
    if (!(await this.isRegistrationOpen())) throw setupClosed();
    const passwordHash = await hashPassword(input.password);
    return db.transaction().execute(async (tx) => {
      await lockIdentity(tx);
      if (await isAnybodyRegistered(tx)) throw setupClosed();
      const { name, email } = input;
      const personId = await insertPerson(tx, {
        name,
        email,
        passwordHash,
        mustChangePassword: false,
        state: 'active',
      });
      await insertRole(tx, { personId }, 'workspace_admin', personId);
      const token = await signIns.replaceSignIn(tx, { personId, adminPersonId: null }, visitor);
      const data = { person: { id: personId, name }, email, address: visitor.address };
      await audit.append(tx, { kind: 'person.registered', actorId: personId, data });
      return { personId, token };
    });
  }

  async getInvitation(token: string): Promise<OpenInvitation> {
    const invitation = await findOpenInvitation(this.#parts.db, token);
    if (invitation === null) throw invitationInvalid();
    return invitation;
  }

  /** Works once, for the person it was made for; earlier sign-ins of that person end. */
  async acceptInvitation(token: string, password: string, visitor: Visitor): Promise<string> {
    const { db, audit, feed, signIns } = this.#parts;
    await this.getInvitation(token);
    const passwordHash = await hashPassword(password);
    return db.transaction().execute(async (tx) => {
      await lockIdentity(tx);
      const invitation = await takeInvitation(tx, token);
      if (invitation === null) throw invitationInvalid();
      const { personId, name } = invitation;
      await setPassword(tx, personId, passwordHash);
      await setPersonState(tx, personId, 'active');
      await deleteSignIns(tx, personId);
      const signIn = await signIns.replaceSignIn(tx, { personId, adminPersonId: null }, visitor);
      await announceMe(feed, tx, [personId]);
      await announcePeople(feed, tx, personId);
      const data = { person: { id: personId, name }, address: visitor.address };
      await audit.append(tx, { kind: 'invitation.accepted', actorId: personId, data });
      return signIn;
    });
  }
}

function setupClosed(): AppError {
  return new AppError(
    'setup.closed',
    'Somebody has registered already. Ask an administrator of the workspace to add you.',
  );
}

function invitationInvalid(): AppError {
  return new AppError(
    'invitation.invalid',
    'This link has been used, has expired or was replaced by a newer one. Ask an administrator for a new one.',
  );
}
