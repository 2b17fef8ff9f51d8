import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { permissions, routes } from '@tidegate/contract';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { describe, expect, test } from 'vitest';
import { createOpenApiDocument } from './openapi.ts';

const document = createOpenApiDocument(routes, '0.0.0-test');
const paths = document['paths'] as Record<string, Record<string, Record<string, unknown>>>;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ key: `${method.toUpperCase()} ${path}`, operation })),
);

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('holds every route of the contract, each with its permission or why it is public', () => {
    expect(operations).toHaveLength(Object.keys(routes).length);
    for (const { key, operation } of operations) {
      const access = operation['x-permission'] ?? operation['x-public'];
      expect(access, key).toEqual(expect.any(String));
      if (operation['x-permission'] !== undefined) expect(permissions).toContain(operation['x-permission']);
    }
  });

  test('names each operation once', () => {
    const names = operations.map(({ operation }) => operation['operationId']);
    expect(new Set(names).size).toBe(names.length);
  });

  test('gives a TypeScript client that the compiler takes', async () => {
    const schema = astToString(await openapiTS(document as unknown as OpenAPI3));
    const folder = await mkdtemp(join(import.meta.dirname, '.client-'));
    try {
      await writeFile(join(folder, 'schema.ts'), schema);
      await writeFile(join(folder, 'client.ts'), client);
      const compiler = join(createRequire(import.meta.url).resolve('typescript-native/package.json'), '../bin/tsc');
      const options = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--skipLibCheck',
        '--allowImportingTsExtensions',
      ];
      const run = promisify(execFile)(process.execPath, [compiler, ...options, join(folder, 'client.ts')]);
      await expect(run).resolves.toMatchObject({ stdout: '' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** Right and wrong uses: the compiler must refuse the wrong ones. */
const client = `
import type { operations, paths } from './schema.ts';
type Person = paths['/people']['get']['responses']['200']['content']['application/json']['items'][number];
export const name = (person: Person): string => person.name;
export const query: paths['/people']['get']['parameters']['query'] = { state: 'active', page: 2 };
// @ts-expect-error: not a state of a person
export const wrong: paths['/people']['get']['parameters']['query'] = { state: 'asleep' };
type Body = operations['postSignIn']['requestBody']['content']['application/json'];
export const body: Body = { email: 'ada@example.test', password: 'x' };
// @ts-expect-error: a password is needed
export const incomplete: Body = { email: 'ada@example.test' };
export type Problem = paths['/people']['get']['responses']['default']['content']['application/problem+json'];
export const code = (problem: Problem): 'auth.required' | string => problem.code;
`;
