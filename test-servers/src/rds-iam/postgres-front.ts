import { connect, type Socket } from 'node:net';
import { Pool } from 'pg';
import type { ServerAddress } from '../test-server.ts';
import { readExactly, relay, secureAsServer } from './front-stream.ts';
import type { RdsFront, ServeClient } from './rds-front.ts';

/** Codes that stand where a startup message has its version (chapter 54.7). */
const sslRequest = 80_877_103;
const gssRequest = 80_877_104;
const cancelRequest = 80_877_102;

const membersOfRdsIam = `
  with recursive member(id) as (
    select oid from pg_roles where rolname = 'rds_iam'
    union select m.member from pg_auth_members m join member on m.roleid = member.id
  )
  select 1 from member join pg_roles r on r.oid = member.id where r.rolname = $1 and not r.rolsuper`;

/**
 * Members of `rds_iam`, direct or not, are asked for a token, as the line `hostssl all +rds_iam all pam` of the real
 * server does; the upstream trusts them on its socket only. Everybody else signs in at the upstream itself.
 */
export function servePostgres(upstream: ServerAddress): { serve: ServeClient; close: () => Promise<void> } {
  const catalog = new Pool({
    ...{ host: upstream.host, port: upstream.port, database: 'postgres', max: 2 },
    ...upstream.superuser,
  });
  catalog.on('error', () => undefined);
  const isMember = async (user: string): Promise<boolean> =>
    (await catalog.query(membersOfRdsIam, [user])).rowCount === 1;
  return {
    serve: async (socket, front) => {
      const opening = await readOpening(socket, front);
      if (opening === null) return;
      const { client, message, isEncrypted } = opening;
      const through = (): void => pass(client, message, upstream, front);
      if (message.readInt32BE(4) === cancelRequest) return through();
      const { user = '', database = user } = startupParameters(message);
      if (!isEncrypted && front.behaviour.tls !== 'none') {
        return refuse(
          client,
          `no pg_hba.conf entry for host "127.0.0.1", user "${user}", database "${database}", no encryption`,
        );
      }
      if (!(await isMember(user))) return through();
      const token = await askForPassword(client);
      if (front.verify(token, user, isEncrypted).isAccepted) return through();
      refuse(client, `PAM authentication failed for user "${user}"`);
    },
    close: () => catalog.end(),
  };
}

interface Opening {
  readonly client: Socket;
  /** The startup message or the request to cancel, whole. */
  readonly message: Buffer;
  readonly isEncrypted: boolean;
}

/** Reads up to the startup message, TLS included; null when the client was answered and has gone. */
async function readOpening(socket: Socket, front: RdsFront): Promise<Opening | null> {
  let client = socket;
  let isEncrypted = false;
  for (;;) {
    const message = await readStartup(client);
    const code = message.readInt32BE(4);
    if (code === gssRequest || (code === sslRequest && front.behaviour.tls === 'none')) {
      client.write('N');
    } else if (code !== sslRequest) {
      return { client, message, isEncrypted };
    } else if (isEncrypted || client.readableLength > 0 || front.behaviour.tls === 'none') {
      // Bytes behind the request came in clear text, before TLS: somebody in the middle may have put them there.
      client.destroy();
      return null;
    } else {
      const context = await front.context(front.behaviour.tls);
      client.write('S');
      client = front.track(await secureAsServer(socket, context));
      isEncrypted = true;
    }
  }
}

async function readStartup(client: Socket): Promise<Buffer> {
  const head = await readExactly(client, 4);
  const length = head.readInt32BE(0);
  if (length < 8 || length > 10_000) throw new Error('This is not a startup message.');
  return Buffer.concat([head, await readExactly(client, length - 4)]);
}

function startupParameters(message: Buffer): Record<string, string> {
  const words = message.toString('utf8', 8).split('\0');
  const parameters: Record<string, string> = {};
  for (let at = 0; at + 1 < words.length; at += 2) parameters[words[at] ?? ''] = words[at + 1] ?? '';
  return parameters;
}

/** AuthenticationCleartextPassword, and what the client answers. */
async function askForPassword(client: Socket): Promise<string> {
  client.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
  const head = await readExactly(client, 5);
  const length = head.readInt32BE(1) - 4;
  if (head[0] !== 0x70 || length < 1 || length > 65_536) throw new Error('This is not a password message.');
  return (await readExactly(client, length)).toString('utf8', 0, length - 1);
}

function refuse(client: Socket, message: string): void {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C28000\0M${message}\0\0`);
  const head = Buffer.alloc(5, 'E');
  head.writeInt32BE(fields.length + 4, 1);
  client.end(Buffer.concat([head, fields]));
}

function pass(client: Socket, message: Buffer, upstream: ServerAddress, front: RdsFront): void {
  const server = front.track(connect(`${upstream.socketPath}/.s.PGSQL.${upstream.port}`));
  server.write(message);
  relay(client, server);
}
