import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { read, useSend } from '../../api/queries.ts';
import { plural } from '../../lib/plural.ts';
import { Button } from '../../ui/Button.tsx';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { TextArea } from '../../ui/Field.tsx';
import { Facts, Form, FormActions, Page, PageHeader, Section } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import css from './Emergency.module.css';
import { ReviewTag } from './EmergencyPage.tsx';

type Review = Reply<'GET /emergency/reviews/:reviewId'>;

const route = getRouteApi('/in/emergency/$reviewId');

/** One emergency access: why, what ran under it, and somebody else's word on it. */
export function ReviewPage() {
  const { reviewId } = route.useParams();
  const review = useQuery(read('GET /emergency/reviews/:reviewId', { params: { reviewId } }));
  if (!review.data) {
    return (
      <Page>
        <PageHeader title="Emergency access" />
        {review.error ? (
          <ErrorNotice error={review.error} onRetry={() => void review.refetch()} />
        ) : (
          <SkeletonBlock lines={8} />
        )}
      </Page>
    );
  }
  return <ReviewScreen review={review.data} />;
}

function ReviewScreen({ review }: { review: Review }) {
  const { person, project, scope, incident, reason, riskReason, startsAt, expiresAt, grantId } = review;
  return (
    <Page>
      <PageHeader
        title={`Emergency access of ${person.name}`}
        tags={<ReviewTag review={review} />}
        lead={`Read on ${scope.sentence} in ${project.name}`}
      />
      <Facts
        facts={[
          ['Incident', incident],
          ['Reason', reason],
          ['Risk', `${review.level}: ${riskReason}`],
          [
            'Time',
            <span key="time" className={css.time}>
              from <RelativeTime at={startsAt} /> until <RelativeTime at={expiresAt} />,{' '}
              <Link to="/grants/$grantId" params={{ grantId }}>
                grant and closure
              </Link>
            </span>,
          ],
          ['May close the review', review.reviewers.map(({ name }) => name).join(', ') || 'nobody yet'],
        ]}
      />
      <Section title={`What ran: ${plural(review.statementList.length, 'statement')}`}>
        {review.statementList.length === 0 && <p className={css.soft}>Nothing.</p>}
        <ol className={css.statements}>
          {review.statementList.map((statement) => (
            <li key={statement.id}>
              <p className={css.soft}>
                <span className="mono">{statement.database}</span>, <RelativeTime at={statement.startedAt} />,{' '}
                {statement.state}
                {statement.rows !== null && `, ${plural(statement.rows, 'row')}`}
                {statement.tables !== null && statement.tables.length > 0 && ` of ${statement.tables.join(', ')}`}
              </p>
              <CodeBlock label="Statement" text={statement.text} isLow />
            </li>
          ))}
        </ol>
      </Section>
      {review.state === 'closed' ? <Closed review={review} /> : <Close review={review} />}
    </Page>
  );
}

function Closed({ review }: { review: Review }) {
  return (
    <Section title="Review">
      <p>
        Closed by {review.closedBy?.name ?? 'somebody who is gone'}
        {review.closedAt !== null && (
          <>
            {' '}
            <RelativeTime at={review.closedAt} />
          </>
        )}
        .
      </p>
      {review.note && <p className={css.note}>{review.note}</p>}
    </Section>
  );
}

function Close({ review }: { review: Review }) {
  const [note, setNote] = useState('');
  const close = useSend('POST /emergency/reviews/:reviewId/close');
  if (!may(review, 'close')) {
    return (
      <Section title="Review">
        <p className={css.soft}>
          {review.hasEnded
            ? 'It waits for somebody else to look at it.'
            : 'It can be reviewed when the access has ended.'}
        </p>
      </Section>
    );
  }
  return (
    <Section title="Your review">
      <Form
        label="Close the review"
        onSubmit={() =>
          close.mutate({
            params: { reviewId: review.id },
            body: { note: note.trim(), contentHash: review.contentHash },
          })
        }
      >
        <TextArea label="What you found" rows={3} maxLength={2000} value={note} onChange={setNote} />
        <ErrorNotice error={close.error} />
        <FormActions>
          <Button type="submit" look="primary" isBusy={close.isPending} disabled={note.trim() === ''}>
            Close the review
          </Button>
        </FormActions>
      </Form>
    </Section>
  );
}
