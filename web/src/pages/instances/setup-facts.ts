import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Call, callApi, type Reply } from '../../api/client.ts';
import type { ApiProblem } from '../../api/problem.ts';
import type { ConnectionDraft } from './connection-draft.ts';

export type SetupHelpAnswer = Reply<'POST /instances/setup-help'>;

/** What only the help wants to know; it is not saved. */
export interface SetupFacts {
  readonly awsAccountId: string;
  readonly resourceId: string;
  readonly databases: string;
}

export const noFacts: SetupFacts = { awsAccountId: '', resourceId: '', databases: '' };

/** What to prepare, filled in from the form when typing rests. */
export function useSetupHelp(draft: ConnectionDraft, facts: SetupFacts) {
  const [text] = useDebouncedValue(JSON.stringify(helpBody(draft, facts)), 200);
  return useQuery<SetupHelpAnswer, ApiProblem>({
    queryKey: ['POST /instances/setup-help', text],
    queryFn: ({ signal }) =>
      callApi('POST /instances/setup-help', { body: JSON.parse(text) as ReturnType<typeof helpBody> }, { signal }),
    enabled: draft.method === 'aws_iam',
    placeholderData: keepPreviousData,
  });
}

function helpBody(draft: ConnectionDraft, facts: SetupFacts): Call<'POST /instances/setup-help'>['body'] {
  const { iam } = draft;
  return {
    engine: draft.engine,
    host: draft.host,
    user: draft.user,
    region: iam.region,
    tokenHost: iam.tokenHost,
    awsAccountId: facts.awsAccountId,
    resourceId: facts.resourceId,
    credentials: iam.credentials,
    roleArn: iam.roleArn,
    externalId: iam.externalId,
    accountSignIn: iam.accountSignIn,
    databases: facts.databases
      .split(/[\s,]+/)
      .filter((name) => name !== '')
      .slice(0, 100),
  };
}
