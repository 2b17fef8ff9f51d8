import { describe, expect, test } from 'vitest';
import { type ActorFacts, createActor } from './actor.ts';

const facts: ActorFacts = {
  personId: 'p',
  name: 'Ada',
  email: 'ada@example.test',
  adminPersonId: null,
  mustChangePassword: false,
  workspaceWideRoles: [],
  projectRoles: [],
};
const actorWith = (more: Partial<ActorFacts>) => createActor({ ...facts, ...more });
const inTide = { projectId: 'tide' };

describe('an actor', () => {
  test('without roles is a Workspace Member: about himself, and nothing in projects', () => {
    const actor = actorWith({});
    expect(actor.roles).toEqual(['workspace_member']);
    expect(actor.can('self.manage', 'self')).toBe(true);
    expect(actor.can('project.view', inTide)).toBe(false);
    expect(actor.projectsWith('project.view')).toEqual([]);
  });

  test('with a role in one project holds it there alone', () => {
    const actor = actorWith({ projectRoles: [{ projectId: 'tide', role: 'project_owner' }] });
    expect(actor.can('request.decide', inTide)).toBe(true);
    expect(actor.can('request.decide', { projectId: 'ebb' })).toBe(false);
    expect(actor.can('request.decide', 'workspace')).toBe(false);
    expect(actor.projectsWith('request.decide')).toEqual(['tide']);
    expect(actor.permissions).not.toContain('request.decide');
  });

  test('with a project role workspace-wide holds it in every project, but not on what is in none', () => {
    const actor = actorWith({ workspaceWideRoles: ['project_owner'] });
    expect(actor.can('request.decide', inTide)).toBe(true);
    expect(actor.can('request.decide', { projectId: null })).toBe(false);
    expect(actor.can('request.decide', 'workspace')).toBe(false);
    expect(actor.projectsWith('request.decide')).toBe('all');
  });

  test('who administers holds everything everywhere', () => {
    const actor = actorWith({ workspaceWideRoles: ['workspace_admin'] });
    expect(actor.can('audit.list', 'workspace')).toBe(true);
    expect(actor.can('request.decide', { projectId: null })).toBe(true);
  });

  test('gets nothing from roles that are unknown, inherited words of the language, or at the wrong level', () => {
    const actor = actorWith({
      workspaceWideRoles: ['superuser', 'constructor', '__proto__'],
      projectRoles: [
        { projectId: 'tide', role: 'workspace_admin' },
        { projectId: 'tide', role: 'toString' },
      ],
    });
    expect(actor.roles).toEqual(['workspace_member']);
    expect(actor.can('project.view', inTide)).toBe(false);
    expect(actor.can('person.manage', 'workspace')).toBe(false);
  });
});
