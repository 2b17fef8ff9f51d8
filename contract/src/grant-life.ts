import { z } from 'zod';
import { effect, expiry, grant, grantDetail, grantState, member, scope } from './access.ts';
import { defineRoutes } from './route.ts';
import { abilities, done, id, instant, pageOf, pageQuery, privilege, text } from './values.ts';

/** What is left of a grant; what is not named stays as it is. */
export const narrowing = z.object({
  scope: scope.optional(),
  privileges: z.array(privilege).min(1, 'Keep at least one privilege, or end the grant.').max(3).optional(),
  expiresAt: instant.optional(),
});
export type Narrowing = z.output<typeof narrowing>;

/** Who can use a database now, by one row of the ledger each. */
export const databaseReader = z.object({
  person: z.object({ id, name: z.string(), email: z.string() }),
  /** The group by which he holds it. */
  groupName: z.string().nullable(),
  grantId: id,
  source: grant.shape.source,
  privileges: z.array(privilege),
  /** What of the database, in words. */
  sentence: z.string(),
  startsAt: instant,
  expiresAt: instant.nullable(),
  state: grantState,
  openSessions: z.number().int(),
});

const grantId = z.object({ grantId: id });
const personId = z.object({ personId: id });
const databaseId = z.object({ databaseId: id });
const note = text(500).default('');

export const grantLifeRoutes = defineRoutes({
  'POST /grants/:grantId/narrow/effect': {
    access: { permission: 'self.manage' },
    summary: 'What narrowing a grant would end; changes nothing. The holder’s own, or with `grant.revoke`.',
    params: grantId,
    body: narrowing,
    response: effect,
  },
  'POST /grants/:grantId/narrow': {
    access: { permission: 'self.manage' },
    summary:
      'Takes tables, privileges or time away and answers what is left. Sessions end only where something is lost. The holder’s own, or with `grant.revoke`.',
    params: grantId,
    body: narrowing.extend({ note }),
    response: grantDetail,
  },
  'POST /projects/:projectId/members/:memberId/extend': {
    access: { permission: 'member.grant' },
    summary:
      'Moves the end of a membership, and of the access that came with it, to later; disconnects nobody. Never one’s own. With data access it needs `member.grant_access`.',
    params: z.object({ projectId: id, memberId: id }),
    body: z.object({ expiry }),
    response: member,
  },
  'GET /people/:personId/access/effect': {
    access: { permission: 'grant.revoke' },
    summary: 'What revoking all access of a person would end: in a project, or everywhere.',
    params: personId,
    query: z.object({ projectId: id.optional() }),
    response: effect.extend({ grants: z.number().int() }),
  },
  'POST /people/:personId/access/revoke': {
    access: { permission: 'grant.revoke' },
    summary: 'Ends every grant that the person holds himself: in a project, or everywhere. Roles and groups stay.',
    params: personId,
    body: z.object({ projectId: id.nullable().default(null), note }),
    response: done.extend({ grants: z.number().int() }),
  },
  'GET /databases/:databaseId/access': {
    access: { permission: 'grant.list' },
    summary: 'Who can use the database now, by which row of the ledger, and until when.',
    params: databaseId,
    query: z.object(pageQuery),
    response: pageOf(databaseReader).extend({ abilities }),
  },
  'GET /databases/:databaseId/access/effect': {
    access: { permission: 'grant.revoke' },
    summary: 'What revoking all access on the database would end.',
    params: databaseId,
    response: effect.extend({ grants: z.number().int() }),
  },
  'POST /databases/:databaseId/access/revoke': {
    access: { permission: 'grant.revoke' },
    summary:
      'Takes the database out of every grant: those on it alone end, others keep their other databases. Roles held in every project stay.',
    params: databaseId,
    body: z.object({ note }),
    response: done.extend({ grants: z.number().int() }),
  },
});
