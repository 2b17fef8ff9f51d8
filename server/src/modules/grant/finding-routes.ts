import type { HandlersOf } from '../../platform/http/route.ts';
import type { InstanceFindings } from './instance-findings.ts';

export function findingHandlers(findings: InstanceFindings): HandlersOf<'GET /instances/:instanceId/findings'> {
  return {
    'GET /instances/:instanceId/findings': async ({ params, query }, context) => {
      context.authorize('instance.list', 'workspace');
      const { page, pageSize } = query;
      return { ...(await findings.list(params.instanceId, page, pageSize)), page, pageSize };
    },
  };
}
