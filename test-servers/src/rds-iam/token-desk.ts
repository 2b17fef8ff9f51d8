import { type KnownCredentials, type TokenEndpoint, TokenVerifier, type Verdict } from './token-verifier.ts';

/** How tokens are judged; a test changes it also while servers run. */
export interface DeskBehaviour {
  /** Bytes of a token that are looked at, as old servers cut it. */
  cutTokenAt: number;
  /** Stands for the policy of a key. */
  isAllowed: (accessKeyId: string, user: string) => boolean;
  now: () => Date;
}

/** A token that somebody signed in with. */
export interface SeenToken {
  readonly user: string;
  readonly token: string;
  readonly isEncrypted: boolean;
  readonly verdict: Verdict;
}

export interface DeskOptions {
  /** What tokens must be made for; the port is the server's own unless given. */
  readonly endpoint?: Partial<TokenEndpoint>;
  /** Keys that exist. Taken as it is, not copied: an issuer may add to it later. */
  readonly credentials?: KnownCredentials[];
}

const usualEndpoint: TokenEndpoint = {
  host: 'hr.cluster-c0ffee123456.eu-central-1.rds.amazonaws.com',
  port: 0,
  region: 'eu-central-1',
};

/** Where a server has the tokens of its clients judged, and where it is dialled. */
export abstract class TokenDesk<Behaviour extends DeskBehaviour = DeskBehaviour> {
  readonly behaviour: Behaviour;
  readonly credentials: KnownCredentials[];
  readonly seenTokens: SeenToken[] = [];
  endpoint: TokenEndpoint;
  /** PEM of the authority that signed the server's certificate. */
  ca = '';

  constructor(options: DeskOptions, behaviour: Behaviour) {
    this.behaviour = behaviour;
    this.credentials = options.credentials ?? [];
    this.endpoint = { ...usualEndpoint, ...options.endpoint };
  }

  /** On 127.0.0.1, where clients dial. */
  abstract get port(): number;

  /** Looks at a token as the host of the database would, and keeps what was found. */
  verify(token: string, user: string, isEncrypted: boolean): Verdict {
    const { behaviour, endpoint } = this;
    const verifier = new TokenVerifier({ endpoint, credentials: () => this.credentials, ...behaviour });
    const verdict = verifier.verify(token.slice(0, behaviour.cutTokenAt), user);
    this.seenTokens.push({ user, token, isEncrypted, verdict });
    return verdict;
  }
}

export const strictBehaviour = (): DeskBehaviour => ({
  cutTokenAt: Number.POSITIVE_INFINITY,
  isAllowed: () => true,
  now: () => new Date(),
});
