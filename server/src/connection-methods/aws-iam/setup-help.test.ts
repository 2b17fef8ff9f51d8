import { routes } from '@tidegate/contract';
import { describe, expect, it } from 'vitest';
import { setupHelp } from './setup-help.ts';

const helpFor = (typed: object) =>
  setupHelp(routes['POST /instances/setup-help'].body.parse({ engine: 'mysql', ...typed }), 'ab12');
const textOf = (typed: object, key: string) => helpFor(typed).steps.find((step) => step.key === key)?.text ?? '';
const aurora = {
  host: 'shop.cluster-c9akciq32.eu-central-1.rds.amazonaws.com',
  user: 'tidegate',
  awsAccountId: '123456789012',
  resourceId: 'cluster-ABCDEFGH',
};

describe('how to set up a connection by AWS RDS IAM', () => {
  it('allows exactly this user on exactly this cluster', () => {
    const policy = JSON.parse(textOf(aurora, 'policy'));
    expect(policy.Statement).toMatchObject([
      {
        Effect: 'Allow',
        Action: 'rds-db:connect',
        Resource: ['arn:aws:rds-db:eu-central-1:123456789012:dbuser:cluster-ABCDEFGH/tidegate'],
      },
    ]);
  });

  it('names the temporary accounts of this installation too, where they sign in by token', () => {
    const policy = JSON.parse(textOf({ ...aurora, accountSignIn: 'iam' }, 'policy'));
    expect(policy.Statement[0].Resource[1]).toBe(
      'arn:aws:rds-db:eu-central-1:123456789012:dbuser:cluster-ABCDEFGH/tg_ab12_*',
    );
  });

  it('takes the account from the role, and its external id into the trust policy', () => {
    const typed = { ...aurora, awsAccountId: '', credentials: 'role', externalId: 'tide-42' };
    const role = { ...typed, roleArn: 'arn:aws:iam::210987654321:role/db/tidegate' };
    expect(textOf(role, 'policy')).toContain(':210987654321:dbuser:');
    expect(JSON.parse(textOf(role, 'trust')).Statement[0].Condition).toEqual({
      StringEquals: { 'sts:ExternalId': 'tide-42' },
    });
  });

  it('makes the user of MySQL, of MariaDB and of PostgreSQL, with names quoted', () => {
    const named = { ...aurora, user: "o'tide", databases: ['hr_prod', 'a`b'] };
    const mysql = textOf(named, 'sql');
    expect(mysql).toContain("CREATE USER 'o\\'tide'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;");
    expect(mysql).toContain('ON `hr\\_prod`.*');
    expect(mysql).toContain('ON `a``b`.*');
    expect(textOf({ ...named, engine: 'mariadb' }, 'sql')).toContain('GRANT PROCESS, CONNECTION ADMIN ON');
    const postgres = textOf({ ...named, engine: 'postgresql', user: 'a"b' }, 'sql');
    expect(postgres).toContain('CREATE ROLE "a""b" LOGIN CREATEROLE;');
    expect(postgres).toContain('GRANT rds_iam TO "a""b";');
  });

  it('lets the user of PostgreSQL pass rds_iam on where accounts sign in by token', () => {
    const typed = { ...aurora, engine: 'postgresql', accountSignIn: 'iam' };
    expect(textOf(typed, 'sql')).toContain('GRANT rds_iam TO "tidegate" WITH ADMIN OPTION;');
  });

  it('leaves placeholders for what is not typed, and says how to find the resource id', () => {
    const empty = helpFor({});
    expect(empty.steps.map((step) => step.key)).toEqual(['find', 'policy', 'sql']);
    expect(textOf({}, 'policy')).toContain('arn:aws:rds-db:REGION:ACCOUNT_ID:dbuser:RESOURCE_ID/USER');
    expect(textOf({ host: aurora.host }, 'find')).toContain('--db-cluster-identifier shop');
  });

  it('says what does not fit', () => {
    const host = 'front.proxy-c9.eu-central-1.rds.amazonaws.com';
    expect(helpFor({ ...aurora, host }).notes.join(' ')).toContain('RDS Proxy');
    expect(helpFor({ ...aurora, region: 'us-east-1' }).notes.join(' ')).toContain('in eu-central-1');
    expect(helpFor({ ...aurora, resourceId: 'shop', awsAccountId: '12' }).notes).toHaveLength(2);
    expect(helpFor(aurora).notes).toEqual([]);
  });
});
