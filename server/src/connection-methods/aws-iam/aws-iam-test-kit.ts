import { lookup } from 'node:dns';
import type { AwsIamInput } from '@tidegate/contract';
import type { RdsServer } from '@tidegate/test-servers';
import type { EngineKind, InstanceTarget } from '../../engines/engine.ts';
import { AwsKeys } from '../../platform/aws/aws-keys.ts';
import type { Connection } from '../connection-method.ts';
import { createAwsIamMethod } from './aws-iam-method.ts';
import { type AwsGround, awsGround } from './credential-sources.ts';

/** Long-lived keys make short tokens, those of a role long ones. */
export const testKeys = {
  accessKeyId: 'ASIATIDEGATETESTKEY3',
  secretAccessKey: 'secret-of-this-test',
  sessionToken: 'session/'.repeat(120),
};

export interface TargetChanges {
  readonly user?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tlsCa?: string | null;
  readonly settings?: Partial<AwsIamInput>;
  readonly ground?: Partial<AwsGround>;
}

/** A ground whose server credentials are `testKeys`, and which never asks anybody outside. */
export function testGround(changes: Partial<AwsGround> = {}): AwsGround {
  return {
    ...awsGround,
    serverCredentials: async () => new AwsKeys(testKeys),
    checkCaller: async () => ({ fault: null, arn: null, clockAheadMs: null }),
    ...changes,
  };
}

/** The target that the method makes for a server of the tests, dialled as through a tunnel. */
export function iamTarget(rds: RdsServer, engine: EngineKind, changes: TargetChanges = {}): InstanceTarget {
  const { endpoint, ca, port } = rds.front;
  const settings: AwsIamInput = {
    region: endpoint.region,
    tokenHost: endpoint.host,
    tokenPort: endpoint.port,
    credentials: { kind: 'server' },
    accountSignIn: 'password',
    ...changes.settings,
  };
  const connection: Connection = {
    engine,
    host: changes.host ?? '127.0.0.1',
    port: changes.port ?? port,
    user: changes.user ?? 'tidegate',
    tlsMode: 'verify-full',
    tlsCa: changes.tlsCa === undefined ? ca : changes.tlsCa,
    method: 'aws_iam',
    settings: { ...settings },
    secret: () => null,
  };
  const method = createAwsIamMethod(testGround(changes.ground));
  return method.target(connection, { title: 'Shop', connectTimeoutMs: 10_000, lookup });
}
