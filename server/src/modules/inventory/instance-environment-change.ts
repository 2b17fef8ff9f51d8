import type { Tx } from '../../platform/store/tx.ts';
import type { AccessGuard } from '../identity/index.ts';
import type { Author } from './author.ts';
import type { EnvironmentService } from './environment-service.ts';
import type { InstanceStore } from './instance-store.ts';
import { lockRoleReaders } from './role-readers.ts';

/** Moving an instance or a database to an environment that forbids reading by role ends the grants that came from it. */
export class InstanceEnvironmentChange {
  readonly #parts: { guard: AccessGuard; instances: InstanceStore; environments: EnvironmentService };

  constructor(parts: { guard: AccessGuard; instances: InstanceStore; environments: EnvironmentService }) {
    this.#parts = parts;
  }

  /** Called first in the transaction; what it answers is called after the change. */
  async begin(tx: Tx, instanceId: string, environmentId: string | undefined): Promise<(by: Author) => Promise<void>> {
    const nothing = async () => undefined;
    if (environmentId === undefined) return nothing;
    const next = await this.#parts.environments.get(environmentId);
    if (next.allowsReadByRole) return nothing;
    const databases = await this.#parts.instances.databasesInheriting(tx, instanceId);
    const people = await lockRoleReaders(this.#parts.guard, tx, databases);
    const note = `The environment became ${next.name}`;
    return async (by) =>
      await this.#parts.guard.accessChanged(tx, people, { kind: 'role_lost', by: by.personId, note });
  }
}
