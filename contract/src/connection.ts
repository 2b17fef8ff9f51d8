import { z } from 'zod';
import { line } from './values.ts';

export const engineKind = z.enum(['postgresql', 'mysql', 'mariadb']);
export const tlsMode = z.enum(['disable', 'prefer', 'require', 'verify-ca', 'verify-full']);

/** How the connecting user proves who it is. One file each in the server's `connection-methods/`. */
export const connectionMethod = z.enum(['password', 'aws_iam']);

const region = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/, 'This is not an AWS region: eu-central-1, us-east-1.');
const roleArn = z
  .string()
  .trim()
  .max(2048)
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    'This is not the ARN of a role: arn:aws:iam::123456789012:role/name.',
  );
const externalId = z
  .string()
  .trim()
  .min(2)
  .max(1224)
  .regex(/^[\w+=,.@:/-]+$/, 'Letters, digits and + = , . @ : / - only.');
const accessKeyId = z
  .string()
  .trim()
  .regex(/^\w{16,128}$/, 'This is not an access key id.');
const accountSignIn = z.enum(['password', 'iam']);

/** Whose credentials make the tokens. Secrets are sealed and never answered. */
const awsCredentialsInput = z.discriminatedUnion('kind', [
  /** The server's own: environment, profile, ECS, EKS web identity, EC2 instance role, in the SDK's order. */
  z.object({ kind: z.literal('server') }),
  /** A role that the server's own credentials may assume, also in another account. */
  z.object({ kind: z.literal('role'), roleArn, externalId: externalId.nullable().default(null) }),
  /** Keys of this instance alone. An omitted secret is the saved one, as long as the key id is the saved one. */
  z.object({
    kind: z.literal('keys'),
    accessKeyId,
    secretAccessKey: z.string().trim().min(16).max(512).optional(),
    sessionToken: z.string().trim().min(16).max(8192).optional(),
  }),
]);
export const awsIamInput = z.object({
  /** Null: read from the host's name, where that is a standard endpoint. */
  region: region.nullable().default(null),
  /** What the token is made for, where it is not the host that is dialled (a tunnel, a name of one's own). */
  tokenHost: line(255).nullable().default(null),
  tokenPort: z.number().int().min(1).max(65_535).nullable().default(null),
  credentials: awsCredentialsInput.default({ kind: 'server' }),
  /** How temporary database accounts sign in: random passwords over TLS, or tokens as well. */
  accountSignIn: accountSignIn.default('password'),
});
export const awsIamView = z.object({
  /** As in force, read from the host's name or given. */
  region: z.string(),
  /** False where it follows from the host's name. */
  isRegionGiven: z.boolean(),
  tokenHost: z.string().nullable(),
  tokenPort: z.number().int().nullable(),
  credentials: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('server') }),
    z.object({ kind: z.literal('role'), roleArn: z.string(), externalId: z.string().nullable() }),
    z.object({ kind: z.literal('keys'), accessKeyId: z.string() }),
  ]),
  accountSignIn,
});
export type AwsIamInput = z.output<typeof awsIamInput>;
export type AwsIamView = z.output<typeof awsIamView>;

/** One sentence on what is wrong with a connection and one on what to do. */
export const connectionTest = z.object({
  ok: z.boolean(),
  message: z.string(),
  hint: z.string().nullable(),
  kind: z.string().nullable(),
  version: z.string().nullable(),
  engine: engineKind.nullable(),
  isTls: z.boolean().nullable(),
  elapsedMs: z.number(),
});
