import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CredentialIssuer, instant } from './credential-issuer.ts';
import { type Loopback, listenOnLoopback } from './loopback.ts';
import { signatureOf } from './signature.ts';
import type { KnownCredentials } from './token-verifier.ts';

export interface AssumableRole {
  readonly arn: string;
  /** Demanded where given, as the other account's trust policy does. */
  readonly externalId?: string;
  /** The token of a workload that may assume the role without keys. */
  readonly webIdentityToken?: string;
}

export interface SeenCall {
  readonly action: string;
  readonly roleArn: string;
  readonly sessionName: string;
  /** Null where the call needs no keys. */
  readonly accessKeyId: string | null;
}

class StsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 403) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The security token service as far as roles go: its wire format, its checks, its errors. */
export class FakeSts extends CredentialIssuer {
  readonly roles: AssumableRole[] = [];
  /** Keys whose signed calls are believed. */
  readonly callers: KnownCredentials[] = [];
  readonly calls: SeenCall[] = [];
  #loopback: Loopback | undefined;

  async start(): Promise<void> {
    this.#loopback = await listenOnLoopback((request, body, response) => this.#answer(request, body, response));
  }

  get url(): string {
    return this.#loopback?.url ?? '';
  }

  async stop(): Promise<void> {
    await this.#loopback?.stop();
  }

  #answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    response.setHeader('content-type', 'text/xml');
    try {
      response.end(this.#assumeRole(request, body));
    } catch (error) {
      const { code, status, message } =
        error instanceof StsError ? error : new StsError('InternalFailure', String(error), 500);
      response.statusCode = status;
      response.end(
        `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code>` +
          `<Message>${escapeXml(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
      );
    }
  }

  #assumeRole(request: IncomingMessage, body: string): string {
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    const roleArn = form.get('RoleArn') ?? '';
    const sessionName = form.get('RoleSessionName') ?? '';
    const isSigned = action === 'AssumeRole';
    const accessKeyId = isSigned ? this.#checkSignature(request, body) : null;
    this.calls.push({ action, roleArn, sessionName, accessKeyId });
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
      throw new StsError(
        'ValidationError',
        `1 validation error detected: Value '${sessionName}' at 'roleSessionName'`,
        400,
      );
    const role = this.roles.find(({ arn }) => arn === roleArn);
    const denied = `User is not authorized to perform: sts:${action} on resource: ${roleArn}`;
    if (action !== 'AssumeRole' && action !== 'AssumeRoleWithWebIdentity')
      throw new StsError('InvalidAction', `Could not find operation ${action} for version 2011-06-15`, 400);
    if (role === undefined) throw new StsError('AccessDenied', denied);
    if (isSigned && role.externalId !== (form.get('ExternalId') ?? undefined))
      throw new StsError('AccessDenied', denied);
    if (!isSigned && (role.webIdentityToken ?? '') !== (form.get('WebIdentityToken') ?? '-'))
      throw new StsError('InvalidIdentityToken', 'The ID Token provided is not a valid JWT.', 400);
    return this.#success(action, roleArn, sessionName);
  }

  #success(action: string, roleArn: string, sessionName: string): string {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = this.issue();
    const assumed = roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
    return (
      `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><AssumedRoleUser>` +
      `<AssumedRoleId>AROATIDEGATETESTROLE:${sessionName}</AssumedRoleId><Arn>${assumed}/${sessionName}</Arn></AssumedRoleUser>` +
      `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>` +
      `<SessionToken>${sessionToken}</SessionToken><Expiration>${instant(expiresAt)}</Expiration></Credentials>` +
      `</${action}Result><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`
    );
  }

  /** The key that signed the call; refuses as the service does. */
  #checkSignature(request: IncomingMessage, body: string): string {
    const found = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=([\w;-]+), Signature=([\da-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
    const [, accessKeyId = '', scope = '', signedHeaders = '', signature] = found ?? [];
    const header = (name: string): string => String(request.headers[name] ?? '');
    const known = this.callers.find((caller) => caller.accessKeyId === accessKeyId);
    if (known === undefined || (known.sessionToken ?? '') !== header('x-amz-security-token'))
      throw new StsError('InvalidClientTokenId', 'The security token included in the request is invalid.');
    if (known.expiresAt !== undefined && known.expiresAt <= this.now())
      throw new StsError('ExpiredToken', 'The security token included in the request is expired');
    const expected = signatureOf(
      {
        method: 'POST',
        query: [],
        headers: signedHeaders.split(';').map((name) => [name, header(name)]),
        body,
        dateTime: header('x-amz-date'),
        scope,
      },
      known.secretAccessKey,
    );
    if (expected !== signature)
      throw new StsError(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
      );
    return accessKeyId;
  }
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
