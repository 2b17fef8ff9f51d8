import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Reply } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import { useMe } from '../../app/session.ts';
import { useDraft } from '../../lib/draft.ts';
import { durationWords } from '../../lib/duration.ts';
import { Button } from '../../ui/Button.tsx';
import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { CheckField, SegmentField, SelectField, TextArea, TextField } from '../../ui/Field.tsx';
import { Form, FormActions } from '../../ui/Page.tsx';
import css from './Emergency.module.css';

type Database = Reply<'GET /emergency'>['databases'][number];

const nothing = { reason: '', incident: '' };

/** Opens databases at once: why, which incident, and the own password. */
export function EmergencyForm({ databases }: { databases: readonly Database[] }) {
  const me = useMe();
  const navigate = useNavigate();
  const projects = [...new Map(databases.map(({ projectId, project }) => [projectId, project]))];
  const [projectId, setProjectId] = useState(projects[0]?.[0] ?? '');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [minutes, setMinutes] = useState('30');
  const [password, setPassword] = useState('');
  const { value, change, forget } = useDraft(`emergency:${me.person.id}`, nothing);
  const open = useSend('POST /emergency', {
    onSuccess: () => {
      forget();
      const [database] = chosen;
      void navigate({ to: '/editor', search: database === undefined ? {} : { database } });
    },
  });
  const isWrongPassword = open.error?.code === 'auth.failed';
  const offered = databases.filter((database) => database.projectId === projectId);
  const picked = offered.filter(({ databaseId }) => chosen.includes(databaseId));
  const longest = Math.min(60, ...picked.map(({ longestMinutes }) => longestMinutes));
  const lengths = [15, 30, 60].filter((length) => length <= longest);
  const length = Math.min(Number(minutes), longest);
  const isEmpty = picked.length === 0 || value.reason.trim() === '' || value.incident.trim() === '' || password === '';
  return (
    <Form
      label="Open by emergency"
      onSubmit={() => {
        if (isEmpty || open.isPending) return;
        const databaseIds = picked.map(({ databaseId }) => databaseId);
        open.mutate({
          body: {
            ...{ projectId, databaseIds, minutes: length, password },
            reason: value.reason.trim(),
            incident: value.incident.trim(),
          },
        });
      }}
    >
      {projects.length > 1 && (
        <SelectField
          label="Project"
          value={projectId}
          choices={projects.map(([id, name]) => ({ value: id, label: name }))}
          onChange={(next) => {
            setProjectId(next);
            setChosen([]);
          }}
        />
      )}
      <fieldset className={css.databases}>
        <legend>Databases</legend>
        {offered.map(({ databaseId, name, environment }) => (
          <CheckField
            key={databaseId}
            label={
              <span className={css.database}>
                <span className="mono">{name}</span>
                <EnvironmentTag environment={environment} />
              </span>
            }
            isChecked={chosen.includes(databaseId)}
            onChange={(isChecked) =>
              setChosen(isChecked ? [...chosen, databaseId] : chosen.filter((id) => id !== databaseId))
            }
          />
        ))}
      </fieldset>
      <SegmentField
        label="For"
        value={String(length)}
        choices={[...new Set([...lengths, length])]
          .toSorted((a, b) => a - b)
          .map((one) => ({ value: String(one), label: durationWords(one) }))}
        onChange={setMinutes}
      />
      <TextField
        label="Incident"
        placeholder="INC-1234 or a link"
        maxLength={500}
        value={value.incident}
        onChange={(incident) => change({ incident })}
      />
      <TextArea
        label="Reason"
        rows={3}
        maxLength={2000}
        placeholder="Whoever reviews it reads this."
        value={value.reason}
        onChange={(reason) => change({ reason })}
      />
      <TextField
        label="Your password"
        type="password"
        autoComplete="current-password"
        value={password}
        error={isWrongPassword ? open.error?.message : open.error?.fields['password']}
        onChange={setPassword}
      />
      <AttentionNote>
        {picked.length > 0 &&
          `You read all of ${picked.map(({ name }) => name).join(', ')} for ${durationWords(length)}. `}
        Everybody concerned is told at once, and each statement is reviewed by somebody else.
      </AttentionNote>
      <ErrorNotice error={isWrongPassword ? null : open.error} />
      <FormActions>
        <Button type="submit" look="destroy" isBusy={open.isPending} disabled={isEmpty}>
          Open now, read only
        </Button>
      </FormActions>
    </Form>
  );
}
