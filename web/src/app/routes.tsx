import { createRootRoute, createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { asProblem } from '../api/problem.ts';
import { read } from '../api/queries.ts';
import { RootScreen } from './RootScreen.tsx';
import { listSearch, oneOf, pageOnly, type SearchText, text } from './search.ts';
import { meQuery, queryClient } from './session.ts';

const root = createRootRoute({ component: RootScreen });
const setup = () => queryClient.fetchQuery({ ...read('GET /setup'), staleTime: 10_000 });

// Entry: nobody is signed in yet.

const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  beforeLoad: async () => {
    if (!(await setup()).isRegistrationOpen) throw redirect({ to: '/sign-in', search: {} });
  },
  component: lazyRouteComponent(() => import('../pages/entry/RegisterPage.tsx'), 'RegisterPage'),
});
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (given: SearchText) => text('to', given),
  beforeLoad: async () => {
    if ((await setup()).isRegistrationOpen) throw redirect({ to: '/register' });
  },
  component: lazyRouteComponent(() => import('../pages/entry/SignInPage.tsx'), 'SignInPage'),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitations/$token',
  component: lazyRouteComponent(() => import('../pages/entry/InvitationPage.tsx'), 'InvitationPage'),
});
const password = createRoute({
  getParentRoute: () => root,
  path: '/password',
  beforeLoad: async () => {
    await queryClient.ensureQueryData(meQuery);
  },
  component: lazyRouteComponent(() => import('../pages/entry/PasswordPage.tsx'), 'PasswordPage'),
});

