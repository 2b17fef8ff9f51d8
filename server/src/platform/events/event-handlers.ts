import type { HandlersOf, RequestContext } from '../http/route.ts';
import type { Change, ChangeFeed } from './change-feed.ts';

/** A reader who is this far behind is cut off; he reads everything anew when he comes back. */
const longestBacklog = 1000;

export function eventHandlers(feed: ChangeFeed): HandlersOf<'GET /events'> {
  return {
    'GET /events': async (_input, context) => listenFor(feed, context),
  };
}

/** Rights are asked for each change: they may have been taken away since the stream began. */
function mayHear(context: RequestContext, { audience, event }: Change): boolean {
  const actor = context.maybeActor;
  if (actor === null) return false;
  if (audience.isEverybody === true || audience.personIds.includes(actor.personId)) return true;
  if (event.topic === 'me') return false;
  return audience.projectId !== null && actor.can('project.view', { projectId: audience.projectId });
}

/** Listens from now on, not from the first read: nothing between the answer's beginning and that read is lost. */
function listenFor(feed: ChangeFeed, context: RequestContext): AsyncIterable<Change['event']> {
  const { signal } = context;
  const backlog: Change[] = [];
  let wake: () => void = () => {};
  let hasGap = false;
  const unsubscribe = feed.subscribe(
    (change) => {
      backlog.push(change);
      wake();
    },
    () => {
      hasGap = true;
      wake();
    },
  );
  const letGo = () => {
    unsubscribe();
    wake();
  };
  signal.addEventListener('abort', letGo, { once: true });
  if (signal.aborted) letGo();

  return (async function* relay() {
    // After a gap the stream ends: who comes back reads everything anew.
    while (!signal.aborted && !hasGap && backlog.length <= longestBacklog) {
      const change = backlog.shift();
      if (change === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (mayHear(context, change)) yield change.event;
    }
  })();
}
