import { notFound } from '../../platform/errors/app-error.ts';
import type { HandlersOf, RequestContext } from '../../platform/http/route.ts';
import type { Db } from '../../platform/store/tx.ts';
import type { GroupService } from './group-service.ts';
import { findGroupRow, findPersonRow, listGroups, listPeople, searchPrincipals } from './identity-read-model.ts';
import { presentGroup, presentPerson, presentRoles } from './identity-views.ts';
import type { NewInvitation } from './invitation-store.ts';
import type { PersonService } from './person-service.ts';

export interface PeopleRouteParts {
  readonly db: Db;
  readonly people: PersonService;
  readonly groups: GroupService;
}

type PeopleKeys =
  | 'GET /people'
  | 'POST /people'
  | 'PATCH /people/:personId'
  | 'POST /people/:personId/deactivate'
  | 'POST /people/:personId/activate'
  | 'POST /people/:personId/invitation';
type GroupKeys = 'GET /groups' | 'POST /groups' | 'PATCH /groups/:groupId' | 'DELETE /groups/:groupId';

export function peopleHandlers({ db, people }: PeopleRouteParts): HandlersOf<PeopleKeys> {
  const show = async (personId: string, { actor }: RequestContext) => {
    const person = await findPersonRow(db, personId);
    if (person === null) throw notFound('person');
    return presentPerson(person, actor);
  };
  return {
    'GET /people': async ({ query }, context) => {
      context.authorize('person.list', 'workspace');
      const page = await listPeople(db, query);
      return { ...page, items: page.items.map((person) => presentPerson(person, context.actor)) };
    },
    'POST /people': async ({ body }, context) => {
      context.authorize('person.manage', 'workspace');
      const { personId, invitation } = await people.add(context.actor, body);
      const link = invitation === null ? null : presentInvitation(invitation, context);
      return {
        person: await show(personId, context),
        invitationUrl: link?.invitationUrl ?? null,
        invitationExpiresAt: link?.invitationExpiresAt ?? null,
      };
    },
    'PATCH /people/:personId': async ({ params, body }, context) => {
      context.authorize('person.manage', 'workspace');
      await people.update(context.actor, params.personId, body);
      return show(params.personId, context);
    },
    'POST /people/:personId/deactivate': async ({ params }, context) => {
      context.authorize('person.manage', 'workspace');
      await people.deactivate(context.actor, params.personId);
      return show(params.personId, context);
    },
    'POST /people/:personId/activate': async ({ params }, context) => {
      context.authorize('person.manage', 'workspace');
      await people.activate(context.actor, params.personId);
      return show(params.personId, context);
    },
    'POST /people/:personId/invitation': async ({ params }, context) => {
      context.authorize('person.manage', 'workspace');
      return presentInvitation(await people.invite(context.actor, params.personId), context);
    },
  };
}

export function groupHandlers({ db, groups }: PeopleRouteParts): HandlersOf<GroupKeys> {
  const show = async (groupId: string, { actor }: RequestContext) => {
    const group = await findGroupRow(db, groupId);
    if (group === null) throw notFound('group');
    return presentGroup(group, actor);
  };
  return {
    'GET /groups': async ({ query }, context) => {
      context.authorize('person.list', 'workspace');
      const page = await listGroups(db, query);
      return { ...page, items: page.items.map((group) => presentGroup(group, context.actor)) };
    },
    'POST /groups': async ({ body }, context) => {
      context.authorize('group.manage', 'workspace');
      return show(await groups.create(context.actor, body), context);
    },
    'PATCH /groups/:groupId': async ({ params, body }, context) => {
      context.authorize('group.manage', 'workspace');
      await groups.update(context.actor, params.groupId, body);
      return show(params.groupId, context);
    },
    'DELETE /groups/:groupId': async ({ params }, context) => {
      context.authorize('group.manage', 'workspace');
      await groups.delete(context.actor, params.groupId);
      return { done: true };
    },
  };
}

export function principalHandlers({ db }: PeopleRouteParts): HandlersOf<'GET /roles' | 'GET /principals'> {
  return {
    'GET /roles': async (_input, context) => {
      context.authorize('role.list', 'workspace');
      return presentRoles();
    },
    'GET /principals': async ({ query }, context) => {
      if (query.projectId === undefined) context.authorize('member.list', 'workspace');
      else context.authorizeOrHide('member.list', { projectId: query.projectId }, 'project');
      return { items: await searchPrincipals(db, query.search) };
    },
  };
}

function presentInvitation({ token, expiresAt }: NewInvitation, { externalUrl }: RequestContext) {
  return { invitationUrl: `${externalUrl}/invitations/${token}`, invitationExpiresAt: expiresAt.toISOString() };
}
