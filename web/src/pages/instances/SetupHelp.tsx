import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextField } from '../../ui/Field.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Instances.module.css';
import type { Instance } from './instance-words.ts';
import type { SetupFacts, SetupHelpAnswer } from './setup-facts.ts';

interface SetupHelpProps {
  engine: Instance['engine'];
  facts: SetupFacts;
  onFacts: (facts: SetupFacts) => void;
  help: SetupHelpAnswer | undefined;
  error: unknown;
}

/** How to set this up: what to prepare in AWS and at the server, in its order, ready to copy. */
export function SetupHelp({ engine, facts, onFacts, help, error }: SetupHelpProps) {
  const set = (patch: Partial<SetupFacts>) => onFacts({ ...facts, ...patch });
  return (
    <aside className={css.help} aria-label="How to set this up">
      <h2>How to set this up</h2>
      <p className={css.soft}>Filled in from the form. What is typed here is for these texts only and is not saved.</p>
      <div className={css.pair}>
        <TextField
          label="AWS account id"
          isMono
          isOptional
          inputMode="numeric"
          placeholder="123456789012"
          value={facts.awsAccountId}
          onChange={(awsAccountId) => set({ awsAccountId })}
        />
        <TextField
          label="Resource id"
          isMono
          isOptional
          spellCheck={false}
          placeholder="cluster-ABCDEFGHIJKL01234"
          value={facts.resourceId}
          onChange={(resourceId) => set({ resourceId })}
        />
      </div>
      {engine !== 'postgresql' && (
        <TextField
          label="Databases to share"
          isMono
          isOptional
          spellCheck={false}
          placeholder="hr_prod, shop"
          value={facts.databases}
          onChange={(databases) => set({ databases })}
        />
      )}
      <ErrorNotice error={error} />
      {help === undefined && error === null && <SkeletonBlock lines={8} />}
      {help?.notes.map((note) => (
        <AttentionNote key={note}>{note}</AttentionNote>
      ))}
      <ol className={css.steps}>
        {help?.steps.map((step) => (
          <li key={step.key}>
            <h3>{step.title}</h3>
            <CodeBlock label={step.title} text={step.text} canCopy />
            {step.note && <p className={css.choiceHint}>{step.note}</p>}
          </li>
        ))}
      </ol>
    </aside>
  );
}
