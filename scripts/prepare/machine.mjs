import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const root = join(fileURLToPath(import.meta.url), '../../..');

const container = 'Use a container with a glibc Linux there, for example the image node:24-bookworm.';

/** Stops with one sentence on a machine that cannot run Tidegate. */
export function refuseUnsuitableMachine() {
  const sentence = whyUnsuitable();
  if (sentence === undefined) return;
  console.error(sentence);
  process.exit(1);
}

function whyUnsuitable() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    return `Tidegate needs Node 20 or later to begin with; this is ${process.versions.node}. ${container}`;
  const { platform, arch } = process;
  if (platform !== 'linux' && platform !== 'darwin') return `Tidegate runs on Linux and macOS. ${container}`;
  if (arch !== 'x64' && arch !== 'arm64') return `Tidegate runs on x64 and arm64 processors. ${container}`;
  process.report.excludeNetwork = true;
  // Only glibc tells its version; the servers and Node that come from the registry are built for it.
  const header = process.report.getReport().header;
  if (platform === 'linux' && header.glibcVersionRuntime === undefined) {
    return `This Linux has no glibc (musl, as in Alpine), which Tidegate needs. ${container}`;
  }
  return undefined;
}
