import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { readExactly } from './front-stream.ts';

/** One packet with its number; its bytes as they came, the head included. */
export interface Packet {
  readonly sequence: number;
  readonly payload: Buffer;
}

export async function readPacket(socket: Socket): Promise<Packet> {
  const head = await readExactly(socket, 4);
  const length = head.readUIntLE(0, 3);
  if (length > 70_000) throw new Error('No packet of a login is that long.');
  return { sequence: head[3] ?? 0, payload: length === 0 ? Buffer.alloc(0) : await readExactly(socket, length) };
}

export function writePacket(socket: Socket, { sequence, payload }: Packet): void {
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = sequence & 0xff;
  socket.write(Buffer.concat([head, payload]));
}

export function errorPayload(code: number, state: string, message: string): Buffer {
  const head = Buffer.from([0xff, code & 0xff, code >> 8]);
  return Buffer.concat([head, Buffer.from(`#${state}${message}`)]);
}

export const capability = {
  withDatabase: 0x8,
  ssl: 0x800,
  secureConnection: 0x8000,
  pluginAuth: 0x80000,
  lenencAuth: 0x200000,
} as const;

/** The client's answer to the greeting, as far as a login upstream in its place needs it. */
export interface HandshakeResponse {
  readonly user: string;
  /** Up to and with the user name. */
  readonly start: Buffer;
  /** The database's name with its end, or nothing. */
  readonly database: Buffer;
  /** Behind the plugin's name. */
  readonly attributes: Buffer;
}

export function readHandshakeResponse(payload: Buffer): HandshakeResponse {
  const flags = payload.readUInt32LE(0);
  const afterUser = payload.indexOf(0, 32) + 1;
  // Lengths of the answer stay under 251, where both spellings are one byte.
  const length = payload[afterUser] ?? 0;
  if (length > 250 || (flags & capability.secureConnection) === 0) throw new Error('This client is too old.');
  const afterAuth = afterUser + 1 + length;
  const afterDatabase = flags & capability.withDatabase ? payload.indexOf(0, afterAuth) + 1 : afterAuth;
  const afterPlugin = flags & capability.pluginAuth ? payload.indexOf(0, afterDatabase) + 1 : afterDatabase;
  return {
    user: payload.toString('utf8', 32, afterUser - 1),
    start: payload.subarray(0, afterUser),
    database: payload.subarray(afterAuth, afterDatabase),
    attributes: payload.subarray(afterPlugin),
  };
}

/** What proves the password to the server's plugin, given the 20 bytes that it sent. */
export function proofOf(plugin: string, password: string, scramble: Buffer): Buffer {
  const nonce = scramble.subarray(0, 20);
  const hash = (algorithm: string, ...parts: Buffer[]): Buffer =>
    createHash(algorithm).update(Buffer.concat(parts)).digest();
  if (plugin === 'mysql_native_password') {
    const once = hash('sha1', Buffer.from(password));
    return exclusiveOr(once, hash('sha1', nonce, hash('sha1', once)));
  }
  if (plugin === 'caching_sha2_password') {
    const once = hash('sha256', Buffer.from(password));
    return exclusiveOr(once, hash('sha256', hash('sha256', once), nonce));
  }
  throw new Error(`The front has no proof for ${plugin}.`);
}

function exclusiveOr(one: Buffer, other: Buffer): Buffer {
  return one.map((byte, index) => byte ^ (other[index] ?? 0)) as Buffer;
}

/** The greeting's scramble: eight bytes behind the version, twelve and an end at its end before the plugin's name. */
export function readGreeting(payload: Buffer): { scramble: Buffer; plugin: string; flagsAt: number } {
  const afterVersion = payload.indexOf(0, 1) + 1;
  const first = payload.subarray(afterVersion + 4, afterVersion + 12);
  const flagsAt = afterVersion + 13;
  const secondAt = flagsAt + 18;
  const second = payload.subarray(secondAt, secondAt + 12);
  const plugin = payload.toString('latin1', secondAt + 13).replace(/\0.*$/s, '');
  return { scramble: Buffer.concat([first, second]), plugin, flagsAt };
}
