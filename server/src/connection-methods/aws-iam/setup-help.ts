import type { RouteAnswer, RouteInput, Routes } from '@tidegate/contract';
import { partitionOf, readRdsEndpoint } from '../../platform/aws/rds-endpoint.ts';
import { findResource, permissionPolicy, trustPolicy } from './setup-policy.ts';
import { databaseUserSql } from './setup-sql.ts';

type Help = Routes['POST /instances/setup-help'];
export type SetupInput = RouteInput<Help>['body'];
type Answer = RouteAnswer<Help>;
type Step = Answer['steps'][number];

/** The form's fields with placeholders where something is not typed yet. */
export interface SetupFacts extends SetupInput {
  readonly partition: string;
  readonly installation: string;
  /** The name of the cluster or instance as far as an endpoint tells it. */
  readonly serverName: string;
}

/** What to prepare in AWS and at the database server, ready to copy. Pure: it knows what was typed, and no more. */
export function setupHelp(input: SetupInput, installation: string): Answer {
  const host = input.tokenHost === '' ? input.host : input.tokenHost;
  const { kind, region } = readRdsEndpoint(host);
  const facts = fillIn(input, installation, host, region);
  const steps: Step[] = [];
  if (input.resourceId === '') steps.push(findResource(facts, kind));
  steps.push(permissionPolicy(facts));
  if (input.credentials === 'role') steps.push(trustPolicy(facts));
  steps.push(databaseUserSql(facts));
  return { region, endpoint: kind, steps, notes: notesOn(input, host, kind, region) };
}

function fillIn(input: SetupInput, installation: string, host: string, found: string | null): SetupFacts {
  const region = input.region || found || 'REGION';
  const roleAccount = /^arn:aws[a-z-]*:iam::(\d{12}):role\//.exec(input.roleArn)?.[1];
  return {
    ...input,
    installation,
    partition: partitionOf(region),
    region,
    user: input.user || 'USER',
    awsAccountId: input.awsAccountId || roleAccount || 'ACCOUNT_ID',
    resourceId: input.resourceId || 'RESOURCE_ID',
    serverName: readRdsEndpoint(host).kind === 'other' ? 'NAME' : (host.split('.')[0] ?? 'NAME'),
    databases: input.databases.length === 0 ? ['YOUR_DATABASE'] : input.databases,
  };
}

function notesOn(input: SetupInput, host: string, kind: Answer['endpoint'], region: string | null): string[] {
  const notes: string[] = [];
  if (kind === 'proxy') {
    notes.push(
      'This is an RDS Proxy. It cannot log in the temporary accounts that Tidegate makes: use the endpoint of the cluster.',
    );
  }
  if (kind === 'reader') notes.push('This is the reader endpoint. Accounts are made on the writer: use its endpoint.');
  if (host !== '' && region === null && input.region === '') {
    notes.push('The name of the host does not tell the region: choose it.');
  }
  if (region !== null && input.region !== '' && input.region !== region) {
    notes.push(`The endpoint is in ${region}; a token for ${input.region} would be refused.`);
  }
  if (input.awsAccountId !== '' && !/^\d{12}$/.test(input.awsAccountId)) {
    notes.push('The number of an AWS account has 12 digits.');
  }
  if (input.resourceId !== '' && !/^(cluster|db|prx)-[A-Za-z0-9]+$/.test(input.resourceId)) {
    notes.push('A resource id looks like cluster-ABCDEFGHIJKL01234 or db-ABCDEFGHIJKL01234; it is not the name.');
  }
  return notes;
}
