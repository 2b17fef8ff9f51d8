import { useQuery } from '@tanstack/react-query';
import type { ItemOf } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { IconApprove } from '../../ui/icons.ts';
import { Page, PageHeader, Section } from '../../ui/Page.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Roles.module.css';

type RoleRow = ItemOf<'GET /roles'>;

/** The predefined roles: what each may do in Tidegate, and which privileges on data come with it. */
export function RolesPage() {
  const roles = useQuery({ ...read('GET /roles'), staleTime: Number.POSITIVE_INFINITY });
  return (
    <Page>
      <PageHeader
        title="Roles"
        lead="A role says what a person may do in Tidegate. It opens data only where it carries privileges, and then as a grant with an end and a record."
      />
      <ErrorNotice error={roles.error} onRetry={() => void roles.refetch()} />
      {roles.isPending && <SkeletonBlock lines={8} />}
      {roles.data && <RoleList roles={roles.data.items} />}
      {roles.data && (
        <Section title="Permissions">
          <PermissionTable roles={roles.data.items} />
        </Section>
      )}
    </Page>
  );
}

function RoleList({ roles }: { roles: readonly RoleRow[] }) {
  return (
    <dl className={css.roles}>
      {roles.map((role) => (
        <div key={role.role} className={css.role}>
          <dt>{role.label}</dt>
          <dd>
            {role.summary}
            <span className={css.soft}>
              {' '}
              {role.level === 'workspace' ? 'Workspace' : 'Project'} role
              {role.privileges.length > 0 && `, carries ${role.privileges.join(' and ')}`}.
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function PermissionTable({ roles }: { roles: readonly RoleRow[] }) {
  const permissions = [...new Set(roles.flatMap((role) => role.permissions))];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll, and without a pointer only the focus can scroll it
    <section className={css.scroll} tabIndex={0} aria-label="Permissions of each role">
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">Permission</th>
            {roles.map((role) => (
              <th key={role.role} scope="col">
                {role.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {permissions.map((permission) => (
            <tr key={permission}>
              <th scope="row" className="mono">
                {permission}
              </th>
              {roles.map((role) => (
                <td key={role.role}>
                  {role.permissions.includes(permission) && <IconApprove size={14} aria-label="yes" />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
