import { describe, expect, test } from 'vitest';
import { AwsKeys } from './aws-keys.ts';
import { CredentialSource } from './credential-source.ts';

const minute = 60_000;

/** A source on a clock that the test moves, whose keys are numbered. */
function stage(lastsMs: number | null = 60 * minute) {
  const state = { now: 1_000_000, fetches: 0, failure: null as Error | null, gate: Promise.resolve() };
  const source = new CredentialSource(
    async () => {
      state.fetches += 1;
      const number = state.fetches;
      await state.gate;
      if (state.failure !== null) throw state.failure;
      const expiresAt = lastsMs === null ? null : new Date(state.now + lastsMs);
      return new AwsKeys({ accessKeyId: `KEY${number}`, secretAccessKey: 'secret', expiresAt });
    },
    () => state.now,
  );
  const id = async () => (await source.current()).accessKeyId;
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { state, source, id, settled };
}

describe('credentials of one source', () => {
  test('are fetched once for all who wait', async () => {
    const { state, id } = stage();
    const ids = await Promise.all(Array.from({ length: 200 }, id));
    expect(new Set(ids)).toEqual(new Set(['KEY1']));
    expect(state.fetches).toBe(1);
  });

  test('are renewed before they end, once, while the old ones serve', async () => {
    const { state, id, settled } = stage();
    await id();
    state.now += 54 * minute;
    expect(await id()).toBe('KEY1');
    expect(state.fetches).toBe(1);
    state.now += 2 * minute;
    const gate = Promise.withResolvers<void>();
    state.gate = gate.promise;
    expect(new Set(await Promise.all(Array.from({ length: 200 }, id)))).toEqual(new Set(['KEY1']));
    expect(state.fetches).toBe(2);
    gate.resolve();
    await settled();
    expect(await id()).toBe('KEY2');
    expect(state.fetches).toBe(2);
  });

  test('are waited for when the old ones have less than a minute left', async () => {
    const { state, id } = stage();
    await id();
    state.now += 59.5 * minute;
    expect(await id()).toBe('KEY2');
  });

  test('go on to serve when they cannot be renewed, and that is tried again after a pause', async () => {
    const { state, id, settled } = stage();
    await id();
    state.now += 56 * minute;
    state.failure = new Error('away');
    for (let time = 0; time < 5; time += 1) {
      expect(await id()).toBe('KEY1');
      await settled();
    }
    expect(state.fetches).toBe(2);
    state.now += 11_000;
    state.failure = null;
    await id();
    await settled();
    expect(await id()).toBe('KEY3');
  });

  test('that are over and cannot be renewed are not handed out', async () => {
    const { state, id } = stage();
    await id();
    state.now += 61 * minute;
    state.failure = new Error('away');
    await expect(id()).rejects.toThrow('away');
  });

  test('without an end are read again from time to time, so that a rotation is picked up', async () => {
    const { state, id, settled } = stage(null);
    expect(await id()).toBe('KEY1');
    state.now += 30_000;
    await id();
    expect(state.fetches).toBe(1);
    state.now += 31_000;
    await id();
    await settled();
    expect(await id()).toBe('KEY2');
  });

  test('that a server refused are read anew, but not for each refusal', async () => {
    const { state, source, id } = stage(null);
    await id();
    source.doubt();
    expect(await id()).toBe('KEY1');
    state.now += 2_000;
    source.doubt();
    source.doubt();
    expect(await id()).toBe('KEY2');
  });

  test('that a server refused serve on when their source is away: another server may take them', async () => {
    const { state, source, id } = stage();
    await id();
    state.now += 2_000;
    state.failure = new Error('away');
    source.doubt();
    expect(await id()).toBe('KEY1');
    source.doubt();
    expect(await id()).toBe('KEY1');
    expect(state.fetches).toBe(2);
  });

  test('that have ended when they come are refused in words', async () => {
    const { id } = stage(0);
    await expect(id()).rejects.toMatchObject({ kind: 'credentials_expired' });
  });

  test('show their secrets to nobody who prints them', async () => {
    const { inspect } = await import('node:util');
    const keys = new AwsKeys({ accessKeyId: 'AKIA1', secretAccessKey: 'hush', sessionToken: 'hush-too' });
    expect(`${inspect(keys)} ${JSON.stringify({ keys })} ${String(keys)}`).not.toContain('hush');
  });
});
