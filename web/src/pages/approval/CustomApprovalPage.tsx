import { useQuery } from '@tanstack/react-query';
import { read } from '../../api/queries.ts';
import { ErrorNotice } from '../../ui/ErrorNotice.tsx';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { SkeletonBlock } from '../../ui/Skeleton.tsx';
import { EmergencyPolicies } from './EmergencyPolicies.tsx';
import { FlowList } from './FlowList.tsx';
import { MatrixSection } from './MatrixSection.tsx';

/** Who must say yes, by what is asked and how risky it is. */
export function CustomApprovalPage() {
  const approval = useQuery(read('GET /approval'));
  return (
    <Page>
      <PageHeader
        title="Custom Approval"
        lead="What is asked for and its risk choose a flow. A request for several things has to satisfy the flow of each; a project can add stricter ones in its settings."
      />
      <ErrorNotice error={approval.error} onRetry={() => void approval.refetch()} />
      {approval.isPending && <SkeletonBlock lines={8} />}
      {approval.data && (
        <>
          <MatrixSection approval={approval.data} />
          <FlowList approval={approval.data} />
          <EmergencyPolicies />
        </>
      )}
    </Page>
  );
}
