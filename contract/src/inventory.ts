import { z } from 'zod';
import { awsIamInput, awsIamView, connectionMethod, connectionTest, engineKind, tlsMode } from './connection.ts';
import { defineRoutes } from './route.ts';
import { setupHelp } from './setup-help.ts';
import { abilities, done, flag, id, instant, line, pageOf, pageQuery } from './values.ts';

export const environmentColor = z.enum(['grey', 'teal', 'blue', 'violet', 'amber', 'red']);
export const environmentRef = z.object({
  id,
  name: z.string(),
  color: environmentColor,
  isProtected: z.boolean(),
});
export type EnvironmentRef = z.output<typeof environmentRef>;
export const environment = environmentRef.extend({
  position: z.number().int(),
  /** Whether people who administer read data here by their role (a `role` row), or must ask like anybody. */
  allowsReadByRole: z.boolean(),
  instances: z.number().int(),
  abilities,
});

const connection = {
  engine: engineKind,
  /** A host name or address, or an absolute socket path. */
  host: line(255),
  port: z.number().int().min(1).max(65_535),
  user: line(128),
  connectionMethod: connectionMethod.default('password'),
  /** For `aws_iam`: what the token is made for and with; null and ignored for `password`. */
  awsIam: awsIamInput.nullable().default(null),
  /** For `password` only; `aws_iam` always verifies certificate and host name (`verify-full`). */
  tlsMode: tlsMode.default('prefer'),
  /** PEM; null uses the machine's and the RDS authorities. */
  tlsCa: z.string().max(200_000).nullable().default(null),
};

export const capabilityFinding = z.object({
  key: z.string(),
  severity: z.enum(['blocking', 'wall incomplete', 'advice']),
  message: z.string(),
  sql: z.string().nullable(),
  database: z.string().nullable(),
});

export const instance = z.object({
  id,
  title: z.string(),
  environment: environmentRef,
  engine: engineKind,
  host: z.string(),
  port: z.number().int(),
  user: z.string(),
  connectionMethod,
  /** Never with a secret; null for `password`. */
  awsIam: awsIamView.nullable(),
  tlsMode,
  hasOwnCa: z.boolean(),
  version: z.string().nullable(),
  isSample: z.boolean(),
  databases: z.number().int(),
  sync: z.object({
    state: z.enum(['never', 'running', 'ok', 'failed']),
    at: instant.nullable(),
    message: z.string().nullable(),
  }),
  capability: z.object({
    state: z.enum(['unknown', 'ok', 'wall incomplete', 'blocked']),
    at: instant.nullable(),
    findings: z.array(capabilityFinding),
  }),
  /** Live temporary accounts and sessions that Tidegate has there. */
  accounts: z.number().int(),
  sessions: z.number().int(),
  abilities,
});

export const database = z.object({
  id,
  name: z.string(),
  instance: z.object({ id, title: z.string(), engine: engineKind }),
  /** The database's own, or its instance's. */
  environment: environmentRef,
  isEnvironmentInherited: z.boolean(),
  project: z.object({ id, name: z.string() }).nullable(),
  tables: z.number().int(),
  isSample: z.boolean(),
  syncedAt: instant.nullable(),
  /** What I can do there now: `all` tables, `some`, or `none`; and until when. */
  myAccess: z.object({
    read: z.enum(['all', 'some', 'none']),
    write: z.enum(['all', 'some', 'none']),
    until: instant.nullable(),
    /** True where opening would make a `role` row. */
    byRole: z.boolean(),
  }),
  abilities,
});

export const relation = z.object({
  id,
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  estimatedRows: z.number().nullable(),
  /** Of the table and its columns. */
  labels: z.array(z.string()),
  /** What I may do with it now. */
  canRead: z.boolean(),
  canWrite: z.boolean(),
});
export const relationDetail = relation.extend({
  columns: z.array(
    z.object({ name: z.string(), type: z.string(), isNullable: z.boolean(), defaultText: z.string().nullable() }),
  ),
  primaryKey: z.array(z.string()),
  foreignKeys: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      toSchema: z.string(),
      toTable: z.string(),
      toColumns: z.array(z.string()),
    }),
  ),
  indexes: z.array(z.object({ name: z.string(), columns: z.array(z.string()), isUnique: z.boolean() })),
});

export const project = z.object({
  id,
  name: z.string(),
  state: z.enum(['active', 'archived']),
  databases: z.number().int(),
  members: z.number().int(),
  pendingRequests: z.number().int(),
  owners: z.array(z.object({ kind: z.enum(['person', 'group']), id, name: z.string() })),
  isSample: z.boolean(),
  /** Members see only the names of databases and tables that they were granted. */
  hidesNames: z.boolean(),
  createdAt: instant,
  abilities,
});

