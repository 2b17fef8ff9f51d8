import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { Privilege } from '@tidegate/contract';
import { useState } from 'react';
import { callApi, type Reply } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import { useSend } from '../../api/queries.ts';
import { serverNow } from '../../api/server-clock.ts';
import { instantWords } from '../../lib/time-words.ts';
import { Button } from '../../ui/Button.tsx';
import { Drawer } from '../../ui/Dialog.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { CheckField, SegmentField, TextField } from '../../ui/Field.tsx';
import { notify } from '../../ui/notices.ts';
import { Form, FormActions } from '../../ui/Page.tsx';
import { SkeletonLine } from '../../ui/Skeleton.tsx';
import css from './Grant.module.css';
import { NarrowScope } from './NarrowScope.tsx';
import { type NarrowDraft, narrowingOf, startOf } from './narrow-draft.ts';

type GrantDetail = Reply<'GET /grants/:grantId'>;

interface NarrowDrawerProps {
  grant: GrantDetail;
  /** The holder gives a part back; others narrow it. */
  isOwn: boolean;
  onNarrowed: (grantId: string) => void;
  onClose: () => void;
}

/** Takes tables, privileges or time away from a grant in use, with the effect before it happens. */
export default function NarrowDrawer({ grant, isOwn, onNarrowed, onClose }: NarrowDrawerProps) {
  const [draft, setDraft] = useState<NarrowDraft>(() => startOf(grant));
  const [note, setNote] = useState('');
  const change = (patch: Partial<NarrowDraft>) => setDraft((former) => ({ ...former, ...patch }));
  const wanted = narrowingOf(grant, draft);
  const effect = useEffectOf(grant.id, wanted);
  const narrow = useSend('POST /grants/:grantId/narrow', {
    onSuccess: (left) => {
      notify(isOwn ? 'A part was given back.' : `${grant.holder.name} has less now.`);
      onClose();
      onNarrowed(left.id);
    },
  });
  const submit = () => {
    if (wanted === null) return;
    const ends =
      draft.minutes === null ? {} : { expiresAt: new Date(serverNow() + draft.minutes * 60_000).toISOString() };
    narrow.mutate({ params: { grantId: grant.id }, body: { ...wanted, ...ends, note } });
  };
  return (
    <Drawer title={isOwn ? 'Give back a part' : `Narrow what ${grant.holder.name} has`} isOpen onClose={onClose}>
      <Form label="Narrow this grant" onSubmit={submit}>
        <NarrowScope grant={grant} items={draft.items} onChange={(items) => change({ items })} />
        <PrivilegesLeft grant={grant} value={draft.privileges} onChange={(privileges) => change({ privileges })} />
        <EndLeft grant={grant} value={draft.minutes} onChange={(minutes) => change({ minutes })} />
        {!isOwn && <TextField label="Note for the record" isOptional maxLength={500} value={note} onChange={setNote} />}
        <div className={css.effect} aria-live="polite">
          {wanted === null ? 'Choose what to drop.' : (effect.data?.sentence ?? <SkeletonLine index={1} />)}
        </div>
        <ErrorNotice error={narrow.error ?? effect.error} />
        <FormActions>
          <Button type="submit" look="destroy" isBusy={narrow.isPending} disabled={wanted === null}>
            {isOwn ? 'Give back now' : 'Narrow now'}
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </FormActions>
      </Form>
    </Drawer>
  );
}

/** The effect as the server sees it now, once the choosing rests. */
function useEffectOf(grantId: string, wanted: ReturnType<typeof narrowingOf>) {
  const [text] = useDebouncedValue(JSON.stringify(wanted), 200);
  const body = JSON.parse(text) as typeof wanted;
  return useQuery<Reply<'POST /grants/:grantId/narrow/effect'>, ApiProblem>({
    queryKey: ['POST /grants/:grantId/narrow/effect', grantId, text],
    queryFn: ({ signal }) =>
      callApi('POST /grants/:grantId/narrow/effect', { params: { grantId }, body: body ?? {} }, { signal }),
    enabled: body !== null,
    staleTime: 0,
  });
}

const words: Readonly<Record<Privilege, string>> = { read: 'Read', write: 'Write', export: 'Export' };

function PrivilegesLeft(props: {
  grant: GrantDetail;
  value: readonly Privilege[];
  onChange: (value: readonly Privilege[]) => void;
}) {
  const { grant, value, onChange } = props;
  // Write holds read: of write alone, read can be what is left.
  const held: Privilege[] = grant.privileges.includes('write')
    ? [...new Set<Privilege>(['read', ...grant.privileges])]
    : grant.privileges;
  if (held.length < 2) return null;
  return (
    <fieldset className={css.group}>
      <legend>Privileges that stay</legend>
      {held.map((privilege) => (
        <CheckField
          key={privilege}
          label={words[privilege]}
          isChecked={value.includes(privilege)}
          onChange={(isChecked) =>
            onChange(isChecked ? [...value, privilege] : value.filter((one) => one !== privilege))
          }
        />
      ))}
    </fieldset>
  );
}

const sooner = [15, 30, 60, 240, 1440];

function EndLeft(props: { grant: GrantDetail; value: number | null; onChange: (value: number | null) => void }) {
  const { grant, value, onChange } = props;
  const now = serverNow();
  const left = grant.expiresAt === null ? Number.POSITIVE_INFINITY : (Date.parse(grant.expiresAt) - now) / 60_000;
  const lengths = sooner.filter((minutes) => minutes < left - 1);
  if (lengths.length === 0) return null;
  const kept = grant.expiresAt === null ? 'no end' : `until ${instantWords(Date.parse(grant.expiresAt), now)}`;
  return (
    <SegmentField
      label="Ends"
      value={String(value)}
      choices={[
        { value: 'null', label: `as now, ${kept}` },
        ...lengths.map((minutes) => ({ value: String(minutes), label: `in ${lengthWords(minutes)}` })),
      ]}
      onChange={(next) => onChange(next === 'null' ? null : Number(next))}
    />
  );
}

function lengthWords(minutes: number): string {
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1440 ? `${minutes / 60} h` : `${minutes / 1440} day`;
}
