import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { addressOf, type ItemOf } from '../../api/client.ts';
import { read, readPage, useSend } from '../../api/queries.ts';
import { numberWords } from '../../lib/plural.ts';
import { AnchorButton, Button } from '../../ui/Button.tsx';
import { CodeBlock } from '../../ui/CodeBlock.tsx';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Section } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import css from './Audit.module.css';
import { RetentionSection } from './RetentionSection.tsx';
import { VerifyRecord } from './VerifyRecord.tsx';

type CheckpointRow = ItemOf<'GET /audit-checkpoints'>;

const route = getRouteApi('/in/audit');

const columns: readonly Column<CheckpointRow>[] = [
  { key: 'number', head: 'No.', isTight: true, draw: (checkpoint) => numberWords(checkpoint.number) },
  { key: 'at', head: 'When', isTight: true, draw: (checkpoint) => <RelativeTime at={checkpoint.at} /> },
  { key: 'events', head: 'Events', align: 'right', isTight: true, draw: (one) => numberWords(one.events) },
  { key: 'chains', head: 'Chains', align: 'right', isTight: true, draw: (one) => numberWords(one.chains) },
  {
    key: 'digest',
    head: 'Digest of all heads',
    draw: (checkpoint) => <code className={css.digest}>{checkpoint.digest}</code>,
  },
];

/** The proof: verification, export, signed checkpoints, the public key, and how long the record is kept. */
export function Evidence() {
  const { page } = route.useSearch();
  const navigate = route.useNavigate();
  const checkpoints = useQuery(readPage('GET /audit-checkpoints', { query: { page, pageSize: 20 } }));
  const keys = useQuery(read('GET /audit-keys'));
  const sign = useSend('POST /audit-checkpoints');
  return (
    <>
      <VerifyRecord />
      <Section title="Take it away">
        <p className={css.lead}>
          The whole record as lines of JSON, signed. Anybody can check the file with neither this server nor its store.
        </p>
        <div className={css.links}>
          <AnchorButton href={addressOf('GET /audit-events/export').url} download="tidegate-audit.jsonl">
            Export the record
          </AnchorButton>
        </div>
        <CodeBlock
          label="Command"
          text="npm run verify-audit -- tidegate-audit.jsonl --key tidegate-audit-key.pem"
          canCopy
        />
      </Section>
      <Section title="Public key">
        <p className={css.lead}>
          Keep it somewhere else: with it nobody can sign a rewritten record without your noticing.
        </p>
        <ErrorNotice error={keys.error} onRetry={() => void keys.refetch()} />
        {keys.data?.items.map((key) => (
          <CodeBlock key={key.id} label={`Key ${key.id}`} text={key.pem.trim()} canCopy />
        ))}
      </Section>
      <Section
        title="Checkpoints"
        actions={
          <Button isSmall isBusy={sign.isPending} onClick={() => sign.mutate({})}>
            Sign now
          </Button>
        }
      >
        <p className={css.lead}>
          Every ten minutes in which something happened, the heads of all chains are signed. What was signed cannot be
          rewritten unnoticed.
        </p>
        <ErrorNotice error={sign.error} />
        <DataTable<CheckpointRow>
          label="Checkpoints"
          columns={columns}
          list={checkpoints}
          idOf={(checkpoint) => String(checkpoint.number)}
          onPage={(next) => void navigate({ search: (former) => ({ ...former, page: next }) })}
          empty={<EmptyState>No checkpoint has been signed yet: the first comes within ten minutes.</EmptyState>}
        />
      </Section>
      <RetentionSection />
    </>
  );
}
