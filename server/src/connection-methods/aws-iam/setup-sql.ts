import type { RouteAnswer, Routes } from '@tidegate/contract';
import { quoteAccount, quoteWholeDatabase } from '../../engines/mysql/quote.ts';
import { isPossibleName, quoteName } from '../../engines/postgres/quote.ts';
import type { SetupFacts } from './setup-help.ts';

type Step = RouteAnswer<Routes['POST /instances/setup-help']>['steps'][number];

/** Makes the connecting user with what the capability check will want, and no more. */
export function databaseUserSql(facts: SetupFacts): Step {
  const isPostgres = facts.engine === 'postgresql';
  return {
    key: 'sql',
    title: 'SQL for the database user',
    text: (isPostgres ? postgresSql(facts) : mysqlSql(facts)).join('\n'),
    language: 'sql',
    note: isPostgres
      ? 'Run it as the master user. Repeat the last line for every role that owns tables to be shared.'
      : 'Run it as the master user. The lines marked as optional spare logging in as the accounts to end their sessions.',
  };
}

function mysqlSql({ engine, user, databases }: SetupFacts): string[] {
  const me = quoteAccount(user);
  const admin = engine === 'mariadb' ? 'CONNECTION ADMIN' : 'CONNECTION_ADMIN';
  return [
    `CREATE USER ${me} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;`,
    `GRANT CREATE USER ON *.* TO ${me};`,
    ...databases.map(
      (name) =>
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ${quoteWholeDatabase(name, 'pattern')} TO ${me} WITH GRANT OPTION;`,
    ),
    '-- optional:',
    `GRANT PROCESS, ${admin} ON *.* TO ${me};`,
    `GRANT SELECT ON \`mysql\`.* TO ${me};`,
  ];
}

function postgresSql({ user, accountSignIn }: SetupFacts): string[] {
  const me = isPossibleName(user) ? quoteName(user) : quoteName('USER');
  // Since PostgreSQL 16 CREATEROLE alone does not let one pass on a role that one has not made.
  const option = accountSignIn === 'iam' ? ' WITH ADMIN OPTION' : '';
  return [
    `CREATE ROLE ${me} LOGIN CREATEROLE;`,
    `GRANT rds_iam TO ${me}${option};`,
    '-- the owner of the tables:',
    `GRANT "OWNER" TO ${me};`,
  ];
}
