import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ItemOf } from '../../api/client.ts';
import { readPage } from '../../api/queries.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { RelativeTime } from '../../ui/RelativeTime.tsx';
import { StateTag } from '../../ui/StateTag.tsx';
import css from './Instances.module.css';

type Finding = ItemOf<'GET /instances/:instanceId/findings'>;

const kindWords: Readonly<Record<Finding['kind'], string>> = {
  drift: 'Changed by hand',
  stranger: "Stranger's session",
  orphan: 'Left over',
  owned: 'Owns something',
};

const columns: readonly Column<Finding>[] = [
  { key: 'at', head: 'When', isTight: true, draw: (finding) => <RelativeTime at={finding.at} /> },
  {
    key: 'kind',
    head: 'Found',
    isTight: true,
    draw: (finding) => <StateTag tone={finding.doneAt ? 'rest' : 'attention'}>{kindWords[finding.kind]}</StateTag>,
  },
  {
    key: 'account',
    head: 'Account',
    draw: (finding) => (
      <>
        <span className="mono">{finding.account}</span>
        {finding.person && <div className={css.soft}>{finding.person}</div>}
      </>
    ),
  },
  { key: 'what', head: 'What', draw: (finding) => finding.what },
  {
    key: 'action',
    head: 'What was done',
    draw: (finding) => finding.action ?? <em>{waitingWords[finding.kind]}</em>,
  },
];

const waitingWords: Readonly<Record<Finding['kind'], string>> = {
  drift: 'being brought in line',
  stranger: 'being ended',
  orphan: 'being dropped',
  owned: 'goes with the account, when its last grant ends',
};

/** What the sweep found at the server that nobody of Tidegate had done, and what was done about it. */
export function SweepFindings({ instanceId }: { instanceId: string }) {
  const [page, setPage] = useState(1);
  const list = useQuery(readPage('GET /instances/:instanceId/findings', { params: { instanceId }, query: { page } }));
  return (
    <DataTable<Finding>
      label="Found by the sweep"
      columns={columns}
      list={list}
      idOf={(finding) => finding.id}
      onPage={setPage}
      empty={
        <EmptyState>
          Each minute every account here is compared with the ledger. Nothing was found that Tidegate had not done.
        </EmptyState>
      }
    />
  );
}
