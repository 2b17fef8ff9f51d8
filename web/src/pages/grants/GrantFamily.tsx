import { Link } from '@tanstack/react-router';
import type { Reply } from '../../api/client.ts';
import css from './Grant.module.css';

type Relative = Reply<'GET /grants/:grantId'>['family'][number];

const relations: Readonly<Record<Relative['relation'], string>> = {
  added_to: 'Added to',
  addition: 'Added to it',
  before: 'Narrowed from',
  left: 'What is left of it',
};

/** Rows of the ledger that belong to this one, each with its page. */
export function GrantFamily({ family }: { family: readonly Relative[] }) {
  return (
    <ul className={css.family}>
      {family.map(({ id, relation, sentence, state }) => (
        <li key={id}>
          <span className={css.soft}>{relations[relation]}: </span>
          <Link to="/grants/$grantId" params={{ grantId: id }}>
            {sentence}
          </Link>
          <span className={css.soft}> ({state})</span>
        </li>
      ))}
    </ul>
  );
}
