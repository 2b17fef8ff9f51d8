import type { Call } from '../../api/client.ts';
import { emptyIam, type IamDraft, iamBody, isIamComplete, savedIam } from './iam-draft.ts';
import { type Instance, usualPorts } from './instance-words.ts';

/** The connection of an instance as it is being written. */
export interface ConnectionDraft {
  readonly engine: Instance['engine'];
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly method: Instance['connectionMethod'];
  readonly password: string;
  readonly iam: IamDraft;
  readonly tlsMode: Instance['tlsMode'];
  readonly tlsCa: string;
}

export const emptyConnection: ConnectionDraft = {
  engine: 'postgresql',
  host: '',
  port: String(usualPorts.postgresql),
  user: '',
  method: 'password',
  password: '',
  iam: emptyIam,
  tlsMode: 'prefer',
  tlsCa: '',
};

export function savedConnection(instance: Instance): ConnectionDraft {
  return {
    engine: instance.engine,
    host: instance.host,
    port: String(instance.port),
    user: instance.user,
    method: instance.connectionMethod,
    password: '',
    iam: savedIam(instance),
    tlsMode: instance.tlsMode,
    tlsCa: '',
  };
}

/** Another engine brings its usual port, unless another one was typed. */
export function withEngine(draft: ConnectionDraft, engine: Instance['engine']): ConnectionDraft {
  const isUsual = draft.port === '' || draft.port === String(usualPorts[draft.engine]);
  return { ...draft, engine, port: isUsual ? String(usualPorts[engine]) : draft.port };
}

export function connectionBody(
  draft: ConnectionDraft,
): Omit<Call<'POST /instances/test'>['body'], 'instanceId' | 'password'> {
  const isIam = draft.method === 'aws_iam';
  return {
    engine: draft.engine,
    host: draft.host.trim(),
    port: Number(draft.port),
    user: draft.user.trim(),
    connectionMethod: draft.method,
    awsIam: isIam ? iamBody(draft.iam) : null,
    tlsMode: isIam ? 'verify-full' : draft.tlsMode,
    tlsCa: draft.tlsCa.trim() === '' ? null : draft.tlsCa,
  };
}

/** The password as typed, where the method has one. Empty and `keepsSaved`: the saved one. */
export function passwordBody(draft: ConnectionDraft, keepsSaved: boolean): { readonly password?: string } {
  if (draft.method === 'aws_iam' || (keepsSaved && draft.password === '')) return {};
  return { password: draft.password };
}

export function isConnectionComplete(draft: ConnectionDraft): boolean {
  const port = Number(draft.port);
  const hasPlace = draft.host.trim() !== '' && Number.isInteger(port) && port > 0 && port < 65_536;
  return hasPlace && draft.user.trim() !== '' && (draft.method === 'password' || isIamComplete(draft.iam));
}
