import { describe, expect, it } from 'vitest';
import {
  type ConnectionDraft,
  connectionBody,
  emptyConnection,
  isConnectionComplete,
  passwordBody,
} from './connection-draft.ts';
import { emptyIam } from './iam-draft.ts';

const place = { host: ' hr.example.com ', user: 'tidegate', password: 'typed before' };
const byPassword: ConnectionDraft = { ...emptyConnection, ...place };
const byIam: ConnectionDraft = { ...byPassword, method: 'aws_iam' };

describe('the draft of a connection', () => {
  it('by AWS RDS IAM sends no password, and always wants the certificate verified', () => {
    expect(passwordBody(byIam, false)).toEqual({});
    expect(connectionBody(byIam)).toMatchObject({
      connectionMethod: 'aws_iam',
      tlsMode: 'verify-full',
      host: 'hr.example.com',
      awsIam: { region: null, tokenHost: null, tokenPort: null, credentials: { kind: 'server' } },
    });
  });

  it('by password sends nothing of the other method', () => {
    const draft = { ...byPassword, iam: { ...emptyIam, region: 'eu-central-1' } };
    expect(connectionBody(draft)).toMatchObject({ connectionMethod: 'password', awsIam: null, tlsMode: 'prefer' });
    expect(passwordBody(draft, true)).toEqual({ password: 'typed before' });
    expect(passwordBody({ ...draft, password: '' }, true)).toEqual({});
  });

  it('leaves out secrets that were not typed, so that the saved ones stay', () => {
    const keys = { ...emptyIam, credentials: 'keys' as const, accessKeyId: 'AKIATIDEGATETESTKEY1' };
    expect(connectionBody({ ...byIam, iam: keys }).awsIam?.credentials).toEqual({
      kind: 'keys',
      accessKeyId: 'AKIATIDEGATETESTKEY1',
    });
  });

  it('is complete when it has a place, a user, and what its credentials need', () => {
    const withIam = (iam: Partial<ConnectionDraft['iam']>) =>
      isConnectionComplete({ ...byIam, iam: { ...emptyIam, ...iam } });
    expect(withIam({})).toBe(true);
    expect(withIam({ credentials: 'role' })).toBe(false);
    expect(withIam({ credentials: 'role', roleArn: 'arn:aws:iam::123456789012:role/x' })).toBe(true);
    expect(withIam({ credentials: 'keys' })).toBe(false);
    expect(isConnectionComplete({ ...byIam, port: '0' })).toBe(false);
  });
});
