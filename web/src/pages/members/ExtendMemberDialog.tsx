import type { Expiry } from '@tidegate/contract';
import { useState } from 'react';
import { useSend } from '../../api/queries.ts';
import { serverNow } from '../../api/server-clock.ts';
import { instantWords } from '../../lib/time-words.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { DurationChips } from '../../ui/DurationChips.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { notify } from '../../ui/notices.ts';
import { Form, FormActions } from '../../ui/Page.tsx';
import css from './Members.module.css';

const durations = [
  { label: '1h more', minutes: 60 },
  { label: '1 day more', minutes: 24 * 60 },
  { label: '7 days more', minutes: 7 * 24 * 60 },
];

interface ExtendMemberDialogProps {
  projectId: string;
  member: { readonly id: string; readonly name: string; readonly expiresAt: string | null };
  onClose: () => void;
}

/** Moves the end of a membership and of its access to later, counted from the end that it has. */
export default function ExtendMemberDialog({ projectId, member, onClose }: ExtendMemberDialogProps) {
  const [expiry, setExpiry] = useState<Expiry | null>({ kind: 'after', minutes: 60 });
  const extend = useSend('POST /projects/:projectId/members/:memberId/extend', {
    onSuccess: () => {
      notify(`${member.name} has more time now. Nobody was disconnected.`);
      onClose();
    },
  });
  const end = member.expiresAt === null ? serverNow() : Date.parse(member.expiresAt);
  const later: Expiry | null =
    expiry?.kind === 'after' ? { kind: 'at', at: new Date(end + expiry.minutes * 60_000).toISOString() } : expiry;
  const submit = () => {
    if (later !== null) extend.mutate({ params: { projectId, memberId: member.id }, body: { expiry: later } });
  };
  return (
    <Dialog title={`More time for ${member.name}`} isOpen onClose={onClose} width={520}>
      <Form label="Extend" onSubmit={submit}>
        <DurationChips label="How much longer" value={expiry} {...{ durations }} allowsNever onChange={setExpiry} />
        {later !== null && (
          <p className={css.says}>
            {later.kind === 'at'
              ? `Until ${instantWords(Date.parse(later.at), serverNow())} instead of ${instantWords(end, serverNow())}.`
              : 'Without an end.'}{' '}
            Nobody is disconnected.
          </p>
        )}
        <ErrorNotice error={extend.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={extend.isPending} disabled={later === null}>
            Extend
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Dialog>
  );
}
