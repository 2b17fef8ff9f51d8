import { setTimeout as pause } from 'node:timers/promises';

const [firstWaitMs, lastWaitMs] = [100, 2_000];

/**
 * A request to stop a statement that reaches the server before the statement has begun, or in between two of its messages,
 * is lost without a word. Asks again, less and less often, until the statement is `over`. Never rejects.
 */
export async function insist(ask: () => Promise<void>, over: Promise<unknown>): Promise<void> {
  const end = over.then(
    () => true,
    () => true,
  );
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, lastWaitMs)) {
    if (await Promise.race([end, pause(waitMs, false, { ref: false })])) return;
    await ask().catch(() => undefined); // The next one may be heard.
  }
}
