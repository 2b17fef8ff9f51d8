import type { Actor } from '../../platform/http/route.ts';

/** Which databases a person sees the names of. */
export interface DatabaseVisibility {
  readonly projects: 'all' | readonly string[];
  readonly seesUnassigned: boolean;
}

/**
 * Those who list instances see all. Others see the databases of their projects, so that they can ask; a role held in
 * every project shows no database that is in none, unless it may give it to one.
 */
export function visibilityOf(actor: Actor): DatabaseVisibility {
  const listsInstances = actor.can('instance.list', 'workspace');
  return {
    projects: listsInstances ? 'all' : actor.projectsWith('project.view'),
    seesUnassigned: listsInstances || actor.can('project.transfer', { projectId: null }),
  };
}

export function isVisible(visibility: DatabaseVisibility, projectId: string | null): boolean {
  if (projectId === null) return visibility.seesUnassigned;
  return visibility.projects === 'all' || visibility.projects.includes(projectId);
}

/** Whose hidden names a person sees all the same, and on which databases he has something. */
export interface NameVisibility {
  readonly seesNamesOf: 'all' | readonly string[];
  readonly granted: readonly string[];
}

/** A project may hide what is not granted; who manages projects or lists instances sees all names. */
export function projectsWithNames(actor: Actor): 'all' | readonly string[] {
  return actor.can('instance.list', 'workspace') ? 'all' : actor.projectsWith('project.manage');
}

export function seesAllNames(
  actor: Actor,
  project: { readonly id: string; readonly hidesNames: boolean } | null,
): boolean {
  if (project === null || !project.hidesNames) return true;
  const projects = projectsWithNames(actor);
  return projects === 'all' || projects.includes(project.id);
}
