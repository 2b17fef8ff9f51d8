import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{contract,sql-analysis,server,web,test-servers,bench,e2e}/**/*.test.{ts,tsx}'],
    globalSetup: ['./test-servers/src/vitest-global-setup.ts'],
    // Servers start and stop while tests run; a hang still ends, but a busy machine is not a failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
    passWithNoTests: false,
    pool: 'forks',
  },
});
