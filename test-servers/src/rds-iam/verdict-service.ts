import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { type DeskOptions, strictBehaviour, TokenDesk } from './token-desk.ts';

/**
 * Judges tokens for a real server that asks for them by itself, through a plugin or PAM: two lines come, the user and
 * the token, and `yes` or `no` goes back.
 */
export class VerdictService extends TokenDesk {
  readonly #server: Server;
  #serverPort = 0;

  constructor(options: DeskOptions) {
    super(options, strictBehaviour());
    this.#server = createServer((socket) => {
      let heard = '';
      socket.on('error', () => socket.destroy());
      socket.setEncoding('utf8').on('data', (text: string) => {
        heard += text;
        const [user, token, ...rest] = heard.split('\n');
        if (rest.length === 0) return;
        // The server lets nobody get this far without TLS: the account or the line of pg_hba.conf demands it.
        const { isAccepted } = this.verify(token ?? '', user ?? '', true);
        socket.removeAllListeners('data').end(isAccepted ? 'yes' : 'no');
      });
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
  }

  /** Where the server asks. */
  get verdictPort(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The server that asks, once it runs. */
  serve(port: number, ca: string): void {
    this.#serverPort = port;
    this.ca = ca;
    if (this.endpoint.port === 0) this.endpoint = { ...this.endpoint, port };
  }

  override get port(): number {
    return this.#serverPort;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
