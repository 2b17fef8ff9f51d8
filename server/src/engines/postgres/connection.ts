import type { Socket } from 'node:net';
import { Client, type ClientConfig, type Connection } from 'pg';
import { EngineError, type InstanceTarget } from '../engine.ts';
import {
  explained,
  obtainSecret,
  refuseUnsafeStream,
  refuseUnsafeTarget,
  type SignIn,
  tokenNotAsked,
} from '../sign-in.ts';
import { Deadline, type Dialled, dial } from './dial.ts';
import { fromServer, isServerMessage } from './errors.ts';
import { WireConnection } from './wire-connection.ts';

/** Who logs in where, and with which settings from the first moment on. */
export interface Login extends SignIn {
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
  refuseUnsafeTarget(target, login);
  try {
    return await dialAndLogIn(target, login);
  } catch (error) {
    throw await explained(target, login, error);
  }
}

async function dialAndLogIn(target: InstanceTarget, login: Login): Promise<PostgresConnection> {
  const deadline = new Deadline(target.connectTimeoutMs);
  const password = await deadline.race(obtainSecret(login), () => undefined);
  const dialled = await dial(target, deadline);
  try {
    return await logIn(target, dialled, login, password, deadline);
  } catch (error) {
    if (!isRefusedByHostRules(error) || login.isToken) throw error;
    if (dialled.isTls && target.tls.mode === 'prefer') {
      const plain = await dial({ ...target, tls: { ...target.tls, mode: 'disable' } }, deadline);
      return logIn(target, plain, login, password, deadline);
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

async function logIn(
  target: InstanceTarget,
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
    password: () => (login.isToken ? tokenFor(target, login, password, socket, greeting) : password),
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
    throw fromLogin(error, greeting, login);
  }
  const { serverMajor, processId, secretKey } = greeting;
  return { client, wire, socket, isTls, serverMajor, processId, secretKey };
}

/** The last look before a token goes out: it is clear text, so nothing but a clear-text password may be asked for. */
function tokenFor(target: InstanceTarget, login: Login, token: string, socket: Socket, greeting: Greeting): string {
  if (greeting.asked !== 'clear text') throw tokenNotAsked(login.user);
  refuseUnsafeStream(target, socket);
  return token;
}

interface Greeting {
  /** What the server wants to see last. */
  asked: 'nothing' | 'clear text' | 'hash';
  serverMajor: number;
  processId: number;
  secretKey: number;
}

/** Keeps what the server tells once, at login. */
function readGreeting(wire: WireConnection): Greeting {
  const greeting: Greeting = { asked: 'nothing', serverMajor: 0, processId: 0, secretKey: 0 };
  wire.on('authenticationCleartextPassword', () => {
    greeting.asked = 'clear text';
  });
  for (const event of ['authenticationSASL', 'authenticationMD5Password']) {
    wire.on(event, () => {
      greeting.asked = 'hash';
    });
  }
  wire.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) => {
    if (status.parameterName === 'server_version') greeting.serverMajor = Number.parseInt(status.parameterValue, 10);
  });
  wire.once('backendKeyData', (key: { processID: number; secretKey: number }) => {
    greeting.processId = key.processID;
    greeting.secretKey = key.secretKey;
  });
  return greeting;
}

function fromLogin(error: unknown, { asked }: Greeting, { isToken }: Login): EngineError {
  if (error instanceof EngineError) return error;
  if (isServerMessage(error)) {
    const refusal = fromServer(error);
    if (!isToken || asked !== 'clear text' || refusal.kind !== 'auth_failed') return refusal;
    return new EngineError('token_refused', refusal.message, { serverCode: refusal.serverCode, cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  if (asked !== 'nothing' && !(error instanceof Error && 'code' in error)) {
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
