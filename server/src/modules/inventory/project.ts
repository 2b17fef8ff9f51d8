export type ProjectState = 'active' | 'archived';

/** A set of databases with its members. Archived: read-only, with all access closed. */
export interface Project {
  readonly id: string;
  readonly name: string;
  readonly state: ProjectState;
  readonly isSample: boolean;
  readonly hidesNames: boolean;
}

export interface ProjectChange {
  readonly name?: string | undefined;
  readonly state?: ProjectState | undefined;
  readonly hidesNames?: boolean | undefined;
}
