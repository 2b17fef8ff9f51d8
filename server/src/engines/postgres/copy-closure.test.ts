import { randomBytes } from 'node:crypto';
import { Client, type Connection, type Submittable } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineFixture } from '../engine.suite.ts';
import { prefix, Stage } from '../suite/stage.ts';
import { startPostgresFixture } from './postgres-fixture.ts';

/** Sends one statement and answers nothing of the copy protocol: the backend waits for data, or for a reader. */
class StuckCopy implements Submittable {
  readonly begun = Promise.withResolvers<void>();
  readonly failed = Promise.withResolvers<Error>();
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  submit(connection: Connection): void {
    connection.query(this.#text);
  }
  handleCopyInResponse(): void {
    this.begun.resolve();
  }
  handleCopyData(): void {
    this.begun.resolve();
  }
  handleError(error: Error): void {
    this.failed.resolve(error);
  }
  handleCommandComplete(): void {}
  handleReadyForQuery(): void {}
}

describe.each([15, 18] as const)('COPY on PostgreSQL %i', (major) => {
  const hr = 'copy_closure';
  let fixture: EngineFixture;
  const stage = new Stage(() => fixture);

  beforeAll(async () => {
    fixture = await startPostgresFixture(major);
    await stage.createDatabase(hr, ['salary']);
  }, 60_000);
  afterAll(async () => {
    await stage.close();
    await fixture.stop();
  });

  it.each([
    ['in', 'copy salary from stdin'],
    ['out', 'copy (select repeat($$x$$, 1000) from generate_series(1, 100000000)) to stdout'],
  ])('%s is ended by a closure, with a native client; nothing is left and nothing was written', async (_way, text) => {
    const account = await stage.makeAccount({ database: hr, tables: { salary: 'write' } });
    const password = randomBytes(12).toString('hex');
    await stage.admin.enableLogin(account, password);
    const { host, port } = fixture.target;
    const client = new Client({ host, port, user: account, password, database: hr });
    const lost = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    const copy = new StuckCopy(text);
    client.query(copy);
    await copy.begun.promise;
    expect((await stage.sessionsAtServer(account)).map(([, statement]) => statement)).toEqual([text]);

    await stage.admin.blockLogin(account);
    const ended = await stage.admin.endSessions(account, null, 5_000);
    expect(ended).toMatchObject([{ statement: text, state: 'active' }]);
    await stage.admin.dropAccount(account);
    await Promise.race([lost, copy.failed.promise]);
    expect(await stage.sessionsAtServer(account)).toEqual([]);
    expect(await stage.admin.inspectAccount(account, prefix)).toMatchObject({ exists: false, sessions: [] });
    expect(await fixture.superuser(hr, 'select count(*) from salary')).toEqual([['2']]);
    await client.end().catch(() => undefined);
  });
});
