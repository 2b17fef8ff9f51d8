import type { ApiProblem } from '../../api/problem.ts';
import { AttentionNote, ErrorNotice } from '../ErrorNotice.tsx';
import { LevelTag } from '../LevelTag.tsx';
import css from './RequestForm.module.css';
import type { Preview } from './RequestForm.tsx';

/** What would be asked, in a sentence; how risky it is; who will decide and how long it usually takes; or why not. */
export function RequestOutlook(props: {
  preview: Preview | undefined;
  problem: ApiProblem | null;
  ends: string | null;
}) {
  const { preview, problem, ends } = props;
  if (problem) return <ErrorNotice error={problem} />;
  if (preview === undefined) return null;
  if (preview.blocked !== null) return <AttentionNote>{preview.blocked}</AttentionNote>;
  const { typicalMinutes } = preview.flow;
  const usually =
    typicalMinutes === null ? '' : ` Usually decided within ${Math.max(1, Math.round(typicalMinutes))} min.`;
  return (
    <div className={css.sentence} aria-live="polite">
      <p>
        {preview.sentence}
        {ends ? `, ${ends}` : ''}
      </p>
      {preview.level !== null && (
        <p className={css.risk}>
          <LevelTag level={preview.level} /> {[...new Set(preview.risk.map(({ reason }) => reason))].join(' ')}
        </p>
      )}
      <p>
        {preview.isAutoApproved ? 'Approved at once: its flow is Auto-approve.' : `${preview.flow.sentence}${usually}`}
      </p>
    </div>
  );
}
