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
