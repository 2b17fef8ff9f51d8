import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

it('the container file knows every workspace, without which the lock file would not be followed', () => {
  const { workspaces } = JSON.parse(textOf('package.json')) as { workspaces: readonly string[] };
  for (const name of workspaces) {
    expect(textOf('Dockerfile')).toContain(`COPY ${name}/package.json ${name}/\n`);
    expect(
      textOf('.dockerignore')
        .split('\n')
        .some((line) => line === `!${name}` || line === `!${name}/package.json`),
      name,
    ).toBe(true);
  }
});

it('the container starts the server with the flags of npm start', () => {
  const flags = /const flags = \['(.+)'\]/.exec(textOf('scripts/start.mjs'))?.[1];
  expect(flags).toMatch(/^--/);
  expect(textOf('Dockerfile')).toContain(`CMD ["node", "${flags}", "server/src/main/main.ts"]`);
});
