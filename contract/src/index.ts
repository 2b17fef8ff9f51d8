import { accessRoutes } from './access.ts';
import { approvalRoutes, emergencyRoutes } from './approval.ts';
import { accessAtRoutes, auditRoutes, eventRoutes } from './audit.ts';
import { editorRoutes } from './editor.ts';
import { grantLifeRoutes } from './grant-life.ts';
import { identityRoutes } from './identity.ts';
import { inboxRoutes } from './inbox.ts';
import { inventoryRoutes } from './inventory.ts';
import { labelRoutes } from './labels.ts';
import { replayRoutes } from './replay.ts';
import { requestRoutes } from './requests.ts';
import { riskRoutes } from './risk.ts';
import { defineRoutes } from './route.ts';
import { watchRoutes } from './watch.ts';

export * from './access.ts';
export * from './approval.ts';
export * from './audit.ts';
export * from './connection.ts';
export * from './editor.ts';
export * from './errors.ts';
export * from './grant-life.ts';
export * from './identity.ts';
export * from './inbox.ts';
export * from './inventory.ts';
export * from './labels.ts';
export * from './permissions.ts';
export * from './problem.ts';
export * from './replay.ts';
export * from './requests.ts';
export * from './risk.ts';
export * from './risk-attributes.ts';
export * from './risk-sentence.ts';
export * from './route.ts';
export * from './values.ts';

/** Every route of `/api/v1`. The server registers exactly these; the OpenAPI document and the web client come from it. */
export const routes = defineRoutes({
  ...identityRoutes,
  ...inventoryRoutes,
  ...accessRoutes,
  ...watchRoutes,
  ...grantLifeRoutes,
  ...requestRoutes,
  ...approvalRoutes,
  ...replayRoutes,
  ...emergencyRoutes,
  ...editorRoutes,
  ...labelRoutes,
  ...riskRoutes,
  ...auditRoutes,
  ...accessAtRoutes,
  ...eventRoutes,
  ...inboxRoutes,
});
export type Routes = typeof routes;
