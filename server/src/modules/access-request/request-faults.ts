import { AppError } from '../../platform/errors/app-error.ts';
import type { Tx } from '../../platform/store/tx.ts';
import { type AccessRequest, gainersOf } from './access-request.ts';
import type { NamedProject } from './access-request-store.ts';
import type { Caller, RequestParts } from './request-parts.ts';

const stateWords: Partial<Record<AccessRequest['state'], string>> = { changes_wanted: 'waiting for changes' };

export function notPending(request: AccessRequest): AppError {
  const state = stateWords[request.state] ?? request.state;
  return new AppError('access_request.not_pending', `Request #${request.number} is already ${state}.`);
}

/** Refuses with `access_request.changed` unless the person has seen what stands there now. */
export function requireSeen(request: AccessRequest, shownHash: string): void {
  if (shownHash === request.contentHash) return;
  throw new AppError(
    'access_request.changed',
    'This request is not the one you were shown. Read it again, then decide.',
  );
}

/** Nobody decides what he gains from, neither as himself nor as the one through whose eyes he looks. */
export function requireGainsNothing(request: AccessRequest, caller: Caller, project: NamedProject): void {
  const gainers = gainersOf(request, project.isSample);
  if (
    !gainers.includes(caller.personId) &&
    (caller.adminPersonId === null || !gainers.includes(caller.adminPersonId))
  ) {
    return;
  }
  throw new AppError('access_request.own_decision', 'Nobody decides a request of his own. Ask another approver.');
}

export async function getActiveProject(parts: RequestParts, tx: Tx, projectId: string): Promise<NamedProject> {
  const project = await getProject(parts, tx, projectId);
  if (project.state !== 'active') {
    throw new AppError('project.archived', `The project ${project.name} is archived: restore it first.`);
  }
  return project;
}

export async function getProject({ store }: RequestParts, tx: Tx, projectId: string): Promise<NamedProject> {
  const project = (await store.projects([projectId], tx)).get(projectId);
  if (project === undefined)
    throw new AppError('object.not_found', 'This project does not exist, or you may not see it.');
  return project;
}
