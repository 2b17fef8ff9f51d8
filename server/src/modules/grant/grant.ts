import type { Privilege, ProjectRole, Role, Scope } from '@tidegate/contract';
import type { EndKind } from '../identity/index.ts';

export type GrantSource = 'request' | 'membership' | 'role' | 'emergency';

/** A row of the ledger to be made. `startsAt` is included, `expiresAt` excluded; null never ends. */
export interface NewGrant {
  readonly source: GrantSource;
  readonly holder: { readonly kind: 'person' | 'group'; readonly id: string };
  /** Null: every project, for a project role held workspace-wide; or a `role` row on a database without a project. */
  readonly projectId: string | null;
  readonly scope: Scope;
  readonly privileges: readonly Privilege[];
  readonly reason: string;
  readonly grantedBy: string | null;
  readonly startsAt: Date;
  readonly expiresAt: Date | null;
  readonly requestId?: string | null;
  readonly projectMemberId?: string | null;
  readonly workspaceRoleId?: string | null;
  readonly role?: ProjectRole | Role | null;
  /** The open row that it is added to; it ends with it. */
  readonly addedTo?: string | null;
  /** The wider row of which it is what is left. */
  readonly replaces?: string | null;
  /** Who makes it, where that is not who granted it. */
  readonly by?: { readonly by: string | null; readonly onBehalfOf?: string | null | undefined };
}

/** Why a row ends. `by` is null when time or a rule ended it. */
export interface EndCause {
  readonly kind: EndKind;
  readonly by: string | null;
  /** The administrator behind `by`, while he continues as the sample person. */
  readonly onBehalfOf?: string | null | undefined;
  readonly note?: string | undefined;
}

/** How long a `role` row lasts from its last use, in minutes. */
export const roleGrantMinutes = 60;
