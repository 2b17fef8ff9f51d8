import { type AuditFacts, type AuditSentences, textIn } from '../audit/index.ts';

const instance = ({ data }: AuditFacts): string => textIn(data, 'title') || textIn(data, 'instance');
const database = ({ data }: AuditFacts): string => textIn(data, 'database');
const project = ({ data }: AuditFacts): string => textIn(data, 'formerName') || textIn(data, 'project');
const environment = ({ data }: AuditFacts): string => textIn(data, 'environment');
const because = ({ data }: AuditFacts): string => {
  const message = textIn(data, 'message');
  return message === '' ? '.' : `: ${message}`;
};
const list = (value: unknown): string => (Array.isArray(value) ? value.slice(0, 10).join(', ') : '');
const labels = ({ data }: AuditFacts): string => `the label ${list(data['labels']) || 'of something'}`;
const byPattern = (facts: AuditFacts): string => {
  const { data } = facts;
  const where = data['isForAll'] === true ? 'every database' : `the databases of the project of ${database(facts)}`;
  return `the label ${textIn(data, 'label')} to every ${textIn(data, 'target')} named ${textIn(data, 'pattern')} in ${where}`;
};

/** What the audit page says of this module's events. */
export const inventorySentences: AuditSentences = {
  'environment.created': (facts) => `${facts.who} made the environment ${environment(facts)}.`,
  'environment.changed': (facts) =>
    `${facts.who} changed the environment ${environment(facts)}: reading by role is ${
      facts.data['allowsReadByRole'] === true ? 'allowed' : 'not allowed'
    }.`,
  'environment.deleted': (facts) => `${facts.who} deleted the environment ${environment(facts)}.`,
  'instance.created': (facts) =>
    `${facts.who} registered the instance ${instance(facts)} (${textIn(facts.data, 'host')}).`,
  'instance.changed': (facts) => `${facts.who} changed the instance ${instance(facts)}.`,
  'instance.unregistering': (facts) =>
    `${facts.who} began to unregister ${instance(facts)}: all access there is being closed.`,
  'instance.unregistered': (facts) => `${facts.who} unregistered the instance ${instance(facts)}.`,
  'instance.synced': (facts) => `The instance ${instance(facts)} was synchronised.`,
  'instance.sync_failed': (facts) => `Synchronising the instance ${instance(facts)} failed${because(facts)}`,
  'instance.capability_checked': (facts) =>
    `The capability check of ${instance(facts)} said: ${textIn(facts.data, 'state')}.`,
  'database.found': (facts) => `New on ${instance(facts)}: ${list(facts.data['databases'])}.`,
  'database.vanished': (facts) => `The database ${database(facts)} is gone from its server; access on it ended.`,
  'database.transferred': (facts) =>
    `${facts.who} transferred ${database(facts)} from ${textIn(facts.data, 'fromProject') || 'the unassigned'} to ${textIn(
      facts.data,
      'toProject',
    )}.`,
  'database.unassigned': (facts) =>
    `${facts.who} took ${database(facts)} out of the project ${textIn(facts.data, 'fromProject')}.`,
  'database.environment_changed': (facts) =>
    `${facts.who} gave ${database(facts)} the environment ${environment(facts)}${
      facts.data['isInherited'] === true ? ', that of its instance' : ''
    }.`,
  'database.sample_loaded': (facts) => `${facts.who} loaded the sample into ${database(facts)}.`,
  'label.added': (facts) =>
    `${facts.who} ${facts.data['origin'] === 'suggestion' ? 'confirmed' : 'set'} ${labels(facts)} in ${database(facts)}.`,
  'label.removed': (facts) => `${facts.who} took away ${labels(facts)} in ${database(facts)}.`,
  'label.pattern_added': (facts) => `${facts.who} gave ${byPattern(facts)}.`,
  'label.pattern_removed': (facts) => `${facts.who} no longer gives ${byPattern(facts)}.`,
  'project.created': (facts) => `${facts.who} created the project ${project(facts)} and is its Project Owner.`,
  'project.changed': (facts) => `${facts.who} renamed the project ${project(facts)} to ${textIn(facts.data, 'name')}.`,
  'project.names_hidden': (facts) =>
    `${facts.who} made the project ${project(facts)} hide the names of what is not granted.`,
  'project.names_shown': (facts) =>
    `${facts.who} let members of the project ${project(facts)} see all its names again.`,
  'project.deleted': (facts) => `${facts.who} deleted the project ${project(facts)}; its record stays.`,
  'project.archived': (facts) => `${facts.who} archived the project ${project(facts)}; all access to it is closed.`,
  'project.restored': (facts) => `${facts.who} restored the project ${project(facts)}.`,
};
