import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { NavigateOptions } from '@tanstack/react-router';
import type { Permission } from '@tidegate/contract';
import { read } from '../../api/queries.ts';
import { useMe } from '../session.ts';

export interface PaletteItem {
  readonly key: string;
  readonly label: string;
  readonly kind: string;
  /** Names of databases are mono. */
  readonly isName?: boolean;
  readonly link: NavigateOptions;
}

interface Page {
  readonly label: string;
  readonly to: NavigateOptions['to'];
  readonly needs?: Permission;
  readonly also?: string;
}

const pages: readonly Page[] = [
  { label: 'Home', to: '/' },
  { label: 'SQL Editor', to: '/editor', also: 'query' },
  { label: 'Requests', to: '/requests', also: 'waiting approvals' },
  { label: 'Request Querier Role', to: '/requests/new', also: 'request query new access' },
  { label: 'Inbox', to: '/inbox', also: 'notices unread' },
  { label: 'My access', to: '/access', also: 'grants' },
  { label: 'Projects', to: '/projects' },
  { label: 'Databases', to: '/databases' },
  { label: 'Instances', to: '/instances', needs: 'instance.list', also: 'servers' },
  { label: 'New instance', to: '/instances/new', needs: 'instance.manage', also: 'add' },
  { label: 'Environments', to: '/environments', needs: 'environment.list' },
  { label: 'Users & Groups', to: '/people', needs: 'person.list', also: 'people add user' },
  { label: 'Roles', to: '/roles', needs: 'role.list' },
  { label: 'Audit log', to: '/audit', needs: 'audit.list' },
  { label: 'Custom Approval', to: '/approval', needs: 'approval.list', also: 'flows matrix approvers' },
  { label: 'Emergency access', to: '/emergency', also: 'break glass incident review' },
  { label: 'Risk Center', to: '/risk', needs: 'rule.list', also: 'rules levels' },
  { label: 'Settings', to: '/settings', needs: 'sample.manage', also: 'samples' },
  { label: 'Account', to: '/account', also: 'password' },
];

/** Pages match at once as one types; projects and databases follow from the server for the settled search. */
export function usePaletteItems(typed: string, search: string): readonly PaletteItem[] {
  const { permissions } = useMe();
  const words = typed.toLowerCase();
  const isSearching = search !== '';
  const projects = useQuery({
    ...read('GET /projects', { query: { search, pageSize: 8 } }),
    placeholderData: keepPreviousData,
  });
  const databases = useQuery({
    ...read('GET /databases', { query: { search, pageSize: 12 } }),
    enabled: isSearching,
    placeholderData: keepPreviousData,
  });
  const matchingPages = pages.filter(
    (page) =>
      (page.needs === undefined || permissions.includes(page.needs)) &&
      `${page.label} ${page.also ?? ''}`.toLowerCase().includes(words),
  );
  return [
    ...matchingPages.map((page) => ({
      key: `page ${page.label}`,
      label: page.label,
      kind: 'page',
      link: { to: page.to } as NavigateOptions,
    })),
    ...(projects.data?.items ?? []).map((project) => ({
      key: project.id,
      label: project.name,
      kind: 'project',
      link: { to: '/projects/$projectId/databases', params: { projectId: project.id } } as NavigateOptions,
    })),
    ...(isSearching ? (databases.data?.items ?? []) : []).map((database) => ({
      key: database.id,
      label: database.name,
      kind: `database, ${database.instance.title}`,
      isName: true,
      link: { to: '/databases/$databaseId', params: { databaseId: database.id } } as NavigateOptions,
    })),
  ];
}
