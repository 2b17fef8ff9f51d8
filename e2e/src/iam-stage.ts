import type { AwsIamInput } from '@tidegate/contract';
import {
  ApiClient,
  ApiRefusal,
  FakeSts,
  type KnownCredentials,
  type RdsServer,
  type RunningTidegate,
  startTidegate,
} from '@tidegate/test-servers';

const password = 'a long enough password';

/** What the Tidegate server itself has in its environment, as a container would. */
export const serverKeys: KnownCredentials = {
  accessKeyId: 'AKIATIDEGATESERVER01',
  secretAccessKey: 'the secret of the server, known to nobody else',
};
export const role = { arn: 'arn:aws:iam::123456789012:role/tidegate-db', externalId: 'tide-42' };

/** A Tidegate with AWS credentials in its environment, and a token service. */
export interface IamGround {
  readonly tidegate: RunningTidegate;
  readonly sts: FakeSts;
  /** Every key that exists anywhere; databases that share it judge by it. */
  readonly credentials: KnownCredentials[];
  stop(): Promise<void>;
}

/** With an administrator and a developer. */
export interface IamStage extends IamGround {
  readonly admin: ApiClient;
  readonly dev: ApiClient;
  readonly devId: string;
}

export async function openIamGround(env: Readonly<Record<string, string>> = {}): Promise<IamGround> {
  const credentials = [serverKeys];
  const sts = new FakeSts(credentials);
  sts.roles.push(role);
  sts.callers.push(serverKeys);
  await sts.start();
  const tidegate = await startTidegate({
    env: {
      NODE_ENV: 'test',
      HOME: '/nonexistent',
      AWS_ACCESS_KEY_ID: serverKeys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: serverKeys.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL_STS: sts.url,
      ...env,
    },
  });
  const stop = async (): Promise<void> => {
    await tidegate.stop();
    await sts.stop();
  };
  return { tidegate, sts, credentials, stop };
}

export async function openIamStage(env: Readonly<Record<string, string>> = {}): Promise<IamStage> {
  const ground = await openIamGround(env);
  const admin = new ApiClient(ground.tidegate.url);
  const dev = new ApiClient(ground.tidegate.url);
  await admin.call('POST /register', { body: { name: 'Ada', email: 'ada@example.com', password } });
  const added = await admin.call('POST /people', {
    body: { name: 'dev', email: 'dev@example.com', roles: ['project_developer'], firstPassword: password },
  });
  await dev.call('POST /sign-in', { body: { email: 'dev@example.com', password } });
  await dev.call('POST /me/password', { body: { current: password, next: `${password}!` } });
  return { ...ground, admin, dev, devId: added.person.id };
}

export interface IamPlace {
  readonly instanceId: string;
  readonly projectId: string;
  readonly databaseId: string;
}

export function connectionTo(rds: RdsServer, engine: 'postgresql' | 'mysql' | 'mariadb', awsIam: Partial<AwsIamInput>) {
  const { port, ca, endpoint } = rds.front;
  return {
    ...{ engine, host: 'localhost', port, user: 'tidegate', tlsCa: ca, connectionMethod: 'aws_iam' as const },
    awsIam: {
      ...{ region: null, tokenHost: endpoint.host, tokenPort: endpoint.port, credentials: { kind: 'server' as const } },
      accountSignIn: 'password' as const,
      ...awsIam,
    },
  };
}

/** An instance by IAM, its database in a project of its own. */
export async function addPlace(
  { admin }: IamStage,
  title: string,
  connection: ReturnType<typeof connectionTo>,
  database: string,
): Promise<IamPlace> {
  const { items: environments } = await admin.call('GET /environments', {});
  const environmentId = environments.find((one) => one.name === 'Prod')?.id ?? '';
  const instance = await admin.call('POST /instances', { body: { ...connection, title, environmentId } });
  const found = await admin.call('GET /databases', { query: { instanceId: instance.id, search: database } });
  const databaseId = found.items[0]?.id ?? '';
  const project = await admin.call('POST /projects', { body: { name: `Project ${title}` } });
  const params = { projectId: project.id };
  await admin.call('POST /projects/:projectId/transfer', { params, body: { databaseIds: [databaseId] } });
  return { instanceId: instance.id, projectId: project.id, databaseId };
}

/** Read access of the developer to one table, or to all. */
export async function grantToDev(
  { admin, devId }: IamStage,
  { projectId, databaseId }: IamPlace,
  item: { readonly schema: string; readonly table: string } | null,
): Promise<{ memberId: string; grantId: string }> {
  const { items } = await admin.call('POST /projects/:projectId/members', {
    params: { projectId },
    body: {
      principals: [{ kind: 'person', id: devId }],
      role: 'sql_editor_read_only',
      scope: { kind: 'items', items: [{ databaseId, ...item }] },
      expiry: { kind: 'after', minutes: 3 * 24 * 60 },
    },
  });
  return { memberId: items[0]?.id ?? '', grantId: items[0]?.grantId ?? '' };
}

export async function rowsOf(client: ApiClient, sessionId: string, text: string): Promise<unknown[][]> {
  const found: unknown[][] = [];
  for await (const line of client.statement(sessionId, text)) {
    if (line.type === 'failed') throw new ApiRefusal(line.problem);
    if (line.type === 'rows') found.push(...line.rows);
  }
  return found;
}

export async function refusalOf(work: Promise<unknown>): Promise<ApiRefusal['problem']> {
  const outcome = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome instanceof ApiRefusal) return outcome.problem;
  throw outcome ?? new Error('It was not refused.');
}

/** Asks until it is so; twenty seconds at most. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`It did not happen in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
