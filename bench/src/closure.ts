/** From the end of access to the passed check at the server: one grant, and many that end in the same second. */
import { type RunningTidegate, startTidegate } from '@tidegate/test-servers';
import { crowdStage } from './crowd.ts';
import { closeMany, closeOverdue } from './many-grants.ts';
import { closeOneByOne } from './one-grant.ts';
import { report } from './report.ts';
import { sweepMany } from './sweep.ts';

/** BENCH_CROWD makes it smaller, to see that it works. */
const crowdSize = Number(process.env['BENCH_CROWD'] ?? 500);

const crowd = await crowdStage();
let restarted: RunningTidegate | undefined;
try {
  const figures = await closeOneByOne(crowd.place);
  figures.push(...(await closeMany(crowd, crowdSize)));
  const restart = async () => {
    const { dataDir, port } = crowd.place.tidegate;
    restarted = await startTidegate({
      dataDir,
      port,
      env: { PG_URL: crowd.pgUrl, TIDEGATE_SECRET_KEY: crowd.secretKey },
    });
  };
  figures.push(...(await closeOverdue(crowd, crowdSize, restart)));
  figures.push(...(await sweepMany(crowd, crowdSize, async () => await restarted?.kill())));
  report('closure', figures);
} finally {
  await restarted?.stop();
  await crowd.stop();
}
