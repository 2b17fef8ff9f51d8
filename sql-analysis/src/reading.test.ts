import { expect, it } from 'vitest';
import { analyse } from './index.ts';
import { changesReading, readOtherwise } from './reading.ts';
import type { Dialect } from './token.ts';

const changes = async (dialect: Dialect, text: string) => changesReading(dialect, text, await analyse(dialect, text));

it.each([
  ['postgresql', 'set search_path = hr'],
  ['postgresql', `select set_config('search_path', 'hr', false)`],
  ['postgresql', 'reset all'],
  ['postgresql', `set schema 'hr'`],
  ['postgresql', 'set standard_conforming_strings = off'],
  ['postgresql', String.raw`set U&"search\005fpath" = hr`],
  ['postgresql', 'create temp table salary (id int)'],
  ['postgresql', 'create table pg_temp.salary (id int)'],
  ['postgresql', 'select 1 as id into temporary salary'],
  ['postgresql', 'do $$ begin end $$'],
  ['mysql', 'use hr'],
  ['mysql', '/* which? */ -- that one\n use hr'],
  ['mysql', `set sql_mode = 'ANSI_QUOTES'`],
  ['mysql', 'set names gbk'],
  ['mysql', 'create temporary table salary (id int)'],
  ['mysql', 'execute s'],
  ['mysql', '/*! use hr */'],
  ['mariadb', `execute immediate 'use hr'`],
  ['mariadb', `set statement sql_mode = 'ANSI_QUOTES' for select 1`],
] as const)('on %s: %s', async (dialect, text) => expect(await changes(dialect, text)).toBe(true));

it.each([
  ['postgresql', 'set statement_timeout = 1000'],
  ['postgresql', 'select role, schema, names from reset'],
  ['postgresql', 'select my_function(1) from salary'],
  ['postgresql', 'begin'],
  ['postgresql', 'fetch next from c'],
  ['postgresql', 'create table t (id int)'],
  ['postgresql', `update t set a = 'search_path'`],
  ['mysql', 'set @a = 1'],
  ['mysql', 'select names, use_count from charset_use'],
  ['mysql', 'show tables'],
] as const)('nothing changes on %s: %s', async (dialect, text) => expect(await changes(dialect, text)).toBe(false));

it('leaves an analysis that comes after it unsure, with what it names', async () => {
  const sure = await analyse('postgresql', 'select * from salary');
  expect(readOtherwise(sure)).toMatchObject({ sure: false, kind: 'read', relations: [{ name: 'salary' }] });
});
