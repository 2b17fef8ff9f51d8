import { expect, it } from 'vitest';
import { schemasOf } from './search-path.ts';

it.each([
  ['"$user", public', ['public']],
  ['App, "My ""own"", schema",public', ['app', 'My "own", schema', 'public']],
  ['', []],
  ['""', []],
])('%s', (path, schemas) => expect(schemasOf(path)).toEqual(schemas));
