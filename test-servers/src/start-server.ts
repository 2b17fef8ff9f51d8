import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type CertificateFiles, makeCertificate } from './certificate.ts';
import { serverFolder } from './folders.ts';
import { freePort } from './free-port.ts';
import { handOver } from './server-account.ts';
import { ServerProcess } from './server-process.ts';
import type { ServerAddress, ServerOptions, TestServer } from './test-server.ts';

/** Where a server is to run: handed to its program. */
export interface ServerPlace {
  readonly dataFolder: string;
  readonly socketFolder: string;
  readonly port: number;
  readonly certificate: CertificateFiles | undefined;
}

/** What differs from one kind of server to the next. */
export interface ServerProgram {
  readonly kind: ServerAddress['kind'];
  readonly superuser: ServerAddress['superuser'];
  /** The signal after which the server stops cleanly without waiting for its clients. */
  readonly stopSignal: NodeJS.Signals;
  fillDataFolder(folder: string): Promise<void>;
  command(place: ServerPlace): { file: string; args: string[] };
  socketPath(place: ServerPlace): string;
  /** Connects as the superuser and answers the server's version; throws until the server is ready. */
  askVersion(port: number): Promise<string>;
}

const readyWithinMs = 90_000;

/** Starts a server on a free port of 127.0.0.1 and answers when it accepts connections. */
export async function startServer(program: ServerProgram, options: ServerOptions): Promise<TestServer> {
  const folder = await serverFolder(program.kind);
  const dataFolder = join(folder, 'data');
  const socketFolder = join(folder, 'run');
  const certificateFolder = join(folder, 'tls');
  for (const path of [dataFolder, socketFolder, certificateFolder]) {
    await mkdir(path, { mode: 0o755 });
    handOver(path);
  }
  await program.fillDataFolder(dataFolder);
  const certificate = options.tls === true ? await makeCertificate(certificateFolder) : undefined;
  let running = await startOnFreePort(program, { dataFolder, socketFolder, certificate });
  const { place, version } = running;

  const end = (signal: NodeJS.Signals): Promise<void> => running.process.end(signal);
  return {
    kind: program.kind,
    host: '127.0.0.1',
    port: place.port,
    superuser: program.superuser,
    socketPath: program.socketPath(place),
    version,
    ...(certificate === undefined ? {} : { caFile: certificate.caFile }),
    kill: () => end('SIGKILL'),
    stop: async () => {
      // The data goes too, so only PostgreSQL, whose children would write on for a moment, is asked to end by itself.
      await end(program.kind === 'postgres' ? program.stopSignal : 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
    restart: async () => {
      await end(program.stopSignal);
      running = await startAt(program, place);
    },
  };
}

interface RunningServer {
  readonly process: ServerProcess;
  readonly place: ServerPlace;
  readonly version: string;
}

/** Another process may take the port between looking and binding: then once more with another one. */
async function startOnFreePort(program: ServerProgram, where: Omit<ServerPlace, 'port'>): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startAt(program, { ...where, port: await freePort() });
    } catch (error) {
      if (attempt === 5 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

async function startAt(program: ServerProgram, place: ServerPlace): Promise<RunningServer> {
  const { file, args } = program.command(place);
  const server = new ServerProcess(file, args, place.dataFolder);
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    try {
      const version = await program.askVersion(place.port);
      if (server.isRunning) return { process: server, place, version };
    } catch (error) {
      if (performance.now() > deadline || isRefusal(error)) {
        await server.end('SIGKILL');
        throw new Error(`${program.kind} was not ready in time: ${String(error)}\n${server.output}`);
      }
    }
    if (!server.isRunning) {
      await server.end('SIGKILL');
      throw new Error(`${program.kind} ended while starting:\n${server.output}`);
    }
    await pause(25);
  }
}

/** A server that refuses its own superuser will not change its mind: waiting would only hide the fault. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === '28P01' || code === 'ER_ACCESS_DENIED_ERROR';
}
