import type { Socket } from 'node:net';
import { Client, type ClientConfig, type Connection } from 'pg';
import { EngineError, type InstanceTarget } from '../engine.ts';
import { Deadline, type Dialled, dial } from './dial.ts';
import { fromServer, isServerMessage } from './errors.ts';
import { WireConnection } from './wire-connection.ts';

/** Who logs in where, and with which settings from the first moment on. */
export interface Login {
  readonly user: string;
  readonly password: () => Promise<string>;
  readonly database: string;
  readonly applicationName: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface PostgresConnection {
  readonly client: Client;
  readonly wire: WireConnection;
  readonly socket: Socket;
  readonly isTls: boolean;
  readonly serverMajor: number;
  readonly processId: number;
  readonly secretKey: number;
}

/** Logs in; rejects with an `EngineError` that says what is wrong, after at most the target's timeout. */
export async function connect(target: InstanceTarget, login: Login): Promise<PostgresConnection> {
  refuseImpossible(login);
  const deadline = new Deadline(target.connectTimeoutMs);
  const password = await deadline.race(obtainPassword(login), () => undefined);
  const dialled = await dial(target, deadline);
  try {
    return await logIn(dialled, login, password, deadline);
  } catch (error) {
    if (!isRefusedByHostRules(error)) throw error;
    if (dialled.isTls && target.tls.mode === 'prefer') {
      const plain = await dial({ ...target, tls: { ...target.tls, mode: 'disable' } }, deadline);
      return logIn(plain, login, password, deadline);
    }
    if (!dialled.isTls && (await offersTls(target, deadline))) {
      throw new EngineError('tls_required', 'The server admits this user only with TLS.', {
        hint: 'Choose the TLS mode require or one of the verify modes.',
        serverCode: '28000',
        cause: error,
      });
    }
    throw error;
  }
}

/** A NUL would end the text early and turn the rest into parameters of the startup message. */
function refuseImpossible(login: Login): void {
  if (login.database.includes('\0')) throw new EngineError('database_missing', 'No database has a NUL in its name.');
  if (login.user.includes('\0')) throw new EngineError('auth_failed', 'No user has a NUL in his name.');
}

async function obtainPassword(login: Login): Promise<string> {
  try {
    return await login.password();
  } catch (error) {
    throw new EngineError('auth_failed', `The password of ${login.user} could not be obtained.`, { cause: error });
  }
}

async function logIn(
  dialled: Dialled,
  login: Login,
  password: string,
  deadline: Deadline,
): Promise<PostgresConnection> {
  const { socket, isTls } = dialled;
  const wire = new WireConnection(socket);
  const greeting = readGreeting(wire);
  const config: ClientConfig & { connection: Connection } = {
    connection: wire,
    ssl: false,
    user: login.user,
    password: () => password,
    database: login.database,
    application_name: printable(login.applicationName),
    options: Object.entries(login.settings)
      .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`)
      .join(' '),
  };
  const client = new Client(config);
  // Without a listener an error between two statements would end the process; `end` follows and is handled.
  client.on('error', () => undefined);
  try {
    await deadline.race(client.connect(), () => socket.destroy());
  } catch (error) {
    socket.destroy();
    throw fromLogin(error, greeting.isAsked);
  }
  return { client, wire, socket, isTls, ...greeting };
}

interface Greeting {
  isAsked: boolean;
  serverMajor: number;
  processId: number;
  secretKey: number;
}

/** Keeps what the server tells once, at login. */
function readGreeting(wire: WireConnection): Greeting {
  const greeting: Greeting = { isAsked: false, serverMajor: 0, processId: 0, secretKey: 0 };
  wire.on('authenticationSASL', () => {
    greeting.isAsked = true;
  });
  wire.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) => {
    if (status.parameterName === 'server_version') greeting.serverMajor = Number.parseInt(status.parameterValue, 10);
  });
  wire.once('backendKeyData', (key: { processID: number; secretKey: number }) => {
    greeting.processId = key.processID;
    greeting.secretKey = key.secretKey;
  });
  return greeting;
}

function fromLogin(error: unknown, isPasswordAsked: boolean): EngineError {
  if (error instanceof EngineError) return error;
  if (isServerMessage(error)) return fromServer(error);
  const message = error instanceof Error ? error.message : String(error);
  if (isPasswordAsked && !(error instanceof Error && 'code' in error)) {
    return new EngineError('auth_failed', `The login failed: ${message}.`, { cause: error });
  }
  return new EngineError('connection_lost', 'The server hung up before the login was complete.', { cause: error });
}

/** pg_hba.conf has no line for this user from here; the code is shared, the reporting function is not. */
function isRefusedByHostRules(error: unknown): boolean {
  const cause = error instanceof EngineError ? error.cause : null;
  return isServerMessage(cause) && cause.code === '28000' && cause.routine === 'ClientAuthentication';
}

async function offersTls(target: InstanceTarget, deadline: Deadline): Promise<boolean> {
  if (target.host.startsWith('/')) return false;
  try {
    const { socket } = await dial({ ...target, tls: { mode: 'require', ca: null } }, deadline);
    socket.destroy();
    return true;
  } catch {
    // Any failure means that we cannot say so; the first error stays.
    return false;
  }
}

/** The server cuts it at 63 bytes by itself; control characters would break its process list. */
function printable(text: string): string {
  return text.toWellFormed().replaceAll(/\p{Cc}/gu, ' ');
}
