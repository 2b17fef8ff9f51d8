import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { useSend } from '../../api/queries.ts';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { CheckField } from '../../ui/Field.tsx';
import { FormActions, Section } from '../../ui/Page.tsx';

/** Whether members see the names of what they were not granted. */
export function HiddenNames({ project }: { project: Reply<'GET /projects/:projectId'> }) {
  const change = useSend('PATCH /projects/:projectId');
  if (!may(project, 'hideNames')) return null;
  return (
    <Section title="Names">
      <p>
        Members see the names of all databases and tables of the project, with a lock on what they cannot read, so that
        they can ask. Hidden, they see only what they were granted, and ask for all databases of the project. On
        PostgreSQL an account can still list the names in a database that it may enter.
      </p>
      <FormActions>
        <CheckField
          label="Hide the names of what is not granted"
          isChecked={project.hidesNames}
          onChange={(hidesNames) => change.mutate({ params: { projectId: project.id }, body: { hidesNames } })}
        />
      </FormActions>
      <ErrorNotice error={change.error} />
    </Section>
  );
}
