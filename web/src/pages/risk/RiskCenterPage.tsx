import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { RiskSource } from '@tidegate/contract';
import { riskSourceLabels, riskSources } from '@tidegate/contract/risk-attributes';
import { useState } from 'react';
import { may } from '../../api/abilities.ts';
import type { Reply } from '../../api/client.ts';
import { readPage } from '../../api/queries.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { AttentionNote, ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { ListToolbar } from '../../ui/ListToolbar.tsx';
import { NothingFound } from '../../ui/NothingFound.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { DeleteRuleDialog } from './DeleteRuleDialog.tsx';
import css from './Risk.module.css';
import { RuleDrawer } from './RuleDrawer.tsx';
import { RuleList } from './RuleList.tsx';
import type { Rule } from './rule-draft.ts';
import { TimeZone } from './TimeZone.tsx';
import { TryRules } from './TryRules.tsx';

type Open = { kind: 'new' } | { kind: 'edit' | 'delete'; rule: Rule };
type Answer = Reply<'GET /risk-rules'>;

const route = getRouteApi('/in/risk');

/** How risky a request is: the rules of each source, in their order, tried and replayed before they hold. */
export function RiskCenterPage() {
  const { source = 'read', search, page } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (patch: Partial<ReturnType<typeof route.useSearch>>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const list = useQuery(readPage('GET /risk-rules', { query: { source, search, page } }));
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const mayManage = may(list.data, 'manage');
  return (
    <Page>
      <PageHeader
        title="Risk Center"
        actions={
          mayManage && (
            <Button look="primary" onClick={() => setOpen({ kind: 'new' })}>
              Add rule
            </Button>
          )
        }
        lead="The highest level that matches wins; where no rule matches, nothing can be asked for. A request over several databases is looked at for each of them, and the highest level of all wins."
      />
      <Tabs
        label="Source"
        value={source}
        tabs={riskSources.map((value) => ({ value, label: riskSourceLabels[value], count: rulesOf(list.data, value) }))}
        onChange={(next) => set({ source: next === 'read' ? undefined : next, search: undefined })}
      />
      <Faulty answer={list.data} />
      <ListToolbar label="Search rules" search={search} onSearch={(next) => set({ search: next })} />
      <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />
      {list.isPending && <SkeletonBlock lines={4} />}
      {list.data && list.data.items.length > 0 && (
        <RuleList
          label={`Rules for ${riskSourceLabels[source]}`}
          rules={list.data.items}
          isStale={list.isPlaceholderData}
          onEdit={(rule) => setOpen({ kind: 'edit', rule })}
          onDelete={(rule) => setOpen({ kind: 'delete', rule })}
        />
      )}
      {list.data?.items.length === 0 && <NoRules search={search} onClear={() => set({ search: undefined })} />}
      {list.data && <Pager answer={list.data} onPage={(next) => set({ page: next })} />}
      {list.data && <TimeZone zone={list.data.timeZone} mayChange={mayManage} />}
      {mayManage && <TryRules key={source} source={source} />}
      {open?.kind === 'new' && <RuleDrawer source={source} rule={null} onClose={close} />}
      {open?.kind === 'edit' && <RuleDrawer source={source} rule={open.rule} onClose={close} />}
      {open?.kind === 'delete' && <DeleteRuleDialog rule={open.rule} onClose={close} />}
    </Page>
  );
}

function rulesOf(answer: Answer | undefined, source: RiskSource): number | undefined {
  return answer?.counts.find((count) => count.source === source)?.rules;
}

function Faulty({ answer }: { answer: Answer | undefined }) {
  const faulty = answer?.counts.filter((count) => count.faulty > 0) ?? [];
  if (faulty.length === 0) return null;
  const where = faulty.map(({ source, faulty: rules }) => `${riskSourceLabels[source]} (${rules})`).join(', ');
  return (
    <div className={css.note}>
      <AttentionNote>Rules that could not be evaluated count as high until they are mended: {where}.</AttentionNote>
    </div>
  );
}

function NoRules({ search, onClear }: { search: string | undefined; onClear: () => void }) {
  if (search !== undefined) return <NothingFound what="rule" onClear={onClear} />;
  return <EmptyState>There is no rule here, so nothing of this kind can be asked for.</EmptyState>;
}
