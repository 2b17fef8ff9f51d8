import { readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { makeCertificate } from '../certificate.ts';
import { serverFolder } from '../folders.ts';
import { type DeskBehaviour, type DeskOptions, strictBehaviour, TokenDesk } from './token-desk.ts';

/** What a front can be told to do wrong, also while it runs. */
export interface FrontBehaviour extends DeskBehaviour {
  /** `other_name`: a certificate of the right authority for another cluster. */
  tls: 'own' | 'none' | 'other_authority' | 'other_name';
}

/** How one protocol treats a client. Rejects or ends the socket when it is not let in. */
export type ServeClient = (socket: Socket, front: RdsFront) => Promise<void>;

const otherCluster = 'DNS:other.cluster-000000000000.eu-central-1.rds.amazonaws.com';

/** Stands before a real server and lets in as RDS does: TLS, then a token that is verified. */
export class RdsFront extends TokenDesk<FrontBehaviour> {
  /** Connections that came, let in or not. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #contexts = new Map<string, Promise<SecureContext>>();
  #folder = '';

  constructor(options: DeskOptions, serve: ServeClient) {
    super(options, { ...strictBehaviour(), tls: 'own' });
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.connections += 1;
      this.track(socket);
      serve(socket, this).catch(() => socket.destroy());
    });
  }

  async start(): Promise<void> {
    this.#folder = await serverFolder('rds-front');
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    if (this.endpoint.port === 0) this.endpoint = { ...this.endpoint, port: this.port };
    await this.context('own');
  }

  override get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Closed together with the front; its errors are those of whoever hung up. */
  track(socket: Socket): Socket {
    this.#sockets.add(socket);
    return socket.on('error', () => socket.destroy()).once('close', () => this.#sockets.delete(socket));
  }

  /** The certificate to present; each is made when first wanted. */
  context(tls: Exclude<FrontBehaviour['tls'], 'none'>): Promise<SecureContext> {
    const made = this.#contexts.get(tls) ?? this.#makeContext(tls);
    this.#contexts.set(tls, made);
    return made;
  }

  async #makeContext(tls: Exclude<FrontBehaviour['tls'], 'none'>): Promise<SecureContext> {
    // A tunnel is dialled by its own name, and the certificate is the endpoint's: it carries both.
    const names = `IP:127.0.0.1,DNS:localhost,DNS:${this.endpoint.host}`;
    if (tls === 'other_name') await this.context('own');
    const folder = join(this.#folder, tls);
    const authority = tls === 'other_name' ? join(this.#folder, 'own') : folder;
    const files = await makeCertificate(folder, tls === 'other_name' ? otherCluster : names, authority);
    if (tls === 'own') this.ca = await readFile(files.caFile, 'utf8');
    return createSecureContext({ cert: await readFile(files.certificateFile), key: await readFile(files.keyFile) });
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
