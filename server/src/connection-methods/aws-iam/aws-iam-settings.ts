import { type AwsIamInput, awsIamInput } from '@tidegate/contract';
import { z } from 'zod';
import { readRdsEndpoint } from '../../platform/aws/rds-endpoint.ts';
import type { TokenPlace } from '../../platform/aws/rds-token.ts';
import { AppError } from '../../platform/errors/app-error.ts';
import type { Connection, ConnectionForm, MethodSettings } from '../connection-method.ts';
import { isSamePlace } from '../same-place.ts';

/** As kept: the form's own shape, whose secrets were taken out. */
export type AwsIamSettings = AwsIamInput;

const secretKeys = z.object({ secretAccessKey: z.string(), sessionToken: z.string().nullable() });
export type SecretKeys = z.output<typeof secretKeys>;

export function settingsOf(settings: MethodSettings): AwsIamSettings {
  return awsIamInput.parse(settings);
}

export function secretKeysOf(secret: string | null): SecretKeys {
  return secretKeys.parse(JSON.parse(secret ?? 'null'));
}

/** What the tokens are made for, or null where the region is neither given nor told by the endpoint's name. */
export function tokenPlaceOf(settings: AwsIamSettings, dialled: { host: string; port: number }): TokenPlace | null {
  const host = settings.tokenHost ?? dialled.host;
  const region = settings.region ?? readRdsEndpoint(host).region;
  return region === null ? null : { host, port: settings.tokenPort ?? dialled.port, region };
}

/** Takes the secrets out of the form; those left out come from what is kept. */
export function readForm(
  form: ConnectionForm,
  kept: Connection | null,
): { settings: AwsIamInput; secret: string | null } {
  const keptIam = kept?.method === 'aws_iam' ? kept : null;
  const typed = form.awsIam ?? (keptIam === null ? null : settingsOf(keptIam.settings));
  if (typed === null) throw invalid('Say how tokens are made for AWS RDS IAM: awsIam is missing.');
  if (form.host.startsWith('/'))
    throw invalid('AWS RDS IAM needs TLS, which a socket path does not have: give a host.');
  if (tokenPlaceOf(typed, form) === null) {
    throw invalid('Choose the region: the name of this host does not tell it.');
  }
  if (typed.credentials.kind !== 'keys') return { settings: typed, secret: null };
  const { secretAccessKey, sessionToken, ...credentials } = typed.credentials;
  const settings = { ...typed, credentials };
  if (secretAccessKey !== undefined) {
    return { settings, secret: JSON.stringify({ secretAccessKey, sessionToken: sessionToken ?? null }) };
  }
  return { settings, secret: keptSecret(form, settings, keptIam) };
}

function keptSecret(form: ConnectionForm, settings: AwsIamInput, kept: Connection | null): string | null {
  const before = kept === null ? null : settingsOf(kept.settings);
  const isSameKey =
    before?.credentials.kind === 'keys' &&
    settings.credentials.kind === 'keys' &&
    before.credentials.accessKeyId === settings.credentials.accessKeyId;
  const isSameToken = before?.tokenHost === settings.tokenHost && before.tokenPort === settings.tokenPort;
  if (kept !== null && isSameKey && isSameToken && isSamePlace(kept, { ...form, tlsMode: kept.tlsMode })) {
    return kept.secret();
  }
  throw invalid('Type the secret access key: the saved one is only used with its key id, for the saved host and port.');
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}
