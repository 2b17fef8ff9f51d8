import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CredentialIssuer, type IssuedCredentials, instant } from './credential-issuer.ts';
import { type Loopback, listenOnLoopback } from './loopback.ts';

const roleName = 'tidegate-instance-role';
const tokenPath = '/latest/api/token';
const containerPath = '/v2/credentials/of-this-task';
const rolePath = '/latest/meta-data/iam/security-credentials/';

/**
 * The metadata service of an EC2 instance (version 2 only: nothing without a token of its own) and, on another path,
 * that of an ECS container. Keys are given out anew when the last ones have less than five minutes to live.
 */
export class FakeMetadata extends CredentialIssuer {
  /** What an ECS container must send as `Authorization`. */
  readonly containerToken = randomUUID();
  /** A container one hop too far away: the answer to the first call never arrives. */
  isTooFarAway = false;
  /** How many times keys were asked for. */
  reads = 0;
  readonly #tokens = new Set<string>();
  #current: IssuedCredentials | undefined;
  #loopback: Loopback | undefined;

  async start(): Promise<void> {
    this.#loopback = await listenOnLoopback((request, _body, response) => this.#answer(request, response));
  }

  /** For `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
  get url(): string {
    return this.#loopback?.url ?? '';
  }

  /** For `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
  get containerUrl(): string {
    return `${this.url}${containerPath}`;
  }

  async stop(): Promise<void> {
    await this.#loopback?.stop();
  }

  /** The next reading gets new keys, as when the role's were rotated. */
  rotate(): void {
    this.#current = undefined;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === tokenPath && this.isTooFarAway) return;
    const { status, body } = this.#answerFor(request);
    response.statusCode = status;
    response.end(body);
  }

  #answerFor({ method, url = '', headers }: IncomingMessage): { readonly status: number; readonly body?: string } {
    if (url === tokenPath && method === 'PUT') {
      const ttl = String(headers['x-aws-ec2-metadata-token-ttl-seconds'] ?? '');
      if (!/^\d{1,5}$/.test(ttl)) return { status: 400 };
      const token = randomUUID();
      this.#tokens.add(token);
      return { status: 200, body: token };
    }
    if (url === containerPath) {
      if (headers.authorization !== this.containerToken) return { status: 401 };
      return { status: 200, body: this.#keys({ RoleArn: `arn:aws:iam::123456789012:role/${roleName}` }) };
    }
    if (!this.#tokens.has(String(headers['x-aws-ec2-metadata-token']))) return { status: 401 };
    if (url === rolePath) return { status: 200, body: roleName };
    if (url !== `${rolePath}${roleName}`) return { status: 404 };
    return { status: 200, body: this.#keys({ Code: 'Success', LastUpdated: instant(this.now()), Type: 'AWS-HMAC' }) };
  }

  #keys(around: Readonly<Record<string, string>>): string {
    this.reads += 1;
    const left = (this.#current?.expiresAt.getTime() ?? 0) - this.now().getTime();
    if (this.#current === undefined || left < 300_000) this.#current = this.issue();
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = this.#current;
    return JSON.stringify({
      ...around,
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: instant(expiresAt),
    });
  }
}
