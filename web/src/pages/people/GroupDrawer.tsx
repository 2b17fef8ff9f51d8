import type { Principal } from '@tidegate/contract';
import type { Role } from '@tidegate/contract/permissions';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import { useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import { PrincipalPicker } from '../../ui/PrincipalPicker.tsx';
import type { Group } from './GroupsList.tsx';
import css from './People.module.css';
import { RolesField } from './RolesField.tsx';

/** Makes a group, or changes its name, people and workspace-wide roles. */
export function GroupDrawer({ group, onClose }: { group: Group | null; onClose: () => void }) {
  const [name, setName] = useState(group?.name ?? '');
  const [roles, setRoles] = useState<readonly Role[]>(group?.roles ?? []);
  const [people, setPeople] = useState<readonly Principal[]>(
    (group?.members ?? []).map((person) => ({ kind: 'person', ...person })),
  );
  const add = useSend('POST /groups', { onSuccess: onClose });
  const save = useSend('PATCH /groups/:groupId', { onSuccess: onClose });
  const problem = add.error ?? save.error;
  const mayChangeRoles = group === null || may(group, 'changeRoles');
  const submit = () => {
    const personIds = people.map(({ id }) => id);
    const body = { name: name.trim(), personIds, ...(mayChangeRoles ? { roles: [...roles] } : {}) };
    if (group === null) add.mutate({ body });
    else save.mutate({ params: { groupId: group.id }, body });
  };
  const left = (group?.members ?? []).filter((person) => !people.some(({ id }) => id === person.id));
  return (
    <Drawer title={group?.name ?? 'Add group'} isOpen onClose={onClose}>
      <Form label={group ? `Edit ${group.name}` : 'Add group'} onSubmit={submit}>
        <TextField
          label="Name"
          data-autofocus
          required
          value={name}
          onChange={setName}
          error={problem?.fields['name']}
        />
        <PrincipalPicker label="People" kinds={['person']} value={people} onChange={setPeople} />
        <RolesField value={roles} onChange={setRoles} disabled={!mayChangeRoles} />
        {left.length > 0 && (
          <AttentionNote>
            {left.map((person) => person.name).join(', ')} loses the access that came with this group at once, running
            statements included.
          </AttentionNote>
        )}
        <ErrorNotice error={problem} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={add.isPending || save.isPending} disabled={name.trim() === ''}>
            {group ? 'Save' : 'Add group'}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
      {group && may(group, 'delete') && <DeleteGroup group={group} onDeleted={onClose} />}
    </Drawer>
  );
}

function DeleteGroup({ group, onDeleted }: { group: Group; onDeleted: () => void }) {
  const [isAsking, setIsAsking] = useState(false);
  const remove = useSend('DELETE /groups/:groupId', { onSuccess: onDeleted });
  return (
    <div className={css.apart}>
      <Button look="danger" onClick={() => setIsAsking(true)}>
        Delete group
      </Button>
      {isAsking && (
        <ConfirmEffect
          title={`Delete ${group.name}`}
          effect={`${plural(group.members.length, 'person loses', 'people lose')} the roles and access that came with this group at once, running statements included.`}
          verb="Delete group"
          isDestructive
          isBusy={remove.isPending}
          problem={remove.error}
          onConfirm={() => remove.mutate({ params: { groupId: group.id } })}
          onClose={() => setIsAsking(false)}
        />
      )}
    </div>
  );
}
