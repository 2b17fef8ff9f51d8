import type { AccessMissingDetails, MissingAccess } from '@tidegate/contract';
import type { EngineError } from '../../engines/engine.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import type { LiveSession } from './live-session.ts';
import type { RelationCatalog } from './relation-catalog.ts';
import type { StatementEnd } from './statement-log.ts';
import { type RelationTarget, refusalSentence } from './verdict.ts';

/** What is known about the statement when the server refuses a table of it. */
export interface RefusalOffer {
  /** Why the session ended, in words. */
  endReason(error: EngineError): Promise<string>;
  canRequest(projectId: string | null): boolean;
  /** Whether the database's project hides the names of what is not granted. */
  hidesNames(): Promise<boolean>;
  /** What the statement wanted there, as far as the analysis saw. */
  privilegeOn(target: RelationTarget): 'read' | 'write';
}

/**
 * What a failed statement means for the person. A refusal by the server becomes the same offer as one by the ledger;
 * null for what is our own fault.
 */
export async function failureOf(
  error: EngineError | null,
  live: LiveSession,
  catalog: RelationCatalog,
  offer: RefusalOffer,
): Promise<{ error: AppError; state: StatementEnd['state'] } | null> {
  if (error === null) return null;
  if (live.running?.cancelled === true && (error.kind === 'cancelled' || error.kind === 'connection_lost')) {
    return {
      error: new AppError('statement.cancelled', 'Cancelled: the database server has stopped the statement.'),
      state: 'cancelled',
    };
  }
  if (live.endReason !== null || error.kind === 'ended_by_administrator' || error.kind === 'connection_lost') {
    const reason = await offer.endReason(error);
    return {
      error: new AppError('session.ended', `The statement was ended. ${reason}`, { details: { reason } }),
      state: 'ended',
    };
  }
  const namesATable = error.kind === 'access_refused' || error.kind === 'unknown_relation';
  if (namesATable && (await offer.hidesNames())) {
    return { error: hiddenName(live.place.projectId), state: 'failed' };
  }
  if (error.kind === 'access_refused')
    return { error: await refusedByServer(error, live, catalog, offer), state: 'failed' };
  const hint = error.hint === null ? '' : ` ${error.hint}`;
  return {
    error: new AppError('statement.failed', `${error.message}${hint}`, {
      details: { kind: error.kind, serverCode: error.serverCode },
    }),
    state: 'failed',
  };
}

/** The same for a table that is not there and for one that is not granted. */
function hiddenName(projectId: string | null): AppError {
  return new AppError('statement.access_missing', 'There is no such table here, or you have no access to it.', {
    details: { ...missingDetails([], projectId, 'server') },
  });
}

async function refusedByServer(
  error: EngineError,
  live: LiveSession,
  catalog: RelationCatalog,
  offer: RefusalOffer,
): Promise<AppError> {
  const target = error.relation === null ? null : await catalog.resolveName(live.place, error.relation);
  if (target === null) {
    return new AppError('statement.access_missing', `The database refused this: ${error.message}`, {
      details: { ...missingDetails([], live.place.projectId, 'server') },
    });
  }
  const missing: MissingAccess[] = [
    {
      databaseId: target.databaseId,
      databaseName: target.databaseName,
      schema: target.schema,
      table: target.table,
      privilege: offer.privilegeOn(target),
      isRequestable: offer.canRequest(target.projectId),
    },
  ];
  return new AppError('statement.access_missing', refusalSentence(missing), {
    details: { ...missingDetails(missing, live.place.projectId, 'server') },
  });
}

export function missingDetails(
  missing: readonly MissingAccess[],
  projectId: string | null,
  refusedBy: 'ledger' | 'server',
): AccessMissingDetails {
  return {
    missing: [...missing],
    projectId,
    privileges: [...new Set(missing.map((item) => item.privilege))],
    items: missing.map(({ databaseId, schema, table }) => ({ databaseId, schema, table })),
    refusedBy,
    canRequest: missing.length > 0 && missing.every((item) => item.isRequestable),
  };
}
