import { AppError } from '../errors/app-error.ts';

export interface RequestOrigin {
  readonly method: string;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  /** Host and port that the request was sent to. */
  readonly host: string;
  readonly externalUrl: string | null;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site makes a browser send with our cookie. A change must prove by `Origin` or `Sec-Fetch-Site`
 * (which pages cannot forge) that it comes from our own pages; both are checked where both are there. Reads of other
 * sites' pages are refused too, except that a link may be followed.
 */
export function checkOrigin(request: RequestOrigin): void {
  const { origin, fetchSite } = request;
  if (safeMethods.has(request.method)) {
    const isForeign = fetchSite === 'cross-site' || fetchSite === 'same-site';
    if (isForeign && request.fetchMode !== 'navigate') throw refused(request);
    return;
  }
  if (origin === undefined && fetchSite === undefined) throw refused(request);
  if (fetchSite !== undefined && fetchSite !== 'same-origin') throw refused(request);
  if (origin !== undefined && !isOurOrigin(origin, request)) throw refused(request);
}

/** Without a configured address the host decides: a page of another host cannot name ours as its origin. */
function isOurOrigin(origin: string, request: RequestOrigin): boolean {
  if (!URL.canParse(origin)) return false;
  if (request.externalUrl !== null) return new URL(origin).origin === new URL(request.externalUrl).origin;
  return new URL(origin).host === request.host.toLowerCase();
}

function refused(request: RequestOrigin): AppError {
  const where = request.externalUrl === null ? 'the address it was opened under' : new URL(request.externalUrl).origin;
  return new AppError('request.origin_refused', `This did not come from a page of Tidegate itself. Use ${where}.`);
}
