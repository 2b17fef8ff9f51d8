import type { ChangeEvent } from '@tidegate/contract';
import type { RouteName } from './client.ts';

export type Topic = ChangeEvent['topic'];
export type ReadRoute = Extract<RouteName, `GET ${string}`>;

/** Which changes make which answers stale. A route that is not here is read anew on every visit and never live. */
const topicsOf: Partial<Record<ReadRoute, readonly Topic[]>> = {
  'GET /me': ['me', 'sample'],
  'GET /people': ['person'],
  'GET /groups': ['person'],
  'GET /principals': ['person'],
  'GET /environments': ['instance'],
  'GET /instances': ['instance', 'sample', 'session'],
  'GET /instances/:instanceId': ['instance', 'session'],
  'GET /databases': ['database', 'instance', 'project', 'grant', 'sample'],
  'GET /databases/:databaseId': ['database', 'instance', 'project', 'grant'],
  'GET /databases/:databaseId/relations': ['database', 'grant'],
  'GET /databases/:databaseId/relations/:relationId': ['database', 'grant'],
  'GET /databases/:databaseId/completion': ['database', 'grant'],
  'GET /editor/databases': ['database', 'instance', 'project', 'grant', 'sample'],
  'GET /projects': ['project', 'member', 'request', 'sample'],
  'GET /projects/:projectId': ['project', 'member', 'request'],
  'GET /databases/:databaseId/labels': ['database'],
  'GET /databases/:databaseId/label-patterns': ['database'],
  'GET /databases/:databaseId/label-suggestions': ['database'],
  'GET /risk-rules': ['rule'],
  'GET /emergency': ['grant', 'session'],
  'GET /emergency/reviews': ['grant', 'statement'],
  'GET /emergency/reviews/:reviewId': ['grant', 'statement'],
  'GET /samples': ['sample'],
  'GET /projects/:projectId/members': ['member', 'grant', 'person'],
  'GET /projects/:projectId/members/:memberId/effect': ['grant', 'session', 'statement'],
  'GET /grants': ['grant', 'session'],
  'GET /grants/:grantId': ['grant', 'session', 'statement'],
  'GET /grants/:grantId/effect': ['grant', 'session', 'statement'],
  'GET /people/:personId/access/effect': ['grant', 'session', 'statement'],
  'GET /databases/:databaseId/access': ['grant', 'session', 'member', 'person'],
  'GET /databases/:databaseId/access/effect': ['grant', 'session', 'statement'],
  'GET /sessions/:sessionId': ['session', 'grant'],
  'GET /my-access': ['grant', 'session'],
  'GET /inbox': ['notice'],
  'GET /requests': ['request', 'grant'],
  'GET /requests/:requestId': ['request', 'grant'],
};

/** Whether an answer of this route may have become stale by a change of these topics. */
export function isStaleBy(route: string, topics: ReadonlySet<Topic>): boolean {
  return topics.has('all') || (topicsOf[route as ReadRoute] ?? []).some((topic) => topics.has(topic));
}
