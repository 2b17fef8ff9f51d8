/**
 * A thousand risk rules: what one evaluation takes, through the API, and what replaying ten thousand past requests takes
 * when one rule is about to change. Past requests are written into the store as evaluations leave them.
 */
import { ApiClient, startPostgres, startTidegate } from '@tidegate/test-servers';
import type pg from 'pg';
import { type Figure, median, percentile, report } from './report.ts';
import { connect } from './stage.ts';

const rules = Number(process.env['BENCH_RULES'] ?? 1000);
const requests = Number(process.env['BENCH_REQUESTS'] ?? 10_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 500);
const warmUp = 30;

type Attributes = Record<string, string | number | boolean | string[]>;

/** Conditions of every kind, none of which a past request must have met. */
function conditionOf(index: number): string {
  const conditions = [
    `environment.name == "Prod" && database.name == "db${index}"`,
    `"label${index % 40}" in labels && duration_minutes > ${index}`,
    `tables.exists(t, t.startsWith("t${index % 90}_")) && environment.protected`,
    `number_of_tables > ${100 + index} || (whole_database && requester.name == "person ${index}")`,
    `time_of_day >= "23:${String(index % 60).padStart(2, '0')}" && weekday in ["saturday", "sunday"]`,
    `requester.groups.exists(g, g in ["g${index}", "h${index}"]) && !ticket_given`,
  ];
  return conditions[index % conditions.length] ?? 'false';
}

async function writeRules(store: pg.Client): Promise<void> {
  const conditions = Array.from({ length: rules }, (_one, index) => conditionOf(index));
  await store.query(
    `with said as (
       select gen_random_uuid() as id, condition, place::int from unnest($1::text[]) with ordinality as one (condition, place)
     ), rule as (
       insert into tidegate.risk_rule (id, source, position) select id, 'read', place from said returning id
     )
     insert into tidegate.risk_rule_version (rule_id, version, name, condition, level)
     select id, 1, 'Rule ' || place, condition, case place % 2 when 0 then 'high' else 'moderate' end
     from said where id in (select id from rule)`,
    [conditions],
  );
}

/** Past requests of 200 people on 300 databases, at any minute of the week. */
async function writePast(store: pg.Client, attributes: Attributes, personId: string, projectId: string): Promise<void> {
  const past = Array.from({ length: requests }, (_one, index) => ({
    ...attributes,
    'environment.name': index % 3 === 0 ? 'Prod' : 'Test',
    'database.name': `db${(index * 7) % 300}`,
    tables: Array.from({ length: 1 + (index % 5) }, (_table, place) => `t${(index + place) % 90}_x`),
    labels: index % 4 === 0 ? [`label${index % 60}`] : [],
    number_of_tables: 1 + (index % 5),
    duration_minutes: [30, 60, 240, 1440][index % 4] ?? 60,
    'requester.name': `person ${index % 200}`,
    'requester.groups': [`g${index % 50}`],
    time_of_day: `${String(index % 24).padStart(2, '0')}:${String((index * 13) % 60).padStart(2, '0')}`,
  }));
  for (let from = 0; from < past.length; from += 1000) {
    const inputs = past.slice(from, from + 1000).map((one) => ({
      source: 'read',
      databases: [{ databaseId: null, name: one['database.name'], attributes: one, cut: [] }],
    }));
    await store.query(
      `with one as (select gen_random_uuid() as id, value as inputs from jsonb_array_elements($1::jsonb)),
       request as (
         insert into tidegate.access_request (id, project_id, requester_id, state, former_state, scope, privileges, reason, expiry, content_hash)
         select id, $2, $3, 'withdrawn', 'pending', '{"kind":"project"}', '{read}', 'a measurement', '{"kind":"after","minutes":60}', '' from one
         returning id
       )
       insert into tidegate.risk_evaluation (request_id, round, source, level, considered, is_faulty, reason, inputs, at)
       select id, 1, 'read', 'low', '{}', false, '', inputs, now() from one where id in (select id from request)`,
      [JSON.stringify(inputs), projectId, personId],
    );
  }
  await store.query('analyze tidegate.risk_evaluation, tidegate.access_request');
}

const server = await startPostgres({ major: 18, durable: true });
const owner = await connect(server, 'postgres');
await owner.query('create database metadata');
const { host, port, superuser } = server;
const tidegate = await startTidegate({
  env: { PG_URL: `postgresql://${superuser.user}:${superuser.password}@${host}:${port}/metadata` },
});
const store = await connect(server, 'metadata');
try {
  const admin = new ApiClient(tidegate.url);
  await admin.call('POST /register', {
    body: { name: 'Ada', email: 'ada@example.com', password: 'a long enough password' },
  });
  const me = await admin.call('GET /me', {});
  const project = await admin.call('POST /projects', { body: { name: 'Shop' } });
  await writeRules(store);
  const subject = {
    source: 'read' as const,
    requesterId: me.person.id,
    projectId: project.id,
    scope: { kind: 'project' as const },
    privileges: ['read' as const],
    minutes: 60,
  };
  const evaluated: number[] = [];
  let attributes: Attributes = {};
  for (let round = 0; round < warmUp + rounds; round++) {
    const before = performance.now();
    const trial = await admin.call('POST /risk-rules/try', { body: subject });
    if (round >= warmUp) evaluated.push(performance.now() - before);
    attributes = trial.databases[0]?.attributes ?? {};
  }
  await writePast(store, attributes, me.person.id, project.id);
  const change = {
    source: 'read' as const,
    name: 'About to change',
    condition: '"label8" in labels && environment.name == "Prod"',
    level: 'high' as const,
    isOn: true,
  };
  const replayed: number[] = [];
  let seen = 0;
  for (let round = 0; round < 3; round++) {
    const before = performance.now();
    const answer = await admin.call('POST /risk-rules/replay', { body: { change } });
    replayed.push(performance.now() - before);
    seen = answer.requests;
  }
  if (seen !== requests) throw new Error(`The replay saw ${seen} requests, not ${requests}.`);
  const figures: Figure[] = [
    { what: `one evaluation by ${rules} rules, through the API: p50`, value: median(evaluated), unit: 'ms' },
    {
      what: `one evaluation by ${rules} rules: p99`,
      value: percentile(evaluated, 0.99),
      unit: 'ms',
      bar: { most: 20 },
    },
    {
      what: `replay of ${requests} past requests by ${rules} rules`,
      value: median(replayed) / 1000,
      unit: 's',
      bar: { most: 5 },
    },
  ];
  report('risk', figures);
} finally {
  await store.end();
  await owner.end();
  await tidegate.stop();
  await server.stop();
}
