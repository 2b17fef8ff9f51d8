import { fromLocalField } from '../../lib/expiry.ts';

/** What the address bar says of the record. */
export interface AuditSearch {
  search?: string | undefined;
  kind?: string | undefined;
  person?: string | undefined;
  project?: string | undefined;
  database?: string | undefined;
  table?: string | undefined;
  request?: string | undefined;
  grant?: string | undefined;
  from?: string | undefined;
  until?: string | undefined;
}

export const noFilters: AuditSearch = {
  ...{ search: undefined, kind: undefined, person: undefined, project: undefined, database: undefined },
  ...{ table: undefined, request: undefined, grant: undefined, from: undefined, until: undefined },
};

export function isFiltered(search: AuditSearch): boolean {
  return Object.keys(noFilters).some((key) => search[key as keyof AuditSearch] !== undefined);
}

/** The same as a query of the API; the list and the export take it. */
export function filtersOf(search: AuditSearch) {
  const { person, project, database, table, request, grant, from, until } = search;
  return {
    search: search.search,
    kind: search.kind,
    personId: person,
    projectId: project,
    databaseId: database,
    table: database === undefined ? undefined : table,
    requestId: request,
    grantId: grant,
    from: (from && fromLocalField(from)) || undefined,
    to: (until && fromLocalField(until)) || undefined,
  };
}
