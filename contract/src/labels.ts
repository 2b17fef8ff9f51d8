import { z } from 'zod';
import { defineRoutes } from './route.ts';
import { abilities, done, id, instant, line, pageOf, pageQuery } from './values.ts';

/** `pii`, `financial`, or an own word. */
export const dataLabel = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'Small letters, digits, - and _; a letter first; at most 40.');

/** A name with `*` for any characters; case does not count. */
const namePattern = line(128);
const labelTarget = z.enum(['table', 'column']);

/** A label of a table, or of a column of it. */
export const placedLabel = z.object({
  schema: z.string(),
  table: z.string(),
  /** Null: of the table itself. */
  column: z.string().nullable(),
  label: z.string(),
  /** `pattern`: because of its name; it goes when the pattern goes. */
  origin: z.enum(['hand', 'suggestion', 'pattern']),
  /** Null for those by pattern. */
  labelId: id.nullable(),
});
export type PlacedLabel = z.output<typeof placedLabel>;

export const labelPattern = z.object({
  id,
  label: z.string(),
  target: labelTarget,
  pattern: z.string(),
  /** Null: in every database. */
  project: z.object({ id, name: z.string() }).nullable(),
  addedAt: instant,
  abilities,
});

const place = {
  schema: z.string().max(128),
  table: z.string().min(1).max(128),
  column: z.string().min(1).max(128).nullable(),
};
const databaseId = z.object({ databaseId: id });

export const labelRoutes = defineRoutes({
  'GET /databases/:databaseId/labels': {
    access: { permission: 'project.view' },
    summary: 'Labels of the tables and columns of a database, set by hand or by a name pattern.',
    params: databaseId,
    query: z.object({ ...pageQuery, schema: z.string().max(128).optional(), table: z.string().max(128).optional() }),
    response: pageOf(placedLabel).extend({
      /** Words that are in use, for the field in which one is written. */
      known: z.array(z.string()),
      abilities,
    }),
  },
  'POST /databases/:databaseId/labels': {
    access: { permission: 'project.manage' },
    summary: 'Sets labels by hand, or confirms suggested ones.',
    params: databaseId,
    body: z.object({
      items: z
        .array(z.object({ ...place, label: dataLabel }))
        .min(1)
        .max(500),
      origin: z.enum(['hand', 'suggestion']).default('hand'),
    }),
    response: z.object({ added: z.number().int() }),
  },
  'DELETE /databases/:databaseId/labels/:labelId': {
    access: { permission: 'project.manage' },
    summary: 'Takes a label away that was set by hand or confirmed.',
    params: z.object({ databaseId: id, labelId: id }),
    response: done,
  },
  'GET /databases/:databaseId/label-suggestions': {
    access: { permission: 'project.manage' },
    summary: 'Labels that names and types suggest and that are not set; nothing is set before a person confirms it.',
    params: databaseId,
    query: z.object(pageQuery),
    response: pageOf(z.object({ ...place, label: z.string(), because: z.string() })),
  },
  'GET /databases/:databaseId/label-patterns': {
    access: { permission: 'project.view' },
    summary: 'Name patterns that give labels in this database: the workspace’s and its project’s.',
    params: databaseId,
    response: z.object({ items: z.array(labelPattern), abilities }),
  },
  'POST /databases/:databaseId/label-patterns': {
    access: { permission: 'project.manage' },
    summary: 'Adds a name pattern for the project of the database; for every database with `instance.manage`.',
    params: databaseId,
    body: z.object({
      target: labelTarget,
      pattern: namePattern,
      label: dataLabel,
      isForAll: z.boolean().default(false),
    }),
    response: labelPattern,
    status: 201,
  },
  'DELETE /databases/:databaseId/label-patterns/:patternId': {
    access: { permission: 'project.manage' },
    summary:
      'Deletes a name pattern; the labels that it gave are gone. One for every database needs `instance.manage`.',
    params: z.object({ databaseId: id, patternId: id }),
    response: done,
  },
});
