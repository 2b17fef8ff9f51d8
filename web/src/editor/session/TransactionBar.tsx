import { Button } from '../../ui/Button.tsx';
import css from './SessionPill.module.css';

interface TransactionBarProps {
  isBusy: boolean;
  onEnd: (statement: 'COMMIT' | 'ROLLBACK') => void;
}

/** An open transaction is always in sight, with both of its ends. */
export function TransactionBar({ isBusy, onEnd }: TransactionBarProps) {
  return (
    <section className={css.transaction} aria-label="Open transaction">
      <span>In a transaction: others do not see your changes yet.</span>
      <Button isSmall isBusy={isBusy} onClick={() => onEnd('COMMIT')}>
        Commit
      </Button>
      <Button isSmall look="danger" isBusy={isBusy} onClick={() => onEnd('ROLLBACK')}>
        Rollback
      </Button>
    </section>
  );
}
