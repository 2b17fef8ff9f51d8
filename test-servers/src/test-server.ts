/** Where a running server is found, and its all-powerful user. Plain data: it travels between processes. */
export interface ServerAddress {
  readonly kind: 'postgres' | 'mariadb' | 'mysql';
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly superuser: { readonly user: string; readonly password: string };
  /** PostgreSQL: the folder of its socket (as `host` of a client). MariaDB and MySQL: the socket itself. */
  readonly socketPath: string;
  /** As the server says it, for example `18.4` or `10.11.14-MariaDB-0+deb12u2`. */
  readonly version: string;
  /** PEM file of the authority that signed the server's certificate; there only when started with `tls`. */
  readonly caFile?: string;
}

/** A real server with its own data folder, for one test file or one run. */
export interface TestServer extends ServerAddress {
  /** Stops cleanly and removes the data folder. May be called twice. */
  stop(): Promise<void>;
  /** Ends the server with SIGKILL, as a crash would; the data folder stays for `restart`. */
  kill(): Promise<void>;
  /** Stops the server if it runs and starts it again on the same port and data. */
  restart(): Promise<void>;
}

export interface ServerOptions {
  /** Server settings by name, in the server's own words, over those that make tests quick. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Presents a certificate for 127.0.0.1 and localhost that is signed by an authority made for this server. */
  readonly tls?: boolean;
  /** Writes reach the disk before they are acknowledged. Off unless asked, because it is slow. */
  readonly durable?: boolean;
  /** PostgreSQL: lines of `pg_hba.conf` that come before its own. */
  readonly accessRules?: readonly string[];
}
