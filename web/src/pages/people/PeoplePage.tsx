import { getRouteApi } from '@tanstack/react-router';
import { Page } from '../../ui/Page.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { GroupsList } from './GroupsList.tsx';
import { PeopleList } from './PeopleList.tsx';

const route = getRouteApi('/in/people');
export type PeopleSearch = ReturnType<typeof route.useSearch>;

/** Users & Groups. */
export function PeoplePage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { tab = 'people' } = search;
  const set = (patch: Partial<PeopleSearch>) =>
    void navigate({ search: (former) => ({ ...former, page: undefined, ...patch }), replace: true });
  const tabs = (
    <Tabs
      label="Users or groups"
      value={tab}
      onChange={(next) => set({ tab: next === 'people' ? undefined : next, search: undefined, state: undefined })}
      tabs={[
        { value: 'people', label: 'Users' },
        { value: 'groups', label: 'Groups' },
      ]}
    />
  );
  return (
    <Page>
      {tab === 'people' ? (
        <PeopleList key="people" search={search} onSearch={set} tabs={tabs} />
      ) : (
        <GroupsList key="groups" search={search} onSearch={set} tabs={tabs} />
      )}
    </Page>
  );
}
