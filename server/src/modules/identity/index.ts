export type { AccessGuard, EndKind } from './access-guard.ts';
export { type ActorLoader, createActorLoader } from './actor-loader.ts';
export { identityHandlers, recordRefusals } from './identity.ts';
export { identitySentences } from './identity-sentences.ts';
export { createReauthentication, type Reauthenticate } from './reauthentication.ts';
export type { GivenRole, WorkspaceRoleAccess } from './workspace-role-access.ts';
