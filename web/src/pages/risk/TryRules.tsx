import type { Principal, RiskSource } from '@tidegate/contract';
import { useState } from 'react';
import type { ItemOf, Reply } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import type { ScopeItem } from '../../lib/scope-items.ts';
import { Button } from '../../ui/Button.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { SegmentField, SelectField, TextField } from '../../ui/Field.tsx';
import { LevelTag } from '../../ui/LevelTag.tsx';
import { Form, FormActions, Section } from '../../ui/Page.tsx';
import { PrincipalPicker } from '../../ui/PrincipalPicker.tsx';
import { ProjectPicker } from '../../ui/ProjectPicker.tsx';
import { ScopePicker } from '../../ui/ScopePicker.tsx';
import css from './Risk.module.css';

const durations = [
  { value: '30', label: '30 minutes' },
  { value: '60', label: '1 hour' },
  { value: '240', label: '4 hours' },
  { value: '1440', label: '1 day' },
  { value: '10080', label: '7 days' },
  { value: '', label: 'without an end' },
] as const;
const privilegesOf = { read: ['read'], write: ['write'], export: ['export'], emergency: ['read'] } as const;

/** What the saved rules would say of a request that nobody makes. */
export function TryRules({ source }: { source: RiskSource }) {
  const [project, setProject] = useState<ItemOf<'GET /projects'> | null>(null);
  const [people, setPeople] = useState<readonly Principal[]>([]);
  const [scopeKind, setScopeKind] = useState<'items' | 'project'>('items');
  const [items, setItems] = useState<readonly ScopeItem[]>([]);
  const [minutes, setMinutes] = useState<(typeof durations)[number]['value']>('60');
  const [ticket, setTicket] = useState('');
  const trial = useSend('POST /risk-rules/try');
  const person = people[0];
  const isScoped = scopeKind === 'project' || items.length > 0;
  const submit = () => {
    if (project === null || person === undefined || !isScoped) return;
    trial.mutate({
      body: {
        source,
        requesterId: person.id,
        projectId: project.id,
        scope: scopeKind === 'project' ? { kind: 'project' } : { kind: 'items', items: [...items] },
        privileges: [...privilegesOf[source]],
        minutes: minutes === '' ? null : Number(minutes),
        ticket: ticket.trim() === '' ? null : ticket.trim(),
      },
    });
  };
  return (
    <Section title="Try it">
      <div className={css.trial}>
        <Form label="Try the rules" onSubmit={submit}>
          <PrincipalPicker
            label="Person who asks"
            kinds={['person']}
            value={people}
            onChange={(next) => setPeople(next.slice(-1))}
          />
          <ProjectPicker
            label="Project"
            chosen={project?.name ?? ''}
            onChoose={(next) => {
              setProject(next);
              setItems([]);
            }}
          />
          {project && (
            <SegmentField
              label="Databases"
              value={scopeKind}
              choices={[
                { value: 'items', label: 'Manually select' },
                { value: 'project', label: 'All databases in the project' },
              ]}
              onChange={setScopeKind}
            />
          )}
          {project && scopeKind === 'items' && (
            <ScopePicker key={project.id} projectId={project.id} items={items} onChange={setItems} />
          )}
          <SelectField label="Duration" value={minutes} choices={durations} onChange={setMinutes} />
          <TextField label="Ticket" isOptional maxLength={500} value={ticket} onChange={setTicket} />
          <FormActions>
            <Button
              type="submit"
              isBusy={trial.isPending}
              disabled={project === null || person === undefined || !isScoped}
            >
              Try
            </Button>
          </FormActions>
        </Form>
        <div aria-live="polite">
          <ErrorNotice error={trial.error} />
          {trial.data && <Trial trial={trial.data} />}
        </div>
      </div>
    </Section>
  );
}

function Trial({ trial }: { trial: Reply<'POST /risk-rules/try'> }) {
  return (
    <section className={css.verdict} aria-label="What the rules say">
      <p className={css.verdictLevel}>
        <LevelTag level={trial.level} />
      </p>
      <p>{trial.reason}</p>
      {trial.databases.map(({ name, attributes }) => (
        <details key={name} className={css.attributes}>
          <summary>
            What the rules were told of <span className="mono">{name}</span>
          </summary>
          <dl>
            {Object.entries(attributes).map(([key, value]) => (
              <div key={key}>
                <dt className="mono">{key}</dt>
                <dd className="mono">{valueWords(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      ))}
    </section>
  );
}

const mostNames = 20;

function valueWords(value: string | number | boolean | string[]): string {
  if (!Array.isArray(value)) return value === '' ? '(empty)' : String(value);
  if (value.length === 0) return '(none)';
  const more = value.length - mostNames;
  return `${value.slice(0, mostNames).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
