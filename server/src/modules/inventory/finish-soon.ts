/** What went wrong in work that nobody waits for any more. */
export type BackgroundFailure = (error: unknown, what: string) => void;

/**
 * Waits for the work, but not longer than `withinMs`; it then goes on by itself. Its failure never reaches the caller:
 * the work keeps its own outcome, and what it could not keep is reported.
 */
export async function finishSoon(
  work: Promise<unknown>,
  withinMs: number,
  what: string,
  onFailure: BackgroundFailure,
): Promise<void> {
  const { promise: timeUp, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, withinMs);
  const settled = work.then(
    () => undefined,
    (error: unknown) => onFailure(error, what),
  );
  await Promise.race([settled, timeUp]);
  clearTimeout(timer);
}
