import { AppError } from '../platform/errors/app-error.ts';
import { baseTarget, type ConnectionMethod } from './connection-method.ts';
import { isSamePlace } from './same-place.ts';

/** A user name and a password, which is sealed in the store. */
export const passwordMethod: ConnectionMethod = {
  read: (form, kept) => {
    // On PostgreSQL 16 and later the creator is a member of what it makes, and would have to sign in by token itself.
    if (form.awsIam?.accountSignIn === 'iam') {
      throw new AppError(
        'request.invalid',
        'Temporary accounts sign in by token only where the connecting user does: choose AWS RDS IAM, or let them have passwords.',
      );
    }
    if (form.password !== undefined) return { tlsMode: form.tlsMode, settings: {}, secret: form.password };
    if (kept === null || kept.method !== 'password') throw new AppError('request.invalid', 'Type the password.');
    if (!isSamePlace(kept, form)) {
      throw new AppError(
        'request.invalid',
        'Type the password: the saved one is only sent to the saved host and port, with the saved TLS settings.',
      );
    }
    return { tlsMode: form.tlsMode, settings: {}, secret: kept.secret() };
  },
  target: (connection, ground) => {
    const { tlsMode: mode, tlsCa: ca } = connection;
    return {
      ...baseTarget(connection, ground),
      password: async () => {
        const secret = connection.secret();
        if (secret === null) throw new Error('the instance has no password');
        return secret;
      },
      tls: { mode, ca },
    };
  },
  hasTokenAccounts: () => false,
  view: () => ({ awsIam: null }),
};
