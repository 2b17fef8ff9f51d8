import { useQuery } from '@tanstack/react-query';
import type { Principal } from '@tidegate/contract';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { read, useSend } from '../../api/queries.ts';
import { durationWords } from '../../lib/duration.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { SegmentField } from '../../ui/Field.tsx';
import { Form, FormActions, Section } from '../../ui/Page.tsx';
import { PrincipalPicker } from '../../ui/PrincipalPicker.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Approval.module.css';

type Policy = Reply<'GET /emergency/policies'>['items'][number];

/** Who may open which environments without waiting: read only, on record, reviewed by somebody else. */
export function EmergencyPolicies() {
  const policies = useQuery(read('GET /emergency/policies'));
  const [open, setOpen] = useState<Policy | null>(null);
  return (
    <Section title="Emergency access">
      <p className={css.lead}>
        Read only, at most an hour, at once: with a reason, an incident and the own password. Somebody else reviews
        every statement afterwards; until then there is no second time.
      </p>
      <ErrorNotice error={policies.error} onRetry={() => void policies.refetch()} />
      {policies.isPending && <SkeletonBlock lines={2} />}
      <ul className={css.flows}>
        {policies.data?.items.map((policy) => (
          <li key={policy.environment.id} className={css.flow}>
            <span className={css.flowName}>{policy.environment.name}</span>
            <span className={css.flowWords}>
              {policy.principals.length === 0
                ? 'Nobody: it cannot be opened by emergency.'
                : `${policy.principals.map(({ name }) => name).join(', ')}, for at most ${durationWords(policy.longestMinutes)}.`}
            </span>
            <span />
            <span className={css.flowActions}>
              {may(policies.data, 'manage') && (
                <Button
                  isSmall
                  look="quiet"
                  aria-label={`Edit emergency access to ${policy.environment.name}`}
                  onClick={() => setOpen(policy)}
                >
                  Edit
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {open && <PolicyDialog policy={open} onClose={() => setOpen(null)} />}
    </Section>
  );
}

const lengths = [15, 30, 60] as const;

function PolicyDialog({ policy, onClose }: { policy: Policy; onClose: () => void }) {
  const [principals, setPrincipals] = useState<readonly Principal[]>(() =>
    policy.principals.map((one) => ({ ...one, email: null })),
  );
  const [minutes, setMinutes] = useState(String(policy.longestMinutes));
  const save = useSend('PUT /emergency/policies/:environmentId', { onSuccess: onClose });
  const title = `Emergency access to ${policy.environment.name}`;
  const choices = [...new Set([...lengths, policy.longestMinutes])]
    .toSorted((a, b) => a - b)
    .map((length) => ({ value: String(length), label: durationWords(length) }));
  return (
    <Dialog title={title} isOpen onClose={onClose}>
      <Form
        label={title}
        onSubmit={() =>
          save.mutate({
            params: { environmentId: policy.environment.id },
            body: {
              principals: principals.map(({ kind, id }) => ({ kind, id })),
              longestMinutes: Number(minutes),
            },
          })
        }
      >
        <PrincipalPicker label="People and groups" value={principals} onChange={setPrincipals} />
        <SegmentField label="At most" value={minutes} choices={choices} onChange={setMinutes} />
        <ErrorNotice error={save.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={save.isPending}>
            Save
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Dialog>
  );
}
