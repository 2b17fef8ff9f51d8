import type { Expiry, Principal } from '@tidegate/contract';
import type { ProjectRole } from '@tidegate/contract/permissions';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import { serverNow } from '../../api/server-clock.ts';
import { expiryProblem, expiryWords } from '../../lib/expiry.ts';
import { projectRoleChoices, rolePrivileges, roleSummary } from '../../lib/role-labels.ts';
import type { ScopeItem } from '../../lib/scope-items.ts';
import { Button } from '../../ui/Button.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { DurationChips } from '../../ui/DurationChips.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { SegmentField, SelectField, TextField } from '../../ui/Field.tsx';
import { notify } from '../../ui/notices.ts';
import { Form, FormActions } from '../../ui/Page.tsx';
import { PrincipalPicker } from '../../ui/PrincipalPicker.tsx';
import { ScopePicker } from '../../ui/ScopePicker.tsx';
import css from './Members.module.css';

const durations = [
  { label: '1h', minutes: 60 },
  { label: '4h', minutes: 240 },
  { label: '1 day', minutes: 24 * 60 },
  { label: '7 days', minutes: 7 * 24 * 60 },
];

/** Grant Access: a person or group, a role, on which databases, until when. */
export function GrantAccessDrawer(props: { project: Reply<'GET /projects/:projectId'>; onClose: () => void }) {
  const { project, onClose } = props;
  const mayGiveData = may(project, 'grantAccess');
  const choices = projectRoleChoices.filter(({ value }) => mayGiveData || rolePrivileges(value).length === 0);
  const [principals, setPrincipals] = useState<readonly Principal[]>([]);
  const [role, setRole] = useState<ProjectRole>(mayGiveData ? 'sql_editor_read_only' : 'project_developer');
  const [scopeKind, setScopeKind] = useState<'project' | 'items'>('project');
  const [items, setItems] = useState<readonly ScopeItem[]>([]);
  const [reason, setReason] = useState('');
  const privileges = rolePrivileges(role);
  const carriesData = privileges.length > 0;
  const [chosenExpiry, setChosenExpiry] = useState<Expiry | null | undefined>(undefined);
  const usual: Expiry = carriesData ? { kind: 'after', minutes: 24 * 60 } : { kind: 'never' };
  const expiry = chosenExpiry === undefined ? usual : chosenExpiry;
  const [isTried, setIsTried] = useState(false);
  const grant = useSend('POST /projects/:projectId/members', {
    onSuccess: () => {
      notify(`Access granted to ${namesOf(principals)}.`);
      onClose();
    },
  });
  const faults = [
    principals.length === 0 && 'Choose at least one person or group.',
    carriesData && scopeKind === 'items' && items.length === 0 && 'Choose at least one database or table.',
    expiryProblem(expiry, serverNow()),
  ].filter((fault) => typeof fault === 'string');
  const submit = () => {
    setIsTried(true);
    if (faults.length > 0 || expiry === null) return;
    const scope =
      carriesData && scopeKind === 'items'
        ? { kind: 'items' as const, items: [...items] }
        : { kind: 'project' as const };
    const refs = principals.map(({ kind, id }) => ({ kind, id }));
    grant.mutate({ params: { projectId: project.id }, body: { principals: refs, role, scope, expiry, reason } });
  };
  return (
    <Drawer title={`Grant Access in ${project.name}`} isOpen onClose={onClose}>
      <Form label="Grant Access" onSubmit={submit}>
        <PrincipalPicker label="People and groups" projectId={project.id} value={principals} onChange={setPrincipals} />
        <SelectField label="Role" value={role} choices={choices} onChange={setRole} hint={roleSummary(role)} />
        {carriesData && (
          <>
            <SegmentField
              label="Databases"
              value={scopeKind}
              choices={[
                { value: 'project', label: 'All databases in the project' },
                { value: 'items', label: 'Manually select' },
              ]}
              onChange={setScopeKind}
            />
            {scopeKind === 'items' && (
              <ScopePicker projectId={project.id} items={items} onChange={setItems} laterAtFirst="included" />
            )}
          </>
        )}
        <DurationChips
          label="Expiration"
          value={expiry}
          durations={durations}
          allowsNever
          error={grant.error?.fields['expiry']}
          onChange={setChosenExpiry}
        />
        <TextField label="Reason" isOptional maxLength={500} value={reason} onChange={setReason} />
        {principals.length > 0 && expiry && (
          <p className={css.says}>
            {namesOf(principals)} {carriesData ? `can ${privileges.join(' and ')} ` : 'reads nothing by this role, '}
            {carriesData &&
              (scopeKind === 'project' ? 'all databases of this project, also later ones, ' : 'what you chose ')}
            {expiryWords(expiry, serverNow())}.
          </p>
        )}
        {isTried && faults.length > 0 && <AttentionNote>{faults.join(' ')}</AttentionNote>}
        <ErrorNotice error={grant.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={grant.isPending}>
            Grant Access
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Drawer>
  );
}

function namesOf(principals: readonly Principal[]): string {
  const names = principals.map(({ name }) => name);
  return names.length <= 2 ? names.join(' and ') : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}
