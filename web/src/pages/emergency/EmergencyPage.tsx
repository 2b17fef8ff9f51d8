import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ItemOf } from '../../api/client.ts';
import { read } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Page, PageHeader, Section } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { StateTag } from '../../ui/StateTag.tsx';
import css from './Emergency.module.css';
import { EmergencyForm } from './EmergencyForm.tsx';

type Review = ItemOf<'GET /emergency/reviews'>;

const columns: readonly Column<Review>[] = [
  {
    key: 'who',
    head: 'Who',
    draw: (review) => (
      <Link to="/emergency/$reviewId" params={{ reviewId: review.id }}>
        {review.person.name}
      </Link>
    ),
  },
  { key: 'what', head: 'What', draw: ({ scope }) => scope.sentence },
  { key: 'incident', head: 'Incident', draw: ({ incident }) => incident },
  { key: 'when', head: 'Opened', isTight: true, draw: ({ startsAt }) => <RelativeTime at={startsAt} /> },
  { key: 'use', head: 'Use', isTight: true, draw: ({ statements }) => plural(statements, 'statement') },
  { key: 'state', head: 'Review', isTight: true, draw: (review) => <ReviewTag review={review} /> },
];

export function ReviewTag({ review }: { review: Pick<Review, 'state' | 'hasEnded'> }) {
  if (review.state === 'closed') return <StateTag tone="proven">reviewed</StateTag>;
  return <StateTag tone="attention">{review.hasEnded ? 'to review' : 'in use'}</StateTag>;
}

/** Break-glass: what I may open at once, and the reviews of what was opened. */
export function EmergencyPage() {
  const mine = useQuery(read('GET /emergency'));
  const reviews = useQuery(read('GET /emergency/reviews', { query: {} }));
  return (
    <Page>
      <PageHeader
        title="Emergency access"
        lead="Read only, at most an hour, at once. Owners, administrators and auditors are told, and somebody else reviews each statement afterwards."
      />
      <ErrorNotice error={mine.error} onRetry={() => void mine.refetch()} />
      {mine.isPending && <SkeletonBlock lines={4} />}
      {mine.data?.openReview && (
        <AttentionNote>
          Your last emergency access waits for its{' '}
          <Link to="/emergency/$reviewId" params={{ reviewId: mine.data.openReview.id }}>
            review
          </Link>
          . Until somebody closes it you cannot open another.
        </AttentionNote>
      )}
      {mine.data && mine.data.openReview === null && mine.data.databases.length > 0 && (
        <div className={css.form}>
          <EmergencyForm databases={mine.data.databases} />
        </div>
      )}
      {mine.data && mine.data.openReview === null && mine.data.databases.length === 0 && (
        <EmptyState>No environment names you for emergency access. Ask for access by a request instead.</EmptyState>
      )}
      <Section title="Reviews">
        <DataTable<Review>
          label="Emergency access under review"
          columns={columns}
          list={reviews}
          idOf={(review) => review.id}
          empty={<EmptyState>Nobody has opened anything by emergency that you may see.</EmptyState>}
        />
      </Section>
    </Page>
  );
}
