import type { AccessRequest } from '@tidegate/contract';

export interface ParkedSituation {
  readonly request: Pick<AccessRequest, 'state' | 'grantState'>;
  readonly isRead: boolean;
  /** The tab is on screen, and the page is in view. */
  readonly isInView: boolean;
  /** The parked statement still stands in the tab as it was sent. */
  readonly isTextUnchanged: boolean;
  /** Another statement runs in the tab. */
  readonly isBusy: boolean;
}

/**
 * What becomes of a parked statement. `run`: it runs by itself. `offer`: it waits for one key. `wait`: nothing was
 * decided yet, or changes are wanted. `refused`: the answer was no. `over`: the access has already ended again, or nobody asks any more.
 */
export type ParkedStep = 'wait' | 'run' | 'offer' | 'refused' | 'over';

export function parkedStep({ request, isRead, isInView, isTextUnchanged, isBusy }: ParkedSituation): ParkedStep {
  if (request.state === 'pending' || request.state === 'changes_wanted') return 'wait';
  if (request.state === 'rejected') return 'refused';
  if (request.state !== 'approved') return 'over';
  // The grant is being opened: its own event follows.
  if (request.grantState === null || request.grantState === 'scheduled') return 'wait';
  if (request.grantState !== 'active') return 'over';
  return isRead && isInView && isTextUnchanged && !isBusy ? 'run' : 'offer';
}
