import { notFound } from '../../platform/errors/app-error.ts';
import type { Actor, HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { DatabaseReaders } from './database-readers.ts';
import type { RevocationService, Revoker } from './revocation-service.ts';
import type { SqlRevocationStore } from './revocation-store.ts';
import { endsWords, joinWords } from './scope-words.ts';

type Keys =
  | 'GET /people/:personId/access/effect'
  | 'POST /people/:personId/access/revoke'
  | 'GET /databases/:databaseId/access'
  | 'GET /databases/:databaseId/access/effect'
  | 'POST /databases/:databaseId/access/revoke';

export function revocationHandlers(parts: {
  readonly service: RevocationService;
  readonly store: SqlRevocationStore;
  readonly readers: DatabaseReaders;
}): HandlersOf<Keys> {
  const { service, store, readers } = parts;

  const loadPerson = async (context: RequestContext, personId: string, projectId: string | null) => {
    const person = await store.person(personId);
    if (projectId !== null) context.authorizeOrHide('grant.revoke', { projectId }, 'project');
    else context.authorize('grant.revoke', 'workspace');
    if (person === null) throw notFound('person');
    return person;
  };

  const loadDatabase = async (context: RequestContext, databaseId: string) => {
    const database = await store.database(databaseId);
    if (database === null) throw notFound('database');
    const { projectId } = database;
    context.authorizeOrHide('grant.list', { projectId }, 'database');
    return database;
  };

  return {
    'GET /people/:personId/access/effect': async ({ params, query }, context) => {
      const projectId = query.projectId ?? null;
      const person = await loadPerson(context, params.personId, projectId);
      const { plan, loss } = await service.planOfPerson(params.personId, projectId);
      const groups = await store.groupsOf(params.personId, projectId);
      const { sessions, runningStatements } = loss;
      const grants = plan.ends.length;
      const sentence = [
        grants === 0
          ? `${person.name} holds no grant that could be ended.`
          : `${person.name} loses ${counted(grants, 'grant')}; ${endsWords(loss)}.`,
        ...(groups.length === 0
          ? []
          : [`What ${joinWords(groups, 'groups')} give stays: take the person out of the group.`]),
        ...(plan.ends.some((row) => row.source === 'role') ? ['The role stays, and with it reading by role.'] : []),
      ].join(' ');
      return { people: 1, sessions, runningStatements, grants, sentence };
    },
    'POST /people/:personId/access/revoke': async ({ params, body }, context) => {
      await loadPerson(context, params.personId, body.projectId);
      const revoker = revokerOf(context.actor, body.note);
      return { done: true, grants: await service.revokeOfPerson(revoker, params.personId, body.projectId) };
    },
    'GET /databases/:databaseId/access': async ({ params, query }, context) => {
      const { projectId } = await loadDatabase(context, params.databaseId);
      const { page, pageSize, search } = query;
      const list = await readers.list(params.databaseId, search, page, pageSize);
      return { ...list, page, pageSize, abilities: { revokeAll: context.actor.can('grant.revoke', { projectId }) } };
    },
    'GET /databases/:databaseId/access/effect': async ({ params }, context) => {
      const { name, projectId } = await loadDatabase(context, params.databaseId);
      context.authorize('grant.revoke', { projectId });
      const { plan, loss } = await service.planOnDatabase(params.databaseId);
      const names = await store.names(loss.losing);
      const grants = plan.ends.length + plan.narrows.length;
      const sentence = [
        grants === 0
          ? `No grant on ${name} could be ended.`
          : `${joinWords(names, 'people') || 'Nobody'} ${names.length === 1 ? 'loses' : 'lose'} ${name}; ${endsWords(loss)}.`,
        ...(plan.narrows.length === 0
          ? []
          : [
              `${counted(plan.narrows.length, 'grant')} ${plan.narrows.length === 1 ? 'keeps its' : 'keep their'} other databases.`,
            ]),
        ...(plan.stays.length === 0
          ? []
          : [
              `${counted(plan.stays.length, 'role')} held in every project ${plan.stays.length === 1 ? 'stays' : 'stay'}: change it under Users & Groups.`,
            ]),
      ].join(' ');
      const { sessions, runningStatements } = loss;
      return { people: loss.losing.length, sessions, runningStatements, grants, sentence };
    },
    'POST /databases/:databaseId/access/revoke': async ({ params, body }, context) => {
      const { projectId } = await loadDatabase(context, params.databaseId);
      context.authorize('grant.revoke', { projectId });
      const revoker = revokerOf(context.actor, body.note);
      return { done: true, grants: await service.revokeOnDatabase(revoker, params.databaseId) };
    },
  };
}

function revokerOf(actor: Actor, note: string): Revoker {
  return { by: actor.personId, onBehalfOf: actor.adminPersonId, note };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
