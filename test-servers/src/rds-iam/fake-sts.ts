import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CredentialIssuer, instant } from './credential-issuer.ts';
import { type Loopback, listenOnLoopback } from './loopback.ts';
import { readStsCall, type Signer } from './sts-call.ts';
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

/** The security token service as far as roles and callers go: its wire format, its checks, its errors. */
export class FakeSts extends CredentialIssuer {
  readonly roles: AssumableRole[] = [];
  /** Keys whose signed calls are believed, beside those that were given out here. */
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
      response.end(this.#resultOf(request, body));
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

  #resultOf(request: IncomingMessage, body: string): string {
    const { form, signer } = readStsCall(request, body);
    const action = form.get('Action') ?? '';
    const call = {
      action,
      roleArn: form.get('RoleArn') ?? '',
      sessionName: form.get('RoleSessionName') ?? '',
      accessKeyId: signer?.accessKeyId ?? null,
    };
    this.calls.push(call);
    switch (action) {
      case 'GetCallerIdentity':
        return callerIdentity(this.#checkSigner(signer));
      case 'AssumeRole':
        this.#checkSigner(signer);
        this.#checkRole(call, ({ externalId }) => externalId === (form.get('ExternalId') ?? undefined));
        return this.#newKeys(call);
      case 'AssumeRoleWithWebIdentity': {
        this.#checkRole(call, () => true);
        const expected = this.roles.find(({ arn }) => arn === call.roleArn)?.webIdentityToken;
        if (expected === undefined || expected !== form.get('WebIdentityToken'))
          throw new StsError('InvalidIdentityToken', 'The ID Token provided is not a valid JWT.', 400);
        return this.#newKeys(call);
      }
      default:
        throw new StsError('InvalidAction', `Could not find operation ${action} for version 2011-06-15`, 400);
    }
  }

  #checkRole({ action, roleArn, sessionName }: SeenCall, isTrusted: (role: AssumableRole) => boolean): void {
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName))
      throw new StsError('ValidationError', `Value '${sessionName}' at 'roleSessionName' failed to satisfy`, 400);
    const role = this.roles.find(({ arn }) => arn === roleArn);
    if (role === undefined || !isTrusted(role))
      throw new StsError('AccessDenied', `User is not authorized to perform: sts:${action} on resource: ${roleArn}`);
  }

  #newKeys({ action, roleArn, sessionName }: SeenCall): string {
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = this.issue();
    const assumed = roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/');
    return result(
      action,
      '<AssumedRoleUser>' +
        `<AssumedRoleId>AROATIDEGATETESTROLE:${sessionName}</AssumedRoleId><Arn>${assumed}/${sessionName}</Arn></AssumedRoleUser>` +
        `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>` +
        `<SessionToken>${sessionToken}</SessionToken><Expiration>${instant(expiresAt)}</Expiration></Credentials>`,
    );
  }

  /** The key that signed the call; refuses as the service does. */
  #checkSigner(signer: Signer | null): string {
    if (signer === null) throw new StsError('MissingAuthenticationToken', 'Request is missing Authentication Token');
    const known = [...this.callers, ...this.issued].find(({ accessKeyId }) => accessKeyId === signer.accessKeyId);
    if (known === undefined || known.sessionToken !== signer.sessionToken)
      throw new StsError('InvalidClientTokenId', 'The security token included in the request is invalid.');
    if (known.expiresAt !== undefined && known.expiresAt <= this.now())
      throw new StsError('ExpiredToken', 'The security token included in the request is expired');
    if (!signer.hasSecret(known.secretAccessKey))
      throw new StsError(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
      );
    return signer.accessKeyId;
  }
}

function callerIdentity(accessKeyId: string): string {
  const arn = `arn:aws:iam::123456789012:user/of-${accessKeyId}`;
  return result('GetCallerIdentity', `<Arn>${arn}</Arn><UserId>${accessKeyId}</UserId><Account>123456789012</Account>`);
}

function result(action: string, inside: string): string {
  return (
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${inside}</${action}Result>` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`
  );
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
