import type { RightsNow } from '../modules/access-request/index.ts';
import type { ActorLoader } from '../modules/identity/index.ts';

/** Rights as they are inside the decision's own transaction, not as they were when the page was opened. */
export function rightsNow(actors: ActorLoader): RightsNow {
  return {
    mayRequest: async (tx, personId, projectId) =>
      (await actors.byPersonId(personId, tx))?.can('request.create', { projectId }) ?? false,
  };
}
