import type { AccessRequest } from '@tidegate/contract';

export const stateLabels: Readonly<Record<AccessRequest['state'], string>> = {
  pending: 'waiting',
  changes_wanted: 'changes wanted',
  approved: 'approved',
  rejected: 'rejected',
  withdrawn: 'withdrawn',
  expired: 'expired',
};

export const requestStates = Object.entries(stateLabels).map(([value, label]) => ({
  value: value as AccessRequest['state'],
  label: label[0]?.toUpperCase() + label.slice(1),
}));

/** Whether production, or anything else that is protected, is part of it. */
export function isProtected(request: Pick<AccessRequest, 'scope'>): boolean {
  return request.scope.databases.some((database) => database.environment.isProtected);
}

/** The environments a request touches, each once. */
export function environmentsOf(request: Pick<AccessRequest, 'scope'>) {
  return [...new Map(request.scope.databases.map(({ environment }) => [environment.id, environment])).values()];
}
