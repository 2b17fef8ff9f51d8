import { AppError } from '../../platform/errors/app-error.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { Tx } from '../../platform/store/tx.ts';
import { byActor } from '../audit/index.ts';
import { announceMe, type IdentityParts } from './identity-parts.ts';
import { hashPassword, isPassword } from './password.ts';
import {
  findPerson,
  findPersonByEmail,
  findSamplePerson,
  holdForSignIn,
  type PersonRecord,
  setPassword,
} from './person-store.ts';
import { type SignInLimits, TooManyAttempts } from './sign-in-limits.ts';
import { deleteSignIns, insertSignIn, takeSignIn } from './sign-in-store.ts';

/** What a browser comes with. */
export interface Visitor {
  readonly address: string;
  /** The token of its cookie. */
  readonly token: string | null;
}

interface Parts extends IdentityParts {
  readonly limits: SignInLimits;
}

/** Signing in and out, the own password, and looking through the sample person's eyes. Answers with the new cookie's token. */
export class SignInService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Refuses with `auth.failed`, always the same and as slowly, whatever it was that did not fit. */
  async signIn(email: string, password: string, visitor: Visitor): Promise<string> {
    const { db, limits, audit } = this.#parts;
    const address = email.trim().toLowerCase();
    await this.#beginAttempt(address, visitor);
    const person = await findPersonByEmail(db, address);
    const isRight = await isPassword(password, person?.passwordHash ?? null);
    if (person === null || !isRight || person.state !== 'active') {
      await this.#recordFailure(person, isRight, visitor);
      throw signInFailed();
    }
    await limits.succeeded(address, visitor.address);
    return db.transaction().execute(async (tx) => {
      if (!(await holdForSignIn(tx, person))) throw signInFailed();
      const token = await this.replaceSignIn(tx, { personId: person.id, adminPersonId: null }, visitor);
      const data = { address: visitor.address };
      await audit.append(tx, { kind: 'auth.signed_in', actorId: person.id, data });
      return token;
    });
  }

  /** A new sign-in instead of the one that the browser had. */
  async replaceSignIn(
    tx: Tx,
    who: { readonly personId: string; readonly adminPersonId: string | null; readonly expiresAt?: Date },
    visitor: Visitor,
  ): Promise<string> {
    if (visitor.token !== null) await takeSignIn(tx, visitor.token);
    return insertSignIn(tx, { ...who, address: visitor.address });
  }

  async signOut(actor: Actor, visitor: Visitor): Promise<void> {
    const { db, audit, feed } = this.#parts;
    await db.transaction().execute(async (tx) => {
      if (visitor.token !== null) await takeSignIn(tx, visitor.token);
      await announceMe(feed, tx, [actor.personId]);
      await audit.append(tx, { kind: 'auth.signed_out', ...byActor(actor), data: {} });
    });
  }

  /** Of the person who is really there: an administrator does not sign the sample person out by it. */
  async signOutEverywhere(actor: Actor): Promise<void> {
    const { db, audit, feed } = this.#parts;
    const personId = actor.adminPersonId ?? actor.personId;
    await db.transaction().execute(async (tx) => {
      const signInsEnded = await deleteSignIns(tx, personId);
      await announceMe(feed, tx, [personId, actor.personId]);
      await audit.append(tx, { kind: 'auth.signed_out_everywhere', ...byActor(actor), data: { signInsEnded } });
    });
  }

  /** Needs the current password, counted like a sign-in. All other sign-ins of the person end; this one gets a new id. */
  async changePassword(actor: Actor, current: string, next: string, visitor: Visitor): Promise<string> {
    const { db, limits, audit, feed } = this.#parts;
    if (actor.adminPersonId !== null) {
      throw new AppError('auth.forbidden', 'The sample person’s password cannot be changed while you continue as dev.');
    }
    await this.#beginAttempt(actor.email, visitor);
    const person = await findPerson(db, actor.personId);
    if (person === null || !(await isPassword(current, person.passwordHash))) {
      await this.#recordFailure(person, false, visitor);
      throw new AppError('auth.failed', 'The current password is wrong.');
    }
    await limits.succeeded(actor.email, visitor.address);
    if (current === next) throw samePassword();
    const passwordHash = await hashPassword(next);
    return db.transaction().execute(async (tx) => {
      await setPassword(tx, person.id, passwordHash);
      const signInsEnded = (await deleteSignIns(tx, person.id)) - 1;
      const token = await insertSignIn(tx, { personId: person.id, adminPersonId: null, address: visitor.address });
      await announceMe(feed, tx, [person.id]);
      await audit.append(tx, { kind: 'auth.password_changed', ...byActor(actor), data: { signInsEnded } });
      return token;
    });
  }

  /** The administrator's sign-in is put aside, not kept: coming back makes a new one with the same end. */
  async continueAsDev(actor: Actor, visitor: Visitor): Promise<string> {
    return this.#parts.db.transaction().execute(async (tx) => {
      const dev = await findSamplePerson(tx);
      if (dev === null) throw new AppError('sample.absent', 'There is no sample person. Add the samples first.');
      const token = await this.#follow(tx, visitor, { personId: dev.id, adminPersonId: actor.personId });
      const data = { person: { id: dev.id, name: dev.name } };
      await this.#parts.audit.append(tx, { kind: 'auth.continued_as_dev', ...byActor(actor), data });
      return token;
    });
  }

  async returnFromDev(actor: Actor, visitor: Visitor): Promise<string> {
    const { adminPersonId } = actor;
    if (adminPersonId === null) throw new AppError('object.conflict', 'You are yourself already.');
    return this.#parts.db.transaction().execute(async (tx) => {
      const token = await this.#follow(tx, visitor, { personId: adminPersonId, adminPersonId: null });
      await this.#parts.audit.append(tx, { kind: 'auth.returned_from_dev', ...byActor(actor), data: {} });
      return token;
    });
  }

  async #follow(tx: Tx, visitor: Visitor, who: { personId: string; adminPersonId: string | null }): Promise<string> {
    const former = visitor.token === null ? null : await takeSignIn(tx, visitor.token);
    // Ended between the check of the cookie and here, for example by signing out everywhere.
    if (former === null) throw new AppError('auth.required', 'Sign in first.');
    return insertSignIn(tx, { ...who, address: visitor.address, expiresAt: former.expiresAt });
  }

  async #beginAttempt(email: string, visitor: Visitor): Promise<void> {
    try {
      await this.#parts.limits.begin(email, visitor.address);
    } catch (error) {
      if (error instanceof TooManyAttempts && error.isFirst) {
        const person = await findPersonByEmail(this.#parts.db, email);
        const data = { address: visitor.address, person: named(person) };
        await this.#parts.audit.record({ kind: 'auth.sign_in_stopped', actorId: null, data });
      }
      throw error;
    }
  }

  /** What was typed into the e-mail field is not kept: it may be a password. */
  async #recordFailure(person: PersonRecord | null, isRight: boolean, visitor: Visitor): Promise<void> {
    const reason = person === null ? 'unknown e-mail' : isRight ? `person is ${person.state}` : 'wrong password';
    const data = { address: visitor.address, person: named(person), reason };
    await this.#parts.audit.record({ kind: 'auth.sign_in_failed', actorId: null, data });
  }
}

function signInFailed(): AppError {
  return new AppError('auth.failed', 'E-mail or password is wrong.');
}

function samePassword(): AppError {
  const message = 'Choose a password that differs from the current one.';
  return new AppError('request.invalid', message, { details: { fields: { next: message } } });
}

const named = (person: PersonRecord | null) => (person === null ? null : { id: person.id, name: person.name });
