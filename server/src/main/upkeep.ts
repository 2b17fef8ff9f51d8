import type { Log } from '../platform/log/log.ts';

export interface Upkeep {
  /** Resolves when the pass that runs, if any, is over. */
  stop(): Promise<void>;
}

const everyMs = 15_000;

const hourMs = 3_600_000;

/** For what need not be looked at more often than once an hour; one that fails is tried again next time. */
export function hourly(task: () => Promise<unknown>, now = () => performance.now()): () => Promise<void> {
  let dueAt = 0;
  return async () => {
    if (now() < dueAt) return;
    await task();
    dueAt = now() + hourMs;
  };
}

/** Does these things every quarter of a minute, one after the other; one that fails is tried again next time. */
export function startUpkeep(tasks: Readonly<Record<string, () => Promise<unknown>>>, log: Log): Upkeep {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let pass: Promise<void> = Promise.resolve();
  const runAll = async (): Promise<void> => {
    for (const [what, task] of Object.entries(tasks)) {
      if (isStopped) return;
      await task().catch((err: unknown) => log.warn({ err }, `${what} failed`));
    }
  };
  const later = (): void => {
    timer = setTimeout(() => {
      pass = runAll().then(() => {
        if (!isStopped) later();
      });
    }, everyMs);
  };
  later();
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await pass;
    },
  };
}
