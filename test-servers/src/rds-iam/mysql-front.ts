import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { ServerAddress } from '../test-server.ts';
import { relay, secureAsClient, secureAsServer } from './front-stream.ts';
import {
  capability,
  errorPayload,
  type HandshakeResponse,
  type Packet,
  proofOf,
  readGreeting,
  readHandshakeResponse,
  readPacket,
  writePacket,
} from './mysql-packet.ts';
import type { RdsFront, ServeClient } from './rds-front.ts';

/**
 * The upstream has no plugin for tokens: the users of this map are asked for one, and the front then signs in as the
 * same user with the password that only it knows. Everybody else's login is relayed byte by byte, the upstream's own
 * greeting included; both legs are encrypted, so that a full `caching_sha2` login is too.
 */
export function serveMySql(upstream: ServerAddress, iamUsers: ReadonlyMap<string, string>): ServeClient {
  return async (socket, front) => {
    const dialled = front.track(connect(upstream.port, upstream.host).setNoDelay(true));
    socket.once('close', () => dialled.destroySoon());
    const greeting = await readPacket(dialled);
    const { flagsAt } = readGreeting(greeting.payload);
    const shown = Buffer.from(greeting.payload);
    if (front.behaviour.tls === 'none') shown.writeUInt16LE(shown.readUInt16LE(flagsAt) & ~capability.ssl, flagsAt);
    writePacket(socket, { ...greeting, payload: shown });
    const legs = await secureBoth(socket, dialled, front, upstream);
    if (legs === null) return;
    const { client, server, response } = legs;
    const parts = readHandshakeResponse(response.payload);
    const password = iamUsers.get(parts.user);
    if (password === undefined) {
      writePacket(server, response);
      relay(client, server);
      return;
    }
    const asked = await askForToken(client, response.sequence);
    if (!front.verify(asked.token, parts.user, client !== socket).isAccepted) {
      const refusal = `Access denied for user '${parts.user}'@'localhost' (using password: YES)`;
      writePacket(client, { sequence: asked.sequence + 1, payload: errorPayload(1045, '28000', refusal) });
      client.end();
      return;
    }
    const outcome = await signIn(server, parts, response.sequence, password, greeting.payload);
    writePacket(client, { sequence: asked.sequence + 1, payload: outcome });
    relay(client, server);
  };
}

interface Legs {
  readonly client: Socket;
  readonly server: Socket;
  readonly response: Packet;
}

/** Both sides go over to TLS with the client's own request; null when it did not ask and has been sent away. */
async function secureBoth(socket: Socket, dialled: Socket, front: RdsFront, upstream: ServerAddress) {
  const first = await readPacket(socket);
  const { tls } = front.behaviour;
  const isRequest = first.payload.length === 32 && (first.payload.readUInt32LE(0) & capability.ssl) !== 0;
  if (tls === 'none') {
    if (isRequest) throw new Error('TLS was not offered.');
    return { client: socket, server: dialled, response: first } satisfies Legs;
  }
  if (!isRequest) {
    const refusal = 'Connections using insecure transport are prohibited while --require_secure_transport=ON.';
    writePacket(socket, { sequence: first.sequence + 1, payload: errorPayload(3159, 'HY000', refusal) });
    socket.end();
    return null;
  }
  writePacket(dialled, first);
  const [client, server] = await Promise.all([
    front.context(tls).then((context) => secureAsServer(socket, context)),
    readFile(upstream.caFile ?? '', 'utf8').then((ca) => secureAsClient(dialled, ca)),
  ]);
  front.track(client);
  front.track(server);
  return { client, server, response: await readPacket(client) } satisfies Legs;
}

async function askForToken(client: Socket, sequence: number): Promise<{ token: string; sequence: number }> {
  writePacket(client, { sequence: sequence + 1, payload: Buffer.from('\xfemysql_clear_password\0', 'latin1') });
  const answer = await readPacket(client);
  return { token: answer.payload.toString('utf8').replace(/\0$/, ''), sequence: answer.sequence };
}

/** Signs in upstream as the client's user with everything else that the client asked for; answers the last packet. */
async function signIn(
  server: Socket,
  { start, database, attributes }: HandshakeResponse,
  sequence: number,
  password: string,
  greeting: Buffer,
): Promise<Buffer> {
  const { plugin, scramble } = readGreeting(greeting);
  const proof = proofOf(plugin, password, scramble);
  const name = Buffer.from(`${plugin}\0`);
  const payload = Buffer.concat([start, Buffer.from([proof.length]), proof, database, name, attributes]);
  writePacket(server, { sequence, payload });
  for (;;) {
    const answer = await readPacket(server);
    const kind = answer.payload[0];
    if (kind === 0xfe) {
      const end = answer.payload.indexOf(0, 1);
      const other = answer.payload.toString('latin1', 1, end);
      const proved = proofOf(other, password, answer.payload.subarray(end + 1));
      writePacket(server, { sequence: answer.sequence + 1, payload: proved });
    } else if (kind === 1 && answer.payload[1] === 4) {
      writePacket(server, { sequence: answer.sequence + 1, payload: Buffer.from(`${password}\0`) });
    } else if (kind !== 1) {
      return answer.payload;
    }
  }
}
