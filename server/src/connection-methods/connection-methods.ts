import { notFound } from '../platform/errors/app-error.ts';
import { createAwsIamMethod } from './aws-iam/aws-iam-method.ts';
import type { ConnectionMethod } from './connection-method.ts';
import { passwordMethod } from './password-method.ts';

export type ConnectionMethods = Readonly<Record<string, ConnectionMethod>>;

/** Every method under its name in the contract. Another cloud's is a file beside these and a line here. */
export const connectionMethods = {
  password: passwordMethod,
  aws_iam: createAwsIamMethod(),
} as const satisfies ConnectionMethods;

export function methodNamed(methods: ConnectionMethods, name: string): ConnectionMethod {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (method === undefined) throw notFound('connection method');
  return method;
}
