/** A login that stops in the middle, where the server has read the name and waits for the password. */
import { constants, createHash, publicEncrypt } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export interface HalfLogin {
  /** Sends the password. Resolves with true when the server took it, with false when it refused or had hung up. */
  finish(password: string): Promise<boolean>;
  /** Of a finished one: sends a statement that answers with no rows. Resolves with false when the server refused. */
  ask(text: string): Promise<boolean>;
  close(): void;
}

const capabilities = { longPassword: 1, protocol41: 0x200, secureConnection: 0x8000, pluginAuth: 0x80000 };
const switchPlugin = 0xfe;
const moreData = 1;
const fullAuthentication = 4;
const ok = 0;
const failed = 0xff;

export async function halfLogin(at: { host: string; port: number }, user: string): Promise<HalfLogin> {
  const wire = new Wire(connect(at.port, at.host));
  await wire.read();
  const head = Buffer.alloc(32);
  head.writeUInt32LE(
    Object.values(capabilities).reduce((all, one) => all | one),
    0,
  );
  head.writeUInt32LE(0xffffff, 4);
  head[8] = 45;
  // A plugin that the account does not use: the server names the right one and waits.
  wire.write(Buffer.concat([head, Buffer.from(`${user}\0\0mysql_clear_password\0`)]));
  const answer = await wire.read();
  if (answer?.[0] !== switchPlugin) throw new Error(`No switch of plugins: ${answer?.toString()}`);
  return {
    close: () => wire.close(),
    async ask(text) {
      wire.write(Buffer.concat([Buffer.from([3]), Buffer.from(text)]), 0);
      const answer = await wire.read();
      return answer !== null && answer[0] !== failed;
    },
    async finish(password) {
      // MariaDB asks once for each way in that the account has.
      let last: Buffer | null = answer;
      while (last?.[0] === switchPlugin) last = await authenticate(wire, last, password);
      return last?.[0] === ok;
    },
  };
}

/** Answers a switch of plugins; resolves with what the server says then. */
async function authenticate(wire: Wire, request: Buffer, password: string): Promise<Buffer | null> {
  const end = request.indexOf(0, 1);
  const nonce = request.subarray(end + 1, end + 21);
  const isSha2 = request.subarray(1, end).toString() === 'caching_sha2_password';
  wire.write(isSha2 ? scrambledSha2(password, nonce) : scrambledSha1(password, nonce));
  const answer = await wire.read();
  if (answer?.[0] !== moreData) return answer;
  if (answer[1] !== fullAuthentication) return await wire.read();
  wire.write(Buffer.from([2]));
  const key = (await wire.read())?.subarray(1).toString() ?? '';
  const hidden = repeatedly(Buffer.from(`${password}\0`), nonce);
  wire.write(publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, hidden));
  return await wire.read();
}

const digest = (name: string, ...parts: readonly Buffer[]): Buffer =>
  createHash(name).update(Buffer.concat(parts)).digest();

const repeatedly = (bytes: Buffer, key: Buffer): Buffer =>
  Buffer.from(bytes.map((byte, index) => byte ^ (key[index % key.length] ?? 0)));

function scrambledSha1(password: string, nonce: Buffer): Buffer {
  const once = digest('sha1', Buffer.from(password));
  return repeatedly(once, digest('sha1', nonce, digest('sha1', once)));
}

function scrambledSha2(password: string, nonce: Buffer): Buffer {
  const once = digest('sha256', Buffer.from(password));
  return repeatedly(once, digest('sha256', digest('sha256', once), nonce));
}

/** Packets of the protocol, one at a time. */
class Wire {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #sequence = 0;
  #isOver = false;
  #wake = (): void => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data) => {
      this.#bytes = Buffer.concat([this.#bytes, data]);
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  /** Null when the server hung up. */
  async read(): Promise<Buffer | null> {
    for (;;) {
      const length = this.#bytes.length < 4 ? Number.POSITIVE_INFINITY : this.#bytes.readUIntLE(0, 3);
      if (this.#bytes.length >= 4 + length) {
        this.#sequence = this.#bytes[3] ?? 0;
        const packet = this.#bytes.subarray(4, 4 + length);
        this.#bytes = this.#bytes.subarray(4 + length);
        return packet;
      }
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  write(packet: Buffer, sequence = this.#sequence + 1): void {
    const head = Buffer.alloc(4);
    head.writeUIntLE(packet.length, 0, 3);
    head[3] = sequence;
    this.#socket.write(Buffer.concat([head, packet]));
  }

  close(): void {
    this.#socket.destroy();
  }
}
