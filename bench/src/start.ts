/** From spawning the server to its first ready answer, on an existing embedded store. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTidegate } from '@tidegate/test-servers';
import { median, report } from './report.ts';

const rounds = 5;
const dataDir = await mkdtemp(join(tmpdir(), 'tidegate-bench-start-'));
// As root the store runs as another user, who must be able to enter.
await chmod(dataDir, 0o711);
try {
  const first = await startTidegate({ dataDir });
  await first.stop();
  const existing: number[] = [];
  const afterKill: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const clean = await startTidegate({ dataDir });
    existing.push(clean.startMs);
    await clean.kill();
    const recovering = await startTidegate({ dataDir });
    afterKill.push(recovering.startMs);
    await recovering.stop();
  }
  report('start', [
    { what: 'first start, making the store', value: first.startMs / 1000, unit: 's' },
    { what: 'start on an existing store, median', value: median(existing) / 1000, unit: 's', bar: { most: 3 } },
    { what: 'start after kill -9, median', value: median(afterKill) / 1000, unit: 's', bar: { most: 3 } },
  ]);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
