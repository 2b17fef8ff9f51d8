import type { Role } from '@tidegate/contract/permissions';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import { useSend } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmEffect } from '../../ui/ConfirmEffect.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextField } from '../../ui/Field.tsx';
import { notify } from '../../ui/notices.ts';
import { Form, FormActions } from '../../ui/Page.tsx';
import { InvitationLink } from './InvitationLink.tsx';
import css from './People.module.css';
import type { Person } from './PeopleList.tsx';
import { RevokeAccess } from './RevokeAccess.tsx';
import { RolesField } from './RolesField.tsx';

/** One person: name, workspace-wide roles, a new link, deactivation. */
export function PersonDrawer({ person, onClose }: { person: Person; onClose: () => void }) {
  const [name, setName] = useState(person.name);
  const [roles, setRoles] = useState<readonly Role[]>(person.roles);
  const mayChangeRoles = may(person, 'changeRoles');
  const save = useSend('PATCH /people/:personId', {
    onSuccess: () => {
      notify(`${name.trim()} is saved.`);
      onClose();
    },
  });
  const lost = person.roles.filter((role) => !roles.includes(role));
  const submit = () =>
    save.mutate({
      params: { personId: person.id },
      body: { name: name.trim(), ...(mayChangeRoles ? { roles: [...roles] } : {}) },
    });
  return (
    <Drawer title={person.name} isOpen onClose={onClose}>
      <Form label={`Edit ${person.name}`} onSubmit={submit}>
        <TextField label="Name" required value={name} onChange={setName} error={save.error?.fields['name']} />
        <TextField label="E-mail" value={person.email} onChange={() => undefined} disabled />
        <RolesField value={roles} onChange={setRoles} disabled={!mayChangeRoles} />
        {lost.length > 0 && (
          <AttentionNote>
            Access that came with the roles taken away ends at once, running statements included.
          </AttentionNote>
        )}
        <ErrorNotice error={save.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={save.isPending} disabled={name.trim() === ''}>
            Save
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
      <NewLink person={person} />
      {may(person, 'revokeAccess') && (
        <div className={css.apart}>
          <p className={css.soft}>Every grant that {person.name} holds, in all projects. Roles and groups stay.</p>
          <RevokeAccess person={person} />
        </div>
      )}
      <Presence person={person} />
    </Drawer>
  );
}

function NewLink({ person }: { person: Person }) {
  const invite = useSend('POST /people/:personId/invitation');
  if (!may(person, 'invite')) return null;
  return (
    <div className={css.apart}>
      {invite.data ? (
        <InvitationLink
          name={person.name}
          url={invite.data.invitationUrl}
          expiresAt={invite.data.invitationExpiresAt}
        />
      ) : (
        <>
          <p className={css.soft}>A new link lets {person.name} choose a password; older links stop working.</p>
          <Button isBusy={invite.isPending} onClick={() => invite.mutate({ params: { personId: person.id } })}>
            New invitation link
          </Button>
        </>
      )}
      <ErrorNotice error={invite.error} />
    </div>
  );
}

function Presence({ person }: { person: Person }) {
  const [isAsking, setIsAsking] = useState(false);
  const params = { personId: person.id };
  const deactivate = useSend('POST /people/:personId/deactivate', { onSuccess: () => setIsAsking(false) });
  const activate = useSend('POST /people/:personId/activate');
  if (may(person, 'activate')) {
    return (
      <div className={css.apart}>
        <p className={css.soft}>Deactivated. Ended access stays ended.</p>
        <Button isBusy={activate.isPending} onClick={() => activate.mutate({ params })}>
          Activate
        </Button>
        <ErrorNotice error={activate.error} />
      </div>
    );
  }
  if (!may(person, 'deactivate')) return null;
  return (
    <div className={css.apart}>
      <Button look="danger" onClick={() => setIsAsking(true)}>
        Deactivate
      </Button>
      {isAsking && (
        <ConfirmEffect
          title={`Deactivate ${person.name}`}
          effect={`${person.name} is signed out everywhere, and all access ends at once, running statements included. It does not come back by activating again.`}
          verb="Deactivate"
          isDestructive
          isBusy={deactivate.isPending}
          problem={deactivate.error}
          onConfirm={() => deactivate.mutate({ params })}
          onClose={() => setIsAsking(false)}
        />
      )}
    </div>
  );
}
