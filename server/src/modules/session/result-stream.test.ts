import type { StatementLine } from '@tidegate/contract';
import { describe, expect, it } from 'vitest';
import { ResultStream } from './result-stream.ts';

const line = (value: string): StatementLine => ({ type: 'rows', rows: [[value]] });

describe('a result stream', () => {
  it('delivers lines in order, those pushed before the reader came and those after', async () => {
    const stream = new ResultStream();
    void stream.push(line('1'));
    void stream.push(line('2'));
    const seen: StatementLine[] = [];
    const reading = (async () => {
      for await (const item of stream) seen.push(item);
    })();
    void stream.push(line('3'));
    stream.close();
    await reading;
    expect(seen).toEqual([line('1'), line('2'), line('3')]);
  });

  it('holds the pusher back while the reader is behind, and lets it go on when there is room', async () => {
    const stream = new ResultStream();
    let held: void | Promise<void>;
    let pushed = 0;
    do {
      held = stream.push(line(String(pushed++)));
    } while (held === undefined);
    expect(pushed).toBeLessThan(10);
    let isReleased = false;
    void held.then(() => {
      isReleased = true;
    });
    await Promise.resolve();
    expect(isReleased).toBe(false);
    await stream[Symbol.asyncIterator]().next();
    await held;
    expect(isReleased).toBe(true);
  });

  it('releases a held pusher when the reader goes away, and swallows what comes after', async () => {
    const stream = new ResultStream();
    const reader = stream[Symbol.asyncIterator]();
    void stream.push(line('0'));
    await reader.next();
    let held: void | Promise<void>;
    do {
      held = stream.push(line('x'));
    } while (held === undefined);
    await reader.return(undefined);
    await held;
    expect(stream.push(line('late'))).toBeUndefined();
    expect(await reader.next()).toEqual({ value: undefined, done: true });
  });
});
