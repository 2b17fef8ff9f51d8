/** Deciding among many requests: the list, the replay of the past, and a decision on its way to the requester's screen. */
import { createHash, randomBytes } from 'node:crypto';
import { type CrowdStage, crowdStage } from './crowd.ts';
import { type Figure, median, percentile, report } from './report.ts';

/** Requests in the store, of which one in fifty waits and one in ten is of the last month. */
const count = Number(process.env['BENCH_REQUESTS'] ?? 100_000);
const lists = 60;
const decisions = 30;

async function ask(crowd: CrowdStage) {
  const { developer, databaseId, projectId } = crowd.place;
  return await developer.call('POST /requests', {
    body: {
      ...{ projectId, privileges: ['write'], reason: 'To correct a price.' },
      scope: { kind: 'items', items: [{ databaseId, schema: 'public', table: 'a' }] },
      expiry: { kind: 'after', minutes: 60 },
    },
  });
}

/** Copies of one real request with its evaluation and its step, spread over two years. */
async function fill({ store }: CrowdStage, templateId: string): Promise<void> {
  await store.query('begin');
  await store.query(
    `create temporary table copy on commit drop as
     select gen_random_uuid() as id, n, n % 50 = 0 as waits,
       now() - case when n % 10 = 0 then random() * interval '29 days' else interval '31 days' + random() * interval '700 days' end as at
     from generate_series(1, $1::int) as n`,
    [count],
  );
  await store.query(
    `insert into tidegate.access_request (id, project_id, requester_id, state, former_state, scope, privileges, reason,
       expiry, content_hash, created_at, decided_at, level)
     select copy.id, project_id, requester_id, case when waits then 'pending' when n % 3 = 0 then 'rejected' else 'approved' end,
       case when waits then 'new' else 'pending' end, scope, privileges, reason || n, expiry, content_hash, copy.at,
       case when waits then null else copy.at + interval '9 minutes' end, level
     from copy, tidegate.access_request template where template.id = $1`,
    [templateId],
  );
  await store.query(
    `insert into tidegate.request_step (request_id, round, track, position, flow_id, flow_version, sources, deciders,
       decider_keys, quorum, minutes, afterwards, state)
     select copy.id, 1, track, position, flow_id, flow_version, sources, deciders, decider_keys, quorum, minutes, afterwards,
       case when waits then 'open' when n % 3 = 0 then 'void' else 'satisfied' end
     from copy, tidegate.request_step template where template.request_id = $1`,
    [templateId],
  );
  await store.query(
    `insert into tidegate.request_risk (request_id, round, source, level, rule_id, rule_name, rule_version, reason, is_faulty)
     select copy.id, 1, source, level, rule_id, rule_name, rule_version, reason, is_faulty
     from copy, tidegate.request_risk template where template.request_id = $1`,
    [templateId],
  );
  await store.query(
    `insert into tidegate.risk_evaluation (request_id, round, source, level, rule_version_id, considered, is_faulty, reason, inputs, at)
     select copy.id, 1, source, level, rule_version_id, considered, is_faulty, reason, inputs, copy.at
     from copy, tidegate.risk_evaluation template where template.request_id = $1`,
    [templateId],
  );
  await store.query('commit');
  await store.query('analyze');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

async function listing({ place }: CrowdStage): Promise<Figure[]> {
  const took: number[] = [];
  for (let round = 0; round < lists + 5; round += 1) {
    const ms = await timed(() => place.admin.call('GET /requests', { query: { view: 'to_decide', pageSize: 50 } }));
    if (round >= 5) took.push(ms);
  }
  const what = `"to decide" among ${count} requests, ${Math.round(count / 50)} waiting`;
  return [
    { what: `${what}: p50`, value: median(took), unit: 'ms' },
    { what: `${what}: p95`, value: percentile(took, 0.95), unit: 'ms', bar: { most: 50 } },
  ];
}

async function replaying({ place }: CrowdStage): Promise<Figure[]> {
  const cells = [{ source: 'write', level: 'moderate', flowId: null }] as const;
  const rule = {
    ruleId: null,
    source: 'write',
    name: 'At night',
    condition: 'table_count > 3',
    level: 'high',
    isOn: true,
  };
  let requests = 0;
  const replay = (body: object) => async () => {
    requests = (await place.admin.call('POST /approval/replay', { body: body as never })).requests;
  };
  const matrix = await timed(replay({ cells }));
  const rules = await timed(replay({ rules: [rule] }));
  return [
    { what: `replay of ${requests} requests: matrix`, value: matrix, unit: 'ms', bar: { most: 5000 } },
    { what: `replay of ${requests} requests: rule`, value: rules, unit: 'ms', bar: { most: 5000 } },
  ];
}

/** From the approver's click to the event that makes the requester's page read again. */
async function toTheScreen(crowd: CrowdStage): Promise<Figure[]> {
  const { place, store } = crowd;
  const token = randomBytes(32).toString('base64url');
  await store.query(
    `insert into tidegate.sign_in (id_hash, person_id, expires_at, address) values ($1, $2, now() + interval '1 day', '127.0.0.1')`,
    [createHash('sha256').update(token).digest('hex'), place.developerId],
  );
  const abort = new AbortController();
  const events = await fetch(`${place.tidegate.url}/api/v1/events`, {
    headers: { cookie: `tidegate_sign_in=${token}` },
    signal: abort.signal,
  });
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error('no event stream');
  const heard = async (id: string): Promise<void> => {
    for (let seen = ''; !seen.includes(id); ) seen += (await reader.read()).value ?? '';
  };
  const took: number[] = [];
  for (let round = 0; round < decisions; round += 1) {
    const request = await ask(crowd);
    await heard(request.id);
    const { id: requestId, contentHash } = request;
    const before = performance.now();
    const answer = place.admin.call('POST /requests/:requestId/decision', {
      params: { requestId },
      body: { decision: 'reject', contentHash },
    });
    await heard(requestId);
    took.push(performance.now() - before);
    await answer;
  }
  abort.abort();
  return [
    { what: 'decision to the requester’s screen: p50', value: median(took), unit: 'ms' },
    { what: 'decision to the requester’s screen: p95', value: percentile(took, 0.95), unit: 'ms', bar: { most: 1000 } },
  ];
}

const crowd = await crowdStage();
try {
  await fill(crowd, (await ask(crowd)).id);
  report('requests', [...(await listing(crowd)), ...(await replaying(crowd)), ...(await toTheScreen(crowd))]);
} finally {
  await crowd.stop();
}
