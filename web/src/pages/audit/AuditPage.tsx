import { getRouteApi } from '@tanstack/react-router';
import { Page, PageHeader } from '../../ui/Page.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { AccessAt } from './AccessAt.tsx';
import { AuditEvents } from './AuditEvents.tsx';
import { Evidence } from './Evidence.tsx';

const route = getRouteApi('/in/audit');
const views = [
  { value: 'events', label: 'Events' },
  { value: 'access', label: 'Access at' },
  { value: 'evidence', label: 'Evidence' },
] as const;

/** The permanent record: what happened, who could reach what at an instant, and the proof that nothing was rewritten. */
export function AuditPage() {
  const { view = 'events', database, table, at } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Page>
      <PageHeader title="Audit log" />
      <Tabs
        label="Views of the record"
        value={view}
        tabs={views}
        onChange={(next) =>
          void navigate({ search: { view: next === 'events' ? undefined : next, database, table, at } })
        }
      />
      {view === 'events' && <AuditEvents />}
      {view === 'access' && <AccessAt />}
      {view === 'evidence' && <Evidence />}
    </Page>
  );
}
