import type { ApprovalFlow, LevelCaps, MatrixCell } from '@tidegate/contract';
import { riskLevels, riskSourceLabels, riskSources } from '@tidegate/contract/risk-attributes';
import { LevelTag } from '../../ui/LevelTag.tsx';
import css from './Approval.module.css';
import { lengthChoices } from './flow-draft.ts';

interface MatrixProps {
  label: string;
  cells: readonly MatrixCell[];
  caps: readonly LevelCaps[];
  flows: readonly ApprovalFlow[];
  /** What an empty cell means. */
  emptyWords: string;
  /** What a level without limits of its own means; undefined: every level has them. */
  noCapsWords?: string;
  mayEdit: boolean;
  onCell: (cell: MatrixCell) => void;
  onCaps: (caps: LevelCaps) => void;
}

/** Which flow decides, by what is asked and how risky it is; and the limits of each level. */
export function Matrix(props: MatrixProps) {
  const { cells, flows, mayEdit } = props;
  const flowAt = (source: MatrixCell['source'], level: MatrixCell['level']) =>
    cells.find((cell) => cell.source === source && cell.level === level)?.flowId ?? '';
  return (
    <div className={css.scroll}>
      <table className={css.matrix} aria-label={props.label}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">What is asked for</span>
            </th>
            {riskLevels.map((level) => (
              <th key={level} scope="col">
                <LevelTag level={level} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {riskSources.map((source) => (
            <tr key={source}>
              <th scope="row">{riskSourceLabels[source]}</th>
              {riskLevels.map((level) => (
                <td key={level}>
                  <CellLevel level={level} />
                  <select
                    className={css.select}
                    aria-label={`${riskSourceLabels[source]} at ${level} risk`}
                    value={flowAt(source, level)}
                    disabled={!mayEdit}
                    onChange={(event) => props.onCell({ source, level, flowId: event.target.value || null })}
                  >
                    <option value="">{props.emptyWords}</option>
                    {flows.map((flow) => (
                      <option key={flow.id} value={flow.id}>
                        {flow.name}
                      </option>
                    ))}
                  </select>
                </td>
              ))}
            </tr>
          ))}
          <CapsRows {...props} />
        </tbody>
      </table>
    </div>
  );
}

/** Where there is no room for columns each cell says its level itself. */
function CellLevel({ level }: { level: LevelCaps['level'] }) {
  return (
    <span className={css.cellLevel} aria-hidden="true">
      <LevelTag level={level} />
    </span>
  );
}

const noCaps = { longestMinutes: 366 * 24 * 60, allowsNoEnd: true, needsTicket: false };

function CapsRows({ caps, noCapsWords, mayEdit, onCaps }: MatrixProps) {
  const capsAt = (level: LevelCaps['level']): LevelCaps =>
    caps.find((one) => one.level === level) ?? { level, ...noCaps };
  const isEndless = (level: LevelCaps['level']) =>
    noCapsWords !== undefined && !caps.some((one) => one.level === level);
  return (
    <>
      <tr className={css.limits}>
        <th scope="row">Longest duration</th>
        {riskLevels.map((level) => (
          <td key={level}>
            <CellLevel level={level} />
            <select
              className={css.select}
              aria-label={`Longest duration at ${level} risk`}
              disabled={!mayEdit}
              value={isEndless(level) ? '' : String(capsAt(level).longestMinutes)}
              onChange={(event) =>
                onCaps({ ...capsAt(level), longestMinutes: Number(event.target.value || noCaps.longestMinutes) })
              }
            >
              {isEndless(level) && <option value="">{noCapsWords}</option>}
              {lengthChoices('', capsAt(level).longestMinutes)
                .slice(1)
                .map(({ value, label }) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
            </select>
          </td>
        ))}
      </tr>
      {(
        [
          ['allowsNoEnd', 'Access without an end'],
          ['needsTicket', 'Ticket required'],
        ] as const
      ).map(([key, label]) => (
        <tr key={key}>
          <th scope="row">{label}</th>
          {riskLevels.map((level) => (
            <td key={level}>
              <CellLevel level={level} />
              <label className={css.role}>
                <input
                  type="checkbox"
                  aria-label={`${label} at ${level} risk`}
                  disabled={!mayEdit}
                  checked={capsAt(level)[key]}
                  onChange={(event) => onCaps({ ...capsAt(level), [key]: event.target.checked })}
                />
                {capsAt(level)[key] ? 'yes' : 'no'}
              </label>
            </td>
          ))}
        </tr>
      ))}
    </>
  );
}
