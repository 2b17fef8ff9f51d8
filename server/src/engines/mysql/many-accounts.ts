import type { AccountState, EndedSession, EngineAdmin, ManyAccounts } from '../engine.ts';

export type OneAccount = Pick<EngineAdmin, 'blockLogin' | 'endSessions' | 'dropAccount'> & {
  inspectAccount(name: string): ReturnType<EngineAdmin['inspectAccount']>;
};

/** At once: the connecting user keeps only a few connections. */
const width = 4;

/** MySQL has no transactions over accounts: one statement for many would stop halfway at the first that fails. */
export function manyOneByOne(
  one: OneAccount,
  inspectTogether: (names: readonly string[]) => Promise<ReadonlyMap<string, AccountState> | null>,
): ManyAccounts {
  return {
    inspect: async (names) => (await inspectTogether(names)) ?? (await forEach(names, one.inspectAccount)),
    shut: (names, timeoutMs) =>
      forEach<readonly EndedSession[]>(names, async (name) => {
        await one.blockLogin(name);
        return await one.endSessions(name, null, timeoutMs);
      }),
    dropAccounts: (names) =>
      forEach(names, async (name) => {
        const actions = await one.dropAccount(name);
        const { exists, sessions } = await one.inspectAccount(name);
        if (exists || sessions.length > 0) throw new Error(`${name} is still there`);
        return actions;
      }),
  };
}

/** What was done, by name. What failed is left out: the single verb is tried next and says why. */
async function forEach<T>(names: readonly string[], work: (name: string) => Promise<T>): Promise<Map<string, T>> {
  const done = new Map<string, T>();
  const waiting = names.values();
  const takeTurns = async (): Promise<void> => {
    for (const name of waiting) {
      const result = await work(name).then(
        (value) => ({ value }),
        () => null,
      );
      if (result !== null) done.set(name, result.value);
    }
  };
  await Promise.all(Array.from({ length: width }, takeTurns));
  return done;
}
