import { useFocusReturn, useFocusTrap } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps, useParams } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { read } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { useShortcut } from '../../lib/shortcuts.ts';
import { useStoredChoice } from '../../lib/stored-choice.ts';
import {
  IconAudit,
  IconBack,
  IconDatabase,
  IconEditor,
  IconEnvironment,
  IconFlow,
  IconFold,
  IconHome,
  IconInstance,
  IconPeople,
  IconProject,
  IconRequest,
  IconRisk,
  IconRole,
  IconSettings,
  IconUnfold,
} from '../../ui/icons.ts';
import { useMay } from '../session.ts';
import css from './LeftBar.module.css';

/** The navigation: of the workspace, or of the project one is in. Folds to icons; on a phone it opens over the screen. */
export function LeftBar({ isOpenOnPhone, onClose }: { isOpenOnPhone: boolean; onClose: () => void }) {
  const { projectId } = useParams({ strict: false });
  const [folded, setFolded] = useStoredChoice<'yes' | 'no'>('tidegate.nav-folded', 'no');
  const isFolded = folded === 'yes' && !isOpenOnPhone;
  const trap = useFocusTrap(isOpenOnPhone);
  useFocusReturn({ opened: isOpenOnPhone });
  useShortcut({ keys: 'Escape', does: 'Close the menu', group: 'Everywhere' }, onClose, isOpenOnPhone);
  return (
    <>
      {isOpenOnPhone && <button type="button" className={css.veil} aria-label="Close the menu" onClick={onClose} />}
      <nav
        ref={trap}
        className={cx(css.bar, isFolded && css.folded, isOpenOnPhone && css.open)}
        aria-label={projectId === undefined ? 'Workspace' : 'Project'}
        onClick={(event) => {
          if (event.target instanceof Element && event.target.closest('a')) onClose();
        }}
        onKeyDown={undefined}
      >
        {projectId === undefined ? (
          <WorkspaceItems isFolded={isFolded} />
        ) : (
          <ProjectItems projectId={projectId} isFolded={isFolded} />
        )}
        <span className={css.space} />
        <button
          type="button"
          className={cx(css.item, css.fold)}
          aria-label={isFolded ? 'Unfold the navigation' : 'Fold the navigation'}
          onClick={() => setFolded(isFolded ? 'no' : 'yes')}
        >
          {isFolded ? <IconUnfold aria-hidden="true" /> : <IconFold aria-hidden="true" />}
          <span className={css.label}>Fold</span>
        </button>
      </nav>
    </>
  );
}

type ItemProps = LinkProps & { icon: ComponentType<{ 'aria-hidden': 'true' }>; label: string; isFolded: boolean };

function Item({ icon: Icon, label, isFolded, ...link }: ItemProps) {
  return (
    <Link {...link} className={css.item ?? ''} {...(isFolded ? { title: label, 'aria-label': label } : {})}>
      <Icon aria-hidden="true" />
      <span className={css.label}>{label}</span>
    </Link>
  );
}

function WorkspaceItems({ isFolded }: { isFolded: boolean }) {
  const mayList = {
    instances: useMay('instance.list'),
    environments: useMay('environment.list'),
    rules: useMay('rule.list'),
    approval: useMay('approval.list'),
  };
  const mayAdmin = { people: useMay('person.list'), roles: useMay('role.list'), audit: useMay('audit.list') };
  const maySettings = useMay('sample.manage');
  const fold = { isFolded };
  return (
    <>
      <Item to="/" activeOptions={{ exact: true }} icon={IconHome} label="Home" {...fold} />
      <Item to="/requests" activeOptions={{ includeSearch: false }} icon={IconRequest} label="Requests" {...fold} />
      <Item to="/projects" icon={IconProject} label="Projects" {...fold} />
      {mayList.instances && <Item to="/instances" icon={IconInstance} label="Instances" {...fold} />}
      {mayList.environments && <Item to="/environments" icon={IconEnvironment} label="Environments" {...fold} />}
      <Item to="/databases" icon={IconDatabase} label="Databases" {...fold} />
      {(mayAdmin.people || mayAdmin.roles || mayAdmin.audit) && <div className={css.group}>IAM &amp; Admin</div>}
      {mayAdmin.people && <Item to="/people" icon={IconPeople} label="Users & Groups" {...fold} />}
      {mayAdmin.roles && <Item to="/roles" icon={IconRole} label="Roles" {...fold} />}
      {mayAdmin.audit && <Item to="/audit" icon={IconAudit} label="Audit log" {...fold} />}
      {(mayList.rules || mayList.approval) && <div className={css.group}>CI/CD</div>}
      {mayList.rules && (
        <Item to="/risk" activeOptions={{ includeSearch: false }} icon={IconRisk} label="Risk Center" {...fold} />
      )}
      {mayList.approval && <Item to="/approval" icon={IconFlow} label="Custom Approval" {...fold} />}
      {maySettings && (
        <>
          <div className={css.group}>Workspace</div>
          <Item to="/settings" icon={IconSettings} label="Settings" {...fold} />
        </>
      )}
    </>
  );
}

function ProjectItems({ projectId, isFolded }: { projectId: string; isFolded: boolean }) {
  const project = useQuery(read('GET /projects/:projectId', { params: { projectId } }));
  const link = { params: { projectId }, isFolded };
  return (
    <>
      <Item to="/projects" activeOptions={{ exact: true }} icon={IconBack} label="All projects" isFolded={isFolded} />
      <div className={css.project}>{project.data?.name ?? ' '}</div>
      <div className={css.group}>Database</div>
      <Item to="/projects/$projectId/databases" icon={IconDatabase} label="Databases" {...link} />
      <Item to="/editor" search={{}} icon={IconEditor} label="SQL Editor" isFolded={isFolded} />
      <div className={css.group}>Access</div>
      <Item to="/projects/$projectId/requests" icon={IconRequest} label="Requests" {...link} />
      <div className={css.group}>Manage</div>
      <Item to="/projects/$projectId/members" icon={IconPeople} label="Members" {...link} />
      {project.data?.abilities['manage'] && (
        <Item to="/projects/$projectId/settings" icon={IconSettings} label="Settings" {...link} />
      )}
    </>
  );
}
