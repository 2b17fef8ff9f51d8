import type { Grant } from '@tidegate/contract';

const sources: Readonly<Record<Grant['source'], string>> = {
  request: 'approved request',
  membership: 'membership',
  role: 'administrative role',
  emergency: 'emergency',
};

/** Where a grant comes from, in words. */
export function sourceWords(grant: Pick<Grant, 'source' | 'project'>): string {
  const words = sources[grant.source];
  return grant.source === 'membership' && grant.project ? `${words} of ${grant.project.name}` : words;
}

type End = NonNullable<Grant['end']>;
const ends: Readonly<Record<End['kind'], string>> = {
  expired: 'its time was over',
  revoked: 'it was revoked',
  given_back: 'it was given back',
  narrowed: 'it was narrowed',
  role_lost: 'the role was lost',
  person_deactivated: 'the person was deactivated',
  group_deleted: 'the group was deleted',
  database_moved: 'the database moved to another project',
  database_vanished: 'the database vanished',
  project_archived: 'the project was archived',
  instance_unregistered: 'the instance was unregistered',
};

/** Why a grant ended: `it was revoked by Ada`. */
export function endWords(end: End): string {
  return end.by ? `${ends[end.kind]} by ${end.by.name}` : ends[end.kind];
}

/** Privileges as they are said: `read and write`. */
export function privilegeWords(privileges: readonly string[]): string {
  return privileges.join(' and ');
}
