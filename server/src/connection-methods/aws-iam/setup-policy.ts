import type { RouteAnswer, Routes } from '@tidegate/contract';
import type { EndpointKind } from '../../platform/aws/rds-endpoint.ts';
import type { SetupFacts } from './setup-help.ts';

type Step = RouteAnswer<Routes['POST /instances/setup-help']>['steps'][number];

/** `rds-db:connect` for exactly this user on this server, and for the temporary accounts where they use tokens too. */
export function permissionPolicy(facts: SetupFacts): Step {
  const { partition, region, awsAccountId, resourceId, user, installation, accountSignIn } = facts;
  const place = `arn:${partition}:rds-db:${region}:${awsAccountId}:dbuser:${resourceId}`;
  const users = accountSignIn === 'iam' ? [user, `tg_${installation}_*`] : [user];
  const connect = {
    Sid: 'TidegateConnects',
    Effect: 'Allow',
    Action: 'rds-db:connect',
    Resource: users.map((name) => `${place}/${name}`),
  };
  const holder = {
    server: 'Attach it to the role or user whose credentials the Tidegate server has.',
    role: 'Attach it to the role that Tidegate assumes. The server’s own credentials need sts:AssumeRole on that role.',
    keys: 'Attach it to the user whose keys are typed into the form.',
  }[facts.credentials];
  return {
    key: 'policy',
    title: 'IAM policy',
    text: json([connect]),
    language: 'json',
    note:
      accountSignIn === 'iam' ? `${holder} The second name covers the temporary accounts of this Tidegate.` : holder,
  };
}

/** Who may assume the role, and under which external id. */
export function trustPolicy({ partition, externalId }: SetupFacts): Step {
  const condition = externalId === '' ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } };
  const assume = {
    Sid: 'TidegateAssumes',
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::TIDEGATE_ACCOUNT_ID:role/TIDEGATE_ROLE` },
    Action: 'sts:AssumeRole',
    ...condition,
  };
  return {
    key: 'trust',
    title: 'Trust policy of the role',
    text: json([assume]),
    language: 'json',
    note: 'Name the role or user of the Tidegate server as principal. CloudTrail then shows each AssumeRole with a session name that begins with “tidegate-”.',
  };
}

function json(statements: readonly unknown[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2);
}

/** The id that policies want stands in no endpoint. */
export function findResource({ serverName, region }: SetupFacts, kind: EndpointKind): Step {
  const isInstance = kind === 'instance';
  const text = isInstance
    ? `aws rds describe-db-instances --region ${region} --db-instance-identifier ${serverName} \\\n  --query 'DBInstances[0].[DbiResourceId,IAMDatabaseAuthenticationEnabled]'`
    : `aws rds describe-db-clusters --region ${region} --db-cluster-identifier ${serverName} \\\n  --query 'DBClusters[0].[DbClusterResourceId,IAMDatabaseAuthenticationEnabled]'`;
  return {
    key: 'find',
    title: 'Find the resource id',
    text,
    language: 'shell',
    note: 'Also shown in the console under Configuration. IAM DB authentication must be enabled there; for an instance of an Aurora cluster it is the cluster’s id.',
  };
}
