import { describe, expect, it } from 'vitest';
import { outlivingWork } from './outliving.ts';

const ofXa = /an XA transaction outlives/;
const ofDynamic = /what it would run is not in the text/;

describe.each(['mysql', 'mariadb'] as const)('on %s', (dialect) => {
  it.each([
    `xa start 'x'`,
    `XA BEGIN 'x', 'y', 3`,
    `  /* a */ xA -- b\n prepare 'x'`,
    `xa commit 'x' one phase`,
    `xa rollback 0x6162`,
    `xa end 'x';`,
    `/*!50000 xa start 'x' */`,
    `/*! xa */ commit 'x'`,
    `xa /*!99999 prepare */ 'x'`,
    `/*! begin not atomic xa start 'x'; xa end 'x'; xa prepare 'x'; end */`,
  ])('refused: %s', (text) => expect(outlivingWork(dialect, text)).toMatch(ofXa));

  it.each([
    'xa recover',
    'select xa from t',
    `select 'xa start' as xa from xa`,
    'select case when xa then xa end from t',
    `insert into t values ('xa prepare ''x''')`,
    '/*!50000 select 1 */',
    'start transaction',
    'commit',
    `prepare s from 'select 1'`,
    'execute s using @a',
    '',
    `'`,
  ])('sent: %s', (text) => expect(outlivingWork(dialect, text)).toBeNull());
});

describe('texts that are run on MariaDB', () => {
  it.each([
    `execute immediate 'xa start ''x'''`,
    `prepare s from "xa prepare 'x'"`,
    `execute immediate 'execute immediate ''xa commit ''''x'''''''`,
    `set statement max_statement_time = 1 for xa start 'x'`,
    `set statement max_statement_time = 1 for execute immediate 'xa start ''x'''`,
    `set statement debug = '\\' for xa start 'x' -- '`,
    `begin not atomic set @a = '\\'; xa start 'x'; -- '; end`,
    `a: begin not atomic xa start 'x'; end`,
    `<<a>> begin xa start 'x'; end`,
  ])('refused for what they hold: %s', (text) => expect(outlivingWork('mariadb', text)).toMatch(ofXa));

  it.each([
    'execute immediate @a',
    `execute immediate concat('x', 'a start ''x''')`,
    `execute immediate 'x' 'a start ''x'''`,
    `execute immediate 'x\\a start ''x'''`,
    `execute immediate x'786120737461727420277827'`,
    `execute immediate n'xa start ''x'''`,
    `execute immediate _utf8'xa start ''x'''`,
    'prepare s from @a',
    'execute immediate',
    'if 1 then execute immediate @a; end if',
    'set statement max_statement_time = 1 for execute immediate @a',
    `/*! execute immediate 'select 1' */`,
    `/*M!100000 prepare */ s from @a`,
  ])('refused because they are not seen: %s', (text) => expect(outlivingWork('mariadb', text)).toMatch(ofDynamic));

  it.each([
    `execute immediate 'select 1'`,
    `execute immediate 'select ?' using 3`,
    `prepare s from 'select ''xa start'''`,
    'deallocate prepare s',
    'begin',
    'begin work',
    'set statement max_statement_time = 1 for select 1',
    'if 1 then select 1; end if',
    '(select 1)',
  ])('sent: %s', (text) => expect(outlivingWork('mariadb', text)).toBeNull());

  it('are sent to MySQL, which prepares no such statement', () => {
    expect(outlivingWork('mysql', 'prepare s from @a')).toBeNull();
  });
});

it('says nothing of PostgreSQL, whose closure rolls back what its accounts have prepared', () => {
  expect(outlivingWork('postgresql', `prepare transaction 'x'`)).toBeNull();
});
