export type { AccessGuard, EndKind } from './access-guard.ts';
export { type ActorFacts, createActor, type KnownActor } from './actor.ts';
export { type ActorLoader, createActorLoader } from './actor-loader.ts';
export { type IdentityOptions, identityHandlers, recordRefusals } from './identity.ts';
export { identitySentences } from './identity-sentences.ts';
export type { StandingWarning } from './me-view.ts';
export type { SampleStarter } from './sample-starter.ts';
export type { GivenRole, WorkspaceRoleAccess } from './workspace-role-access.ts';