const instanceId = z.object({ instanceId: id });
const databaseId = z.object({ databaseId: id });
const projectId = z.object({ projectId: id });

export const inventoryRoutes = defineRoutes({
  'GET /environments': {
    access: { permission: 'environment.list' },
    summary: 'Environments in their order.',
    response: z.object({ items: z.array(environment), abilities }),
  },
  'POST /environments': {
    access: { permission: 'environment.manage' },
    summary: 'Adds an environment after the last.',
    body: z.object({
      name: line(60),
      color: environmentColor,
      isProtected: z.boolean().default(false),
      allowsReadByRole: z.boolean().default(true),
    }),
    response: environment,
    status: 201,
  },
  'PATCH /environments/:environmentId': {
    access: { permission: 'environment.manage' },
    summary: 'Changes an environment. Switching off reading by role ends those grants.',
    params: z.object({ environmentId: id }),
    body: z.object({
      name: line(60).optional(),
      color: environmentColor.optional(),
      isProtected: z.boolean().optional(),
      allowsReadByRole: z.boolean().optional(),
      position: z.number().int().min(0).max(1000).optional(),
    }),
    response: environment,
  },
  'DELETE /environments/:environmentId': {
    access: { permission: 'environment.manage' },
    summary: 'Deletes an environment that nothing uses.',
    params: z.object({ environmentId: id }),
    response: done,
  },
  'GET /instances': {
    access: { permission: 'instance.list' },
    summary: 'Instances.',
    query: z.object({ ...pageQuery, environmentId: id.optional() }),
    response: pageOf(instance).extend({ abilities }),
  },
  'POST /instances/test': {
    access: { permission: 'instance.manage' },
    summary:
      'Tries a connection without saving; says in words what is wrong. With `instanceId` an omitted password or secret key is the saved one.',
    body: z.object({ ...connection, password: z.string().max(2000).optional(), instanceId: id.optional() }),
    response: connectionTest,
  },
  'POST /instances': {
    access: { permission: 'instance.manage' },
    summary: 'Registers a server, then synchronises it and runs the capability check. Refused when it cannot connect.',
    body: z.object({
      ...connection,
      title: line(100),
      environmentId: id,
      /** Needed for `password`, left out for `aws_iam`. */
      password: z.string().max(2000).optional(),
    }),
    response: instance,
    status: 201,
  },
  'POST /instances/setup-help': {
    access: { permission: 'instance.manage' },
    summary:
      'What to prepare for a connection by AWS RDS IAM, filled in from the form: the IAM policy and the SQL that makes the database user. Dials nothing.',
    ...setupHelp,
  },
  'GET /instances/:instanceId': {
    access: { permission: 'instance.list' },
    summary: 'One instance with its capability findings.',
    params: instanceId,
    response: instance,
  },
  'PATCH /instances/:instanceId': {
    access: { permission: 'instance.manage' },
    summary: 'Changes an instance; a changed connection is tried before it is saved.',
    params: instanceId,
    body: z.object({
      title: line(100).optional(),
      environmentId: id.optional(),
      host: line(255).optional(),
      port: z.number().int().min(1).max(65_535).optional(),
      user: line(128).optional(),
      connectionMethod: connectionMethod.optional(),
      /** The whole of it; an omitted secret key is the saved one. Needed when the method becomes `aws_iam`. */
      awsIam: awsIamInput.nullable().optional(),
      /** Needed when the method becomes `password`. */
      password: z.string().max(2000).optional(),
      tlsMode: tlsMode.optional(),
      tlsCa: z.string().max(200_000).nullable().optional(),
    }),
    response: instance,
  },
  'DELETE /instances/:instanceId': {
    access: { permission: 'instance.manage' },
    summary: 'Unregisters: all access on it is closed and proven first; refused while a closure is open.',
    params: instanceId,
    response: done,
  },
  'POST /instances/:instanceId/sync': {
    access: { permission: 'instance.manage' },
    summary: 'Reads databases, schemas, tables, columns, keys, indexes, views and routines anew.',
    params: instanceId,
    response: instance,
  },
  'POST /instances/:instanceId/capability-check': {
    access: { permission: 'instance.manage' },
    summary: 'Proves with a throw-away account what the connecting user can do, and lists what everyone may do.',
    params: instanceId,
    response: instance,
  },
  'POST /databases/:databaseId/load-sample': {
    access: { permission: 'instance.manage' },
    summary: 'Creates the sample tables in an empty database.',
    params: databaseId,
    response: database,
  },
  'GET /databases': {
    access: { permission: 'self.manage' },
    summary: 'Databases that I may see the names of: those of my projects; all, with `instance.list`.',
    query: z.object({
      ...pageQuery,
      projectId: id.optional(),
      instanceId: id.optional(),
      environmentId: id.optional(),
      unassigned: flag.optional(),
      /** Only those I can transfer into this project. */
      transferableTo: id.optional(),
      sort: z.enum(['name', 'environment', 'instance', 'project', 'synced']).default('name'),
      order: z.enum(['asc', 'desc']).default('asc'),
    }),
    response: pageOf(database),
  },
  'GET /databases/:databaseId': {
    access: { permission: 'project.view' },
    summary: 'One database.',
    params: databaseId,
    response: database,
  },
  'PATCH /databases/:databaseId': {
    access: { permission: 'instance.manage' },
    summary: 'Overrides the environment, or inherits it again (null).',
    params: databaseId,
    body: z.object({ environmentId: id.nullable() }),
    response: database,
  },
  'GET /databases/:databaseId/relations': {
    access: { permission: 'project.view' },
    summary: 'Tables and views, searched and paged, with what I may do with each.',
    params: databaseId,
    query: z.object({ ...pageQuery, schema: z.string().max(200).optional() }),
    response: pageOf(relation).extend({ schemas: z.array(z.string()) }),
  },
  'GET /databases/:databaseId/relations/:relationId': {
    access: { permission: 'project.view' },
    summary: 'One table or view with its columns, keys and indexes.',
    params: z.object({ databaseId: id, relationId: id }),
    response: relationDetail,
  },
  'GET /databases/:databaseId/completion': {
    access: { permission: 'project.view' },
    summary:
      'Names for completion: relations whose name begins with `search`, and those in `names` (`table` or `schema.table`, separated by commas, any case), with their columns; at most 200.',
    params: databaseId,
    query: z.object({ search: z.string().max(200).optional(), names: z.string().max(4000).optional() }),
    response: z.object({
      items: z.array(
        z.object({
          schema: z.string(),
          name: z.string(),
          kind: z.string(),
          canRead: z.boolean(),
          columns: z.array(z.object({ name: z.string(), type: z.string() })),
          foreignKeys: z.array(
            z.object({
              columns: z.array(z.string()),
              toSchema: z.string(),
              toTable: z.string(),
              toColumns: z.array(z.string()),
            }),
          ),
        }),
      ),
      isComplete: z.boolean(),
    }),
  },
  'GET /projects': {
    access: { permission: 'self.manage' },
    summary: 'Projects that I may see.',
    query: z.object({ ...pageQuery, state: z.enum(['active', 'archived']).optional() }),
    response: pageOf(project).extend({ abilities }),
  },
  'POST /projects': {
    access: { permission: 'project.create' },
    summary: 'Creates a project; its creator is its Project Owner.',
    body: z.object({ name: line(100) }),
    response: project,
    status: 201,
  },
  'GET /projects/:projectId': {
    access: { permission: 'project.view' },
    summary: 'One project.',
    params: projectId,
    response: project,
  },
  'PATCH /projects/:projectId': {
    access: { permission: 'project.manage' },
    summary: 'Renames, archives (all access is closed) or restores a project; hides names that are not granted.',
    params: projectId,
    body: z.object({
      name: line(100).optional(),
      state: z.enum(['active', 'archived']).optional(),
      hidesNames: z.boolean().optional(),
    }),
    response: project,
  },
  'POST /projects/:projectId/transfer': {
    access: { permission: 'project.transfer' },
    summary:
      'Transfers databases into the project, from the unassigned or from another project that I own. Access given by the former project ends.',
    params: projectId,
    body: z.object({ databaseIds: z.array(id).min(1).max(1000) }),
    response: z.object({ transferred: z.number().int() }),
  },
  'POST /projects/:projectId/unassign': {
    access: { permission: 'project.transfer' },
    summary: 'Takes databases out of the project. Access given by the project ends.',
    params: projectId,
    body: z.object({ databaseIds: z.array(id).min(1).max(1000) }),
    response: z.object({ transferred: z.number().int() }),
  },
  'POST /samples': {
    access: { permission: 'sample.manage' },
    summary: 'Adds the sample instances, their project and the person dev.',
    response: done,
    status: 201,
  },
  'DELETE /samples': {
    access: { permission: 'sample.manage' },
    summary: 'Removes the samples with everything in them: access is closed first.',
    response: done,
  },
  'GET /samples': {
    access: { permission: 'sample.manage' },
    summary: 'Whether the samples exist, are being made, or failed.',
    response: z.object({
      state: z.enum(['absent', 'making', 'ready', 'failed', 'removing']),
      message: z.string().nullable(),
    }),
  },
});
