import type { HandlersOf } from '../../platform/http/route.ts';
import type { OpeningPause } from './opening-pause.ts';

export function pauseHandlers(pause: OpeningPause): HandlersOf<'GET /pause' | 'POST /pause/end'> {
  return {
    'GET /pause': async (_input, { actor }) => {
      const found = await pause.find();
      return {
        pause: found === null ? null : { since: found.since.toISOString(), reason: found.reason },
        abilities: { end: found !== null && actor.can('workspace.settings', 'workspace') },
      };
    },
    'POST /pause/end': async (_input, context) => {
      context.authorize('workspace.settings', 'workspace');
      await pause.end(context.actor);
      return { done: true };
    },
  };
}
