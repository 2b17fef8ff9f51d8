import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{contract,sql-analysis,server,web,test-servers,bench,e2e}/**/*.test.{ts,tsx}'],
    globalSetup: ['./test-servers/src/vitest-global-setup.ts'],
    // Servers start and stop while tests run; a hang still ends, but a busy machine is not a failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    retry: 0,
    // Two on two processors, where there would be one: tests wait for servers half of the time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    passWithNoTests: false,
    pool: 'forks',
  },
});
