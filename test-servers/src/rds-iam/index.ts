export { makeToken } from './make-token.ts';
export type { FrontBehaviour, FrontOptions, RdsFront, SeenToken } from './rds-front.ts';
export { type RdsServer, startRdsMySql, startRdsPostgres } from './rds-servers.ts';
export type {
  KnownCredentials,
  TokenEndpoint,
  TokenRefusal,
  Verdict,
} from './token-verifier.ts';
