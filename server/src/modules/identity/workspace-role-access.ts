import type { ProjectRole } from '@tidegate/contract';
import type { Tx } from '../../platform/store/tx.ts';

/** A project role with privileges was given workspace-wide: to one person or to one group. */
export interface GivenRole {
  readonly workspaceRoleId: string;
  readonly role: ProjectRole;
  readonly personId: string | null;
  readonly groupId: string | null;
  readonly by: string;
}

/**
 * Makes the ledger rows that such a role carries, in the same transaction. Declared here because roles are given here;
 * the grant module implements it, and `main` wires it. What is taken away goes by `AccessGuard.accessChanged`.
 */
export interface WorkspaceRoleAccess {
  roleGiven(tx: Tx, given: GivenRole): Promise<void>;
}
