import type { Call } from '../../api/client.ts';
import type { Instance } from './instance-words.ts';

type IamInput = NonNullable<Call<'POST /instances/test'>['body']['awsIam']>;
export type CredentialsKind = NonNullable<IamInput['credentials']>['kind'];
export type AccountSignIn = NonNullable<IamInput['accountSignIn']>;

/** What the method AWS RDS IAM wants to know, as it is being written. Empty: not given. */
export interface IamDraft {
  readonly region: string;
  readonly tokenHost: string;
  readonly tokenPort: string;
  readonly credentials: CredentialsKind;
  readonly roleArn: string;
  readonly externalId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly accountSignIn: AccountSignIn;
}

export const emptyIam: IamDraft = {
  region: '',
  tokenHost: '',
  tokenPort: '',
  credentials: 'server',
  roleArn: '',
  externalId: '',
  accessKeyId: '',
  secretAccessKey: '',
  sessionToken: '',
  accountSignIn: 'password',
};

/** A saved one; secrets are never answered and stay empty. */
export function savedIam({ awsIam }: Instance): IamDraft {
  if (awsIam === null) return emptyIam;
  const { credentials } = awsIam;
  return {
    ...emptyIam,
    region: awsIam.isRegionGiven ? awsIam.region : '',
    tokenHost: awsIam.tokenHost ?? '',
    tokenPort: String(awsIam.tokenPort ?? ''),
    credentials: credentials.kind,
    ...(credentials.kind === 'role' && { roleArn: credentials.roleArn, externalId: credentials.externalId ?? '' }),
    ...(credentials.kind === 'keys' && { accessKeyId: credentials.accessKeyId }),
    accountSignIn: awsIam.accountSignIn,
  };
}

export function iamBody(draft: IamDraft): IamInput {
  return {
    region: given(draft.region),
    tokenHost: given(draft.tokenHost),
    tokenPort: draft.tokenPort.trim() === '' ? null : Number(draft.tokenPort),
    credentials: credentialsBody(draft),
    accountSignIn: draft.accountSignIn,
  };
}

function credentialsBody(draft: IamDraft): NonNullable<IamInput['credentials']> {
  if (draft.credentials === 'role') {
    return { kind: 'role', roleArn: draft.roleArn.trim(), externalId: given(draft.externalId) };
  }
  if (draft.credentials === 'server') return { kind: 'server' };
  const secretAccessKey = given(draft.secretAccessKey);
  const sessionToken = given(draft.sessionToken);
  return {
    kind: 'keys',
    accessKeyId: draft.accessKeyId.trim(),
    ...(secretAccessKey !== null && { secretAccessKey }),
    ...(sessionToken !== null && { sessionToken }),
  };
}

function given(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

export function isIamComplete(draft: IamDraft): boolean {
  if (draft.credentials === 'role') return draft.roleArn.trim() !== '';
  return draft.credentials === 'server' || draft.accessKeyId.trim() !== '';
}
