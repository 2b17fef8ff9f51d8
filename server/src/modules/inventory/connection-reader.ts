import type { Connection } from '../../connection-methods/connection-method.ts';
import { type ConnectionMethods, methodNamed } from '../../connection-methods/connection-methods.ts';
import { type ConnectionInput, type InstanceRecord, keptConnection } from './instance.ts';
import type { SecretSealer } from './secret-sealer.ts';

type ConnectionChange = Partial<Omit<ConnectionInput, 'engine'>>;

/** From what was typed to a connection that can be tried, by the rules of its method. */
export class ConnectionReader {
  readonly #methods: ConnectionMethods;
  readonly #sealer: SecretSealer;

  constructor(methods: ConnectionMethods, sealer: SecretSealer) {
    this.#methods = methods;
    this.#sealer = sealer;
  }

  /** Refuses with `request.invalid` what the method cannot take. */
  read({ connectionMethod = 'password', ...form }: ConnectionInput, before: InstanceRecord | null): Connection {
    const kept = before === null ? null : keptConnection(before, this.#sealer);
    const { tlsMode, settings, secret } = methodNamed(this.#methods, connectionMethod).read(form, kept);
    const { engine, host, port, user, tlsCa } = form;
    return { engine, host, port, user, tlsCa, tlsMode, method: connectionMethod, settings, secret: () => secret };
  }

  /** The connection as it would be, or null when nothing of it changes. */
  readChange(before: InstanceRecord, change: ConnectionChange): Connection | null {
    const { host, port, user, password, tlsMode, tlsCa, connectionMethod, awsIam } = change;
    const parts = [host, port, user, password, tlsMode, tlsCa, connectionMethod, awsIam];
    if (parts.every((value) => value === undefined)) return null;
    return this.read(
      {
        engine: before.engine,
        host: host ?? before.host,
        port: port ?? before.port,
        user: user ?? before.user,
        tlsMode: tlsMode ?? before.tlsMode,
        tlsCa: tlsCa === undefined ? before.tlsCa : tlsCa,
        connectionMethod: connectionMethod ?? methodOf(before),
        password,
        awsIam,
      },
      before,
    );
  }

  /** Whether temporary accounts sign in otherwise than before. */
  isSignInChanged(before: InstanceRecord, next: Connection): boolean {
    return this.#isByToken(keptConnection(before, this.#sealer)) !== this.#isByToken(next);
  }

  #isByToken(connection: Connection): boolean {
    return methodNamed(this.#methods, connection.method).hasTokenAccounts(connection.settings);
  }
}

function methodOf({ connectionMethod }: InstanceRecord): 'password' | 'aws_iam' {
  return connectionMethod === 'aws_iam' ? 'aws_iam' : 'password';
}
