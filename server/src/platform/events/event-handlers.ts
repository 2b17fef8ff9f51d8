import type { ChangeEvent } from '@tidegate/contract';
import type { HandlersOf, RequestContext } from '../http/route.ts';
import type { Change, ChangeFeed } from './change-feed.ts';
import { RecentChanges } from './recent-changes.ts';

/** A reader who is this far behind is cut off; he is told what he missed when he comes back. */
const longestBacklog = 1000;

const everything: ChangeEvent = { topic: 'all', id: null, projectId: null };

export function eventHandlers(feed: ChangeFeed): HandlersOf<'GET /events'> {
  const recent = new RecentChanges(feed);
  return {
    'GET /events': async ({ query }, context) => {
      const before = query.agoMs === undefined ? null : recent.ofLast(query.agoMs);
      return listenFor(feed, before, context);
    },
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

/**
 * Listens from now on, not from the first read: nothing between the answer's beginning and that read is lost. `before` is
 * what was heard until now, null where that is not known.
 */
function listenFor(
  feed: ChangeFeed,
  before: readonly Change[] | null,
  context: RequestContext,
): AsyncIterable<ChangeEvent> {
  const { signal } = context;
  const backlog: Change[] = [...(before ?? [])];
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
    if (before === null) yield everything;
    // After a gap the stream ends: who comes back is told that everything may have changed.
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
