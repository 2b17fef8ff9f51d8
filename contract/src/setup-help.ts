import { z } from 'zod';
import { engineKind } from './connection.ts';

/** Every field may be half typed: what is not known yet stays a placeholder in capitals. */
export const setupHelp = {
  body: z.object({
    engine: engineKind,
    host: z.string().trim().max(255).default(''),
    user: z.string().trim().max(128).default(''),
    region: z.string().trim().max(60).default(''),
    tokenHost: z.string().trim().max(255).default(''),
    /** Of the account that owns the server: 12 digits. */
    awsAccountId: z.string().trim().max(20).default(''),
    /** `cluster-…` for Aurora, `db-…` for other instances: not the name, and not in any endpoint. */
    resourceId: z.string().trim().max(80).default(''),
    credentials: z.enum(['server', 'role', 'keys']).default('server'),
    roleArn: z.string().trim().max(2048).default(''),
    externalId: z.string().trim().max(1224).default(''),
    accountSignIn: z.enum(['password', 'iam']).default('password'),
    /** To name in the SQL; a placeholder when empty. */
    databases: z.array(z.string().min(1).max(200)).max(100).default([]),
  }),
  response: z.object({
    /** The region that a standard endpoint's name tells; null for other names. */
    region: z.string().nullable(),
    /** What kind of endpoint the host's name says it is. */
    endpoint: z.enum(['cluster', 'reader', 'custom', 'instance', 'proxy', 'other']),
    /** In the order in which they are done; `text` is ready to copy. */
    steps: z.array(
      z.object({
        key: z.enum(['policy', 'trust', 'sql', 'find']),
        title: z.string(),
        text: z.string(),
        language: z.enum(['json', 'sql', 'shell']),
        note: z.string().nullable(),
      }),
    ),
    /** What is still missing or does not fit, one sentence each. */
    notes: z.array(z.string()),
  }),
};
