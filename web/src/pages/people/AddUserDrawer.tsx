import type { Role } from '@tidegate/contract/permissions';
import { useState } from 'react';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { SegmentField, TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import { InvitationLink } from './InvitationLink.tsx';
import css from './People.module.css';
import { RolesField } from './RolesField.tsx';

/** Add user: by an invitation link, or with a first password to be changed at sign-in. */
export function AddUserDrawer({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [roles, setRoles] = useState<readonly Role[]>([]);
  const [way, setWay] = useState<'invitation' | 'password'>('invitation');
  const [password, setPassword] = useState('');
  const add = useSend('POST /people', {
    onSuccess: ({ invitationUrl }) => {
      if (invitationUrl === null) onClose();
    },
  });
  const fields = add.error?.fields ?? {};
  if (add.data?.invitationUrl) {
    return (
      <Drawer title={`${add.data.person.name} is added`} isOpen onClose={onClose}>
        <div className={css.stack}>
          <InvitationLink
            name={add.data.person.name}
            url={add.data.invitationUrl}
            expiresAt={add.data.invitationExpiresAt}
          />
          <FormActions>
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </FormActions>
        </div>
      </Drawer>
    );
  }
  const firstPassword = way === 'password' ? password : null;
  return (
    <Drawer title="Add user" isOpen onClose={onClose}>
      <Form
        label="Add user"
        onSubmit={() =>
          add.mutate({ body: { name: name.trim(), email: email.trim(), roles: [...roles], firstPassword } })
        }
      >
        <TextField label="Name" data-autofocus required value={name} onChange={setName} error={fields['name']} />
        <TextField label="E-mail" type="email" required value={email} onChange={setEmail} error={fields['email']} />
        <RolesField value={roles} onChange={setRoles} />
        <SegmentField
          label="First sign-in"
          value={way}
          choices={[
            { value: 'invitation', label: 'Invitation link' },
            { value: 'password', label: 'First password' },
          ]}
          onChange={setWay}
        />
        {way === 'password' && (
          <TextField
            label="First password"
            type="password"
            autoComplete="new-password"
            required
            hint="At least 10 characters. It must be changed at the first sign-in."
            value={password}
            onChange={setPassword}
            error={fields['firstPassword']}
          />
        )}
        <ErrorNotice error={add.error} />
        <FormActions>
          <Button
            type="submit"
            look="primary"
            isBusy={add.isPending}
            disabled={name.trim() === '' || email.trim() === '' || (way === 'password' && password === '')}
          >
            Add user
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Drawer>
  );
}
