import { useStoredChoice } from '../../lib/stored-choice.ts';

const key = 'tidegate.recent-projects';
const kept = 5;

interface RecentProject {
  readonly id: string;
  readonly name: string;
}

function parse(text: string): readonly RecentProject[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? (parsed as RecentProject[]) : [];
  } catch {
    return [];
  }
}

/** The projects this browser opened last, newest first. Names are re-read from the server before they are offered. */
export function useRecentProjects(): readonly RecentProject[] {
  const [text] = useStoredChoice(key, '[]');
  return parse(text);
}

export function rememberProject(project: RecentProject): void {
  try {
    const former = parse(localStorage.getItem(key) ?? '[]').filter(({ id }) => id !== project.id);
    localStorage.setItem(key, JSON.stringify([project, ...former].slice(0, kept)));
  } catch {
    // Storage switched off: there is just no recent list.
  }
}
