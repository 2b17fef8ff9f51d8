import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, expect, it } from 'vitest';
import { readAgain } from './read-again.ts';

const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } } });
afterEach(() => client.clear());

/** A query on a screen whose answers the test gives, each with what the server knew when it was asked. */
function watch(key: string) {
  const asked: PromiseWithResolvers<string>[] = [];
  const observer = new QueryObserver<string>(client, {
    queryKey: [key],
    queryFn: () => {
      const answer = Promise.withResolvers<string>();
      asked.push(answer);
      return answer.promise;
    },
  });
  const leave = observer.subscribe(() => {});
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const answer = async (index: number, text: string) => {
    asked[index]?.resolve(text);
    await settle();
  };
  return { asked, answer, leave, shown: () => observer.getCurrentResult().data };
}

it('asks again for what is shown', async () => {
  const list = watch('list');
  await list.answer(0, 'old');
  readAgain(client);
  await list.answer(1, 'new');
  expect(list.shown()).toBe('new');
  list.leave();
});

it('asks again for a first answer that was still on its way', async () => {
  const list = watch('list');
  readAgain(client);
  await list.answer(0, 'old');
  expect(list.asked).toHaveLength(2);
  await list.answer(1, 'new');
  expect(list.shown()).toBe('new');
  list.leave();
});

it('asks once more where the first answer failed, and only for what is meant', async () => {
  const [list, other] = [watch('list'), watch('other')];
  readAgain(client, ({ queryKey }) => queryKey[0] === 'list');
  list.asked[0]?.reject(new Error('gone'));
  await other.answer(0, 'kept');
  expect(list.asked).toHaveLength(2);
  expect(other.asked).toHaveLength(1);
  list.leave();
  other.leave();
});