/** Everything behind sign-in. Who is signed in is read before anything is drawn. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'in',
  beforeLoad: async ({ location }) => {
    const me = await queryClient.ensureQueryData(meQuery).catch((error: unknown) => {
      if (asProblem(error).code !== 'auth.required') throw error;
      const to = location.href === '/' ? {} : { to: location.href };
      throw redirect({ to: '/sign-in', search: to });
    });
    if (me.mustChangePassword) throw redirect({ to: '/password' });
  },
  component: lazyRouteComponent(() => import('./shell/Shell.tsx'), 'Shell'),
});
const inside = () => signedIn;

// What one can do, and what waits.

const home = createRoute({
  getParentRoute: inside,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/home/HomePage.tsx'), 'HomePage'),
});
const requestSearch = (given: SearchText) => ({
  ...listSearch(given),
  ...oneOf('view', ['mine', 'to_decide', 'all'], given),
  ...oneOf('state', ['pending', 'changes_wanted', 'approved', 'rejected', 'withdrawn', 'expired'], given),
});
const requests = createRoute({
  getParentRoute: inside,
  path: '/requests',
  validateSearch: requestSearch,
  component: lazyRouteComponent(() => import('../pages/requests/RequestsPage.tsx'), 'RequestsPage'),
});
const newRequest = createRoute({
  getParentRoute: inside,
  path: '/requests/new',
  validateSearch: (given: SearchText) => ({
    ...text('project', given),
    ...text('database', given),
    ...text('grant', given),
    ...text('again', given),
  }),
  component: lazyRouteComponent(() => import('../pages/requests/NewRequestPage.tsx'), 'NewRequestPage'),
});
const request = createRoute({
  getParentRoute: inside,
  path: '/requests/$requestId',
  component: lazyRouteComponent(() => import('../pages/requests/RequestPage.tsx'), 'RequestPage'),
});
const emergency = createRoute({
  getParentRoute: inside,
  path: '/emergency',
  component: lazyRouteComponent(() => import('../pages/emergency/EmergencyPage.tsx'), 'EmergencyPage'),
});
const emergencyReview = createRoute({
  getParentRoute: inside,
  path: '/emergency/$reviewId',
  component: lazyRouteComponent(() => import('../pages/emergency/ReviewPage.tsx'), 'ReviewPage'),
});
const access = createRoute({
  getParentRoute: inside,
  path: '/access',
  validateSearch: (given: SearchText) => ({
    ...listSearch(given),
    ...oneOf('of', ['me', 'all'], given),
    ...oneOf('state', ['live', 'scheduled', 'active', 'closing', 'closed'], given),
    ...text('project', given),
  }),
  component: lazyRouteComponent(() => import('../pages/grants/AccessPage.tsx'), 'AccessPage'),
});
const inbox = createRoute({
  getParentRoute: inside,
  path: '/inbox',
  validateSearch: (given: SearchText) => ({ ...listSearch(given), ...oneOf('show', ['all', 'unread'], given) }),
  component: lazyRouteComponent(() => import('../pages/inbox/InboxPage.tsx'), 'InboxPage'),
});
const grant = createRoute({
  getParentRoute: inside,
  path: '/grants/$grantId',
  component: lazyRouteComponent(() => import('../pages/grants/GrantPage.tsx'), 'GrantPage'),
});

// Projects.

const projects = createRoute({
  getParentRoute: inside,
  path: '/projects',
  validateSearch: (given: SearchText) => ({
    ...listSearch(given),
    ...oneOf('state', ['active', 'archived'], given),
    ...oneOf('new', ['1'], given),
  }),
  component: lazyRouteComponent(() => import('../pages/projects/ProjectsPage.tsx'), 'ProjectsPage'),
});
const project = createRoute({
  getParentRoute: inside,
  path: '/projects/$projectId',
  component: lazyRouteComponent(() => import('../pages/projects/ProjectFrame.tsx'), 'ProjectFrame'),
});
const projectIndex = createRoute({
  getParentRoute: () => project,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/projects/$projectId/databases', params });
  },
});
const projectDatabases = createRoute({
  getParentRoute: () => project,
  path: 'databases',
  validateSearch: (given: SearchText) => ({ ...listSearch(given), ...text('environment', given) }),
  component: lazyRouteComponent(() => import('../pages/projects/ProjectDatabasesPage.tsx'), 'ProjectDatabasesPage'),
});
const projectRequests = createRoute({
  getParentRoute: () => project,
  path: 'requests',
  validateSearch: requestSearch,
  component: lazyRouteComponent(() => import('../pages/requests/ProjectRequestsPage.tsx'), 'ProjectRequestsPage'),
});
const projectMembers = createRoute({
  getParentRoute: () => project,
  path: 'members',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('../pages/members/MembersPage.tsx'), 'MembersPage'),
});
const projectSettings = createRoute({
  getParentRoute: () => project,
  path: 'settings',
  component: lazyRouteComponent(() => import('../pages/projects/ProjectSettingsPage.tsx'), 'ProjectSettingsPage'),
});

// What Tidegate guards.

const instances = createRoute({
  getParentRoute: inside,
  path: '/instances',
  validateSearch: (given: SearchText) => ({ ...listSearch(given), ...text('environment', given) }),
  component: lazyRouteComponent(() => import('../pages/instances/InstancesPage.tsx'), 'InstancesPage'),
});
const newInstance = createRoute({
  getParentRoute: inside,
  path: '/instances/new',
  component: lazyRouteComponent(() => import('../pages/instances/NewInstancePage.tsx'), 'NewInstancePage'),
});
const instance = createRoute({
  getParentRoute: inside,
  path: '/instances/$instanceId',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('../pages/instances/InstancePage.tsx'), 'InstancePage'),
});
const environments = createRoute({
  getParentRoute: inside,
  path: '/environments',
  component: lazyRouteComponent(() => import('../pages/environments/EnvironmentsPage.tsx'), 'EnvironmentsPage'),
});
const databases = createRoute({
  getParentRoute: inside,
  path: '/databases',
  validateSearch: (given: SearchText) => ({
    ...listSearch(given),
    ...text('environment', given),
    ...oneOf('unassigned', ['true'], given),
  }),
  component: lazyRouteComponent(() => import('../pages/databases/DatabasesPage.tsx'), 'DatabasesPage'),
});
const database = createRoute({
  getParentRoute: inside,
  path: '/databases/$databaseId',
  validateSearch: (given: SearchText) => ({
    ...listSearch(given),
    ...text('schema', given),
    ...text('relation', given),
  }),
  component: lazyRouteComponent(() => import('../pages/databases/DatabasePage.tsx'), 'DatabasePage'),
});
const editor = createRoute({
  getParentRoute: inside,
  path: '/editor',
  validateSearch: (given: SearchText) => ({
    ...text('database', given),
    ...text('table', given),
    ...text('request', given),
  }),
  component: lazyRouteComponent(() => import('../editor/EditorPage.tsx'), 'default'),
});

// IAM & Admin, and oneself.

const approval = createRoute({
  getParentRoute: inside,
  path: '/approval',
  component: lazyRouteComponent(() => import('../pages/approval/CustomApprovalPage.tsx'), 'CustomApprovalPage'),
});
const people = createRoute({
  getParentRoute: inside,
  path: '/people',
  validateSearch: (given: SearchText) => ({
    ...listSearch(given),
    ...oneOf('tab', ['people', 'groups'], given),
    ...oneOf('state', ['invited', 'active', 'deactivated'], given),
  }),
  component: lazyRouteComponent(() => import('../pages/people/PeoplePage.tsx'), 'PeoplePage'),
});
const roles = createRoute({
  getParentRoute: inside,
  path: '/roles',
  component: lazyRouteComponent(() => import('../pages/roles/RolesPage.tsx'), 'RolesPage'),
});
const audit = createRoute({
  getParentRoute: inside,
  path: '/audit',
  validateSearch: (given: SearchText) => ({
    ...oneOf('view', ['access', 'evidence'], given),
    ...text('search', given),
    ...text('kind', given),
    ...text('person', given),
    ...text('project', given),
    ...text('database', given),
    ...text('table', given),
    ...text('request', given),
    ...text('grant', given),
    ...text('from', given),
    ...text('until', given),
    ...text('cursor', given),
    ...text('event', given),
    ...text('at', given),
    ...pageOnly(given),
  }),
  component: lazyRouteComponent(() => import('../pages/audit/AuditPage.tsx'), 'AuditPage'),
});
const risk = createRoute({
  getParentRoute: inside,
  path: '/risk',
  validateSearch: (given: SearchText) => ({
    ...listSearch(given),
    ...oneOf('source', ['read', 'write', 'export', 'emergency'], given),
  }),
  component: lazyRouteComponent(() => import('../pages/risk/RiskCenterPage.tsx'), 'RiskCenterPage'),
});
const account = createRoute({
  getParentRoute: inside,
  path: '/account',
  component: lazyRouteComponent(() => import('../pages/account/AccountPage.tsx'), 'AccountPage'),
});
const settings = createRoute({
  getParentRoute: inside,
  path: '/settings',
  component: lazyRouteComponent(() => import('../pages/settings/SettingsPage.tsx'), 'SettingsPage'),
});

/** Every address of the product. The state of a list is in its search; screens are loaded when they are opened. */
export const routeTree = root.addChildren([
  register,
  signIn,
  invitation,
  password,
  signedIn.addChildren([
    home,
    ...[requests, newRequest, request, emergency, emergencyReview],
    ...[access, inbox, grant],
    projects,
    project.addChildren([projectIndex, projectDatabases, projectRequests, projectMembers, projectSettings]),
    ...[instances, newInstance, instance, environments, databases, database, editor],
    ...[risk, approval, people, roles, audit, account, settings],
  ]),
]);
