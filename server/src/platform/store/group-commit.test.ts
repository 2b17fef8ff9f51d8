import { expect, test } from 'vitest';
import { GroupCommit } from './group-commit.ts';

/** Work that ends when it is told to. */
function heldWork(answer: (items: readonly number[]) => readonly string[] = (items) => items.map(String)) {
  const groups: number[][] = [];
  const releases: (() => void)[] = [];
  const commits = new GroupCommit<number, string>(async (items) => {
    groups.push([...items]);
    await new Promise<void>((resolve) => releases.push(resolve));
    return answer(items);
  });
  const release = async () => {
    while (releases.length === 0) await Promise.resolve();
    releases.shift()?.();
  };
  return { commits, groups, release };
}

test('what arrives while the store is busy is done together, and the first waits for nobody', async () => {
  const { commits, groups, release } = heldWork();
  const all = [1, 2, 3].map((item) => commits.add(item));
  await release();
  await release();
  expect(await Promise.all(all)).toEqual(['1', '2', '3']);
  expect(groups).toEqual([[1], [2, 3]]);
});

test('when a group fails each is done on its own, and only the faulty one fails', async () => {
  const { commits, groups, release } = heldWork((items) => {
    if (items.includes(3)) throw new Error('three is bad');
    return items.map(String);
  });
  const all = [1, 2, 3, 4].map((item) => commits.add(item));
  const settled = Promise.allSettled(all);
  for (let round = 0; round < 5; round++) await release();
  expect((await settled).map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  await expect(all[2]).rejects.toThrow('three is bad');
  expect(groups).toEqual([[1], [2, 3, 4], [2], [3], [4]]);
});

test('goes on after a failure', async () => {
  let fails = true;
  const commits = new GroupCommit<number, number>(async (items) => {
    if (fails) throw new Error('the store is away');
    return items;
  });
  await expect(commits.add(1)).rejects.toThrow('the store is away');
  fails = false;
  expect(await commits.add(2)).toBe(2);
});
