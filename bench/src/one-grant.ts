import type { ApiClient } from '@tidegate/test-servers';
import { type Figure, median, percentile } from './report.ts';
import type { Stage } from './stage.ts';

const rounds = 30;

/** From the instant that ended the access until the record says that the check has passed, by the server's clock. */
async function closed(admin: ApiClient, grantId: string): Promise<number> {
  const until = performance.now() + 30_000;
  while (performance.now() < until) {
    const grant = await admin.call('GET /grants/:grantId', { params: { grantId } });
    if (grant.end?.endedAt) {
      const from = grant.end.kind === 'expired' ? grant.expiresAt : grant.end.closingAt;
      return new Date(grant.end.endedAt).getTime() - new Date(from ?? grant.end.closingAt).getTime();
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The grant did not close within 30 s.');
}

async function grantThreeTables(place: Stage, minutes: number | Date): Promise<string> {
  const tables = ['a', 'b', 'c'].map((table) => ({ databaseId: place.databaseId, schema: 'public', table }));
  const { items } = await place.admin.call('POST /projects/:projectId/members', {
    params: { projectId: place.projectId },
    body: {
      principals: [{ kind: 'person', id: place.developerId }],
      role: 'sql_editor_read_only',
      scope: { kind: 'items', items: tables },
      expiry: minutes instanceof Date ? { kind: 'at', at: minutes.toISOString() } : { kind: 'after', minutes },
    },
  });
  const grantId = items[0]?.grantId;
  if (grantId == null) throw new Error('No grant was made.');
  return grantId;
}

/** Resolves when the statement runs; `ended` when it does not any more. An async function cannot answer a promise. */
async function startStatement(place: Stage): Promise<{ readonly ended: Promise<void> }> {
  const session = await place.developer.call('POST /sessions', { body: { databaseId: place.databaseId } });
  const lines = place.developer.statement(session.id, 'select pg_sleep(60) from a');
  await lines.next();
  const readOut = async (): Promise<void> => {
    for await (const line of lines) void line;
  };
  return { ended: readOut().catch(() => undefined) };
}

/** One grant after the other: from its exact end to the passed check, with a statement running and a session open. */
export async function closeOneByOne(place: Stage): Promise<Figure[]> {
  // The stage's own grant would keep the account alive: only the three tables count here.
  const members = await place.admin.call('GET /projects/:projectId/members', {
    params: { projectId: place.projectId },
    query: {},
  });
  for (const member of members.items.filter((item) => item.grantId !== null)) {
    await place.admin.call('DELETE /projects/:projectId/members/:memberId', {
      params: { projectId: place.projectId, memberId: member.id },
    });
  }
  const revoked: number[] = [];
  const expired: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const grantId = await grantThreeTables(place, 60);
    const running = await startStatement(place);
    await place.admin.call('POST /grants/:grantId/revoke', { params: { grantId }, body: {} });
    revoked.push(await closed(place.admin, grantId));
    await running.ended;
    const endsAt = new Date(Date.now() + 1500);
    const endingId = await grantThreeTables(place, endsAt);
    const ending = await startStatement(place);
    expired.push(await closed(place.admin, endingId));
    await ending.ended;
  }
  const figuresOf = (what: string, took: readonly number[]): Figure[] => [
    { what: `${what} with a running statement: p50`, value: median(took), unit: 'ms' },
    {
      what: `${what} with a running statement: p99 of ${rounds}`,
      value: percentile(took, 0.99),
      unit: 'ms',
      bar: { most: 1000 },
    },
  ];
  return [...figuresOf('revoked', revoked), ...figuresOf('expired', expired)];
}
