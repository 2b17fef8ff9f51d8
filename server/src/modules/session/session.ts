import type { EngineKind } from '../../engines/engine.ts';

export type SessionState = 'opening' | 'open' | 'ended';

export interface SessionRecord {
  readonly id: string;
  readonly personId: string;
  readonly databaseId: string;
  readonly accountId: string | null;
  readonly serverId: string;
  readonly state: SessionState;
  readonly openedAt: Date;
  readonly endedAt: Date | null;
  readonly endReason: string | null;
}

/** Who opens; the caller's name and mail label the connection at the server. */
export interface SessionOwner {
  readonly personId: string;
  readonly adminPersonId: string | null;
  readonly name: string;
  readonly email: string;
}

/** A database as opening a session needs it. */
export interface SessionPlace {
  readonly databaseId: string;
  readonly databaseName: string;
  readonly instanceId: string;
  readonly instanceTitle: string;
  readonly engine: EngineKind;
  readonly projectId: string | null;
  readonly projectName: string | null;
  readonly isProjectArchived: boolean;
  readonly isUnregistering: boolean;
  readonly isVanished: boolean;
}

/** How many sessions one person may have at once; the database account's connection limit leaves room beyond it. */
export const mostSessionsAPerson = 20;

/** Minutes without a statement after which a session is ended, so that forgotten tabs do not use them up. */
export const idleMinutes = 60;
