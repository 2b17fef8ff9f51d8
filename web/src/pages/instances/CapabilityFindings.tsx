import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { AttentionNote } from '../../ui/ErrorNotice.tsx';
import { StateTag, type StateTone } from '../../ui/StateTag.tsx';
import css from './Instances.module.css';
import type { Instance } from './instance-words.ts';

type Finding = Instance['capability']['findings'][number];

const tones: Readonly<Record<Finding['severity'], StateTone>> = {
  blocking: 'refused',
  'wall incomplete': 'attention',
  advice: 'rest',
};
const order = ['blocking', 'wall incomplete', 'advice'] as const;

/** What the connecting user cannot do, and what everyone may do there; each with the SQL that closes it. */
export function CapabilityFindings({ capability }: { capability: Instance['capability'] }) {
  if (capability.state === 'unknown' && capability.findings.length === 0) {
    return <p className={css.soft}>The check has not run yet.</p>;
  }
  if (capability.findings.length === 0) {
    return (
      <p className={css.soft}>
        Proved with a throw-away account: Tidegate can give exactly what was granted and end it, and nothing is open to
        everyone.
      </p>
    );
  }
  const sorted = capability.findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  return (
    <>
      {capability.state === 'wall incomplete' && (
        <AttentionNote>
          Wall incomplete: what stands below is open to every account of this server, also to those that Tidegate makes.
          Approvers see this too.
        </AttentionNote>
      )}
      <ul>
        {sorted.map((finding) => (
          <li key={`${finding.key} ${finding.database} ${finding.message}`} className={css.finding}>
            <div className={css.findingHead}>
              <StateTag tone={tones[finding.severity]}>{finding.severity}</StateTag>
              <span>
                {finding.message}
                {finding.database && (
                  <>
                    {' '}
                    In <span className="mono">{finding.database}</span>.
                  </>
                )}
              </span>
            </div>
            {finding.sql && <CodeBlock label="SQL that closes it" text={finding.sql} canCopy />}
          </li>
        ))}
      </ul>
    </>
  );
}
