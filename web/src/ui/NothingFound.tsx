import { Button } from './Button.tsx';
import { EmptyState } from './EmptyState.tsx';

/** The list is not empty, but nothing fits what was searched or filtered. */
export function NothingFound({ what, onClear }: { what: string; onClear: () => void }) {
  return <EmptyState action={<Button onClick={onClear}>Clear search and filters</Button>}>No {what} fits.</EmptyState>;
}
