/**
 * What a risk rule may ask of a request: the names that its condition may use, with their types and the words for them.
 * One table for the server (type check, evaluation), the sentences and the screens. It needs no schema library.
 */

export type RiskAttributeType = 'text' | 'flag' | 'number' | 'list' | 'time';

export interface RiskAttribute {
  /** As written in a condition. */
  readonly name: string;
  readonly type: RiskAttributeType;
  /** As it begins a sentence: "environment is Prod". */
  readonly label: string;
  readonly help: string;
  /** Of a flag: how a sentence says that it holds, and that it does not. */
  readonly words?: { readonly yes: string; readonly no: string };
  /** The only values it takes, where they are few. */
  readonly choices?: readonly string[];
  /** `database`: of the one database that is looked at; `request`: of everything that is asked for. */
  readonly of: 'database' | 'request';
}

export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

const ofDatabase = (name: string, type: RiskAttributeType, label: string, help: string): RiskAttribute => ({
  name,
  type,
  label,
  help,
  of: 'database',
});
const ofRequest = (name: string, type: RiskAttributeType, label: string, help: string): RiskAttribute => ({
  name,
  type,
  label,
  help,
  of: 'request',
});

export const riskAttributes: readonly RiskAttribute[] = [
  ofDatabase('environment.name', 'text', 'environment', 'Name of the environment of the database.'),
  ofDatabase('environment.id', 'text', 'environment id', 'Stays the same when the environment is renamed.'),
  {
    ...ofDatabase('environment.protected', 'flag', 'protected environment', 'Whether the environment is protected.'),
    words: { yes: 'the environment is protected', no: 'the environment is not protected' },
  },
  ofRequest('project.name', 'text', 'project', 'Name of the project.'),
  ofRequest('project.id', 'text', 'project id', 'Stays the same when the project is renamed.'),
  ofDatabase('instance.name', 'text', 'instance', 'Title of the instance.'),
  ofDatabase('instance.id', 'text', 'instance id', 'Stays the same when the instance is renamed.'),
  {
    ...ofDatabase('engine', 'text', 'engine', 'Kind of server.'),
    choices: ['postgresql', 'mysql', 'mariadb'],
  },
  ofDatabase('database.name', 'text', 'database', 'Name of the database.'),
  ofDatabase('database.id', 'text', 'database id', 'Stays the same when the instance is renamed.'),
  ofDatabase('schemas', 'list', 'schemas', 'Schemas of the tables that are reached; empty on MySQL.'),
  ofDatabase('tables', 'list', 'tables', 'Names of the tables that are reached, without their schema.'),
  ofDatabase('table_paths', 'list', 'tables with schema', 'As schema.table; on MySQL the table alone.'),
  ofDatabase('columns', 'list', 'columns', 'Names of the columns of these tables.'),
  ofDatabase('labels', 'list', 'labels', 'Labels of these tables and of their columns, such as pii.'),
  {
    ...ofDatabase('whole_database', 'flag', 'whole database', 'All tables are asked for, also later ones.'),
    words: { yes: 'a whole database is asked for', no: 'no whole database is asked for' },
  },
  {
    ...ofRequest(
      'whole_project',
      'flag',
      'whole project',
      'All databases of the project are asked for, also later ones.',
    ),
    words: { yes: 'the whole project is asked for', no: 'not the whole project is asked for' },
  },
  ofRequest('number_of_databases', 'number', 'number of databases', 'Of the whole request.'),
  ofRequest('number_of_tables', 'number', 'number of tables', 'Of the whole request, over all its databases.'),
  ofRequest(
    'estimated_rows',
    'number',
    'estimated rows',
    'Of all tables of the request together, where they are known.',
  ),
  ofRequest('largest_table_rows', 'number', 'rows of the largest table', 'Of all tables of the request.'),
  {
    ...ofRequest('rows_unknown', 'flag', 'rows not known', 'The server has no estimate for a table (not a view).'),
    words: { yes: 'the rows of a table are not known', no: 'the rows of all tables are known' },
  },
  {
    ...ofRequest('privileges', 'list', 'privileges', 'What is asked for.'),
    choices: ['read', 'write', 'export'],
  },
  ofRequest('duration_minutes', 'number', 'duration in minutes', 'Access without an end counts as 1,000,000,000.'),
  {
    ...ofRequest('no_end', 'flag', 'without an end', 'Access that would not end by itself.'),
    words: { yes: 'the access would not end', no: 'the access would end' },
  },
  ofRequest('requester.name', 'text', 'requester', 'Name of the person who asks.'),
  ofRequest('requester.email', 'text', 'e-mail of the requester', 'In small letters.'),
  ofRequest('requester.id', 'text', 'requester id', 'Stays the same when the person is renamed.'),
  ofRequest(
    'requester.roles',
    'list',
    'roles of the requester',
    'In the workspace and in this project, such as project_developer.',
  ),
  ofRequest('requester.groups', 'list', 'groups of the requester', 'Names of his groups.'),
  {
    ...ofRequest('weekday', 'text', 'weekday', 'On which access would begin, in the time zone of the workspace.'),
    choices: weekdays,
  },
  ofRequest(
    'time_of_day',
    'time',
    'time of day',
    'At which access would begin, as 18:00, in the time zone of the workspace.',
  ),
  {
    ...ofRequest('ticket_given', 'flag', 'ticket given', 'Whether a ticket is linked.'),
    words: { yes: 'a ticket is given', no: 'no ticket is given' },
  },
  ofRequest('ticket', 'text', 'ticket', 'The ticket as it was given; empty without one.'),
];

/** What stands for the duration of access without an end: longer than any that has one. */
export const endlessMinutes = 1_000_000_000;

export const riskLevels = ['low', 'moderate', 'high'] as const;
export type RiskLevel = (typeof riskLevels)[number];

export const riskSources = ['read', 'write', 'export', 'emergency'] as const;
export type RiskSource = (typeof riskSources)[number];

/** What a source is called on screen. */
export const riskSourceLabels: Readonly<Record<RiskSource, string>> = {
  read: 'Request Querier Role',
  write: 'Request write access',
  export: 'Request export',
  emergency: 'Emergency access',
};

/** The longest condition, in characters, and how deep it may nest. */
export const conditionLimits = { length: 4000, depth: 40 } as const;
