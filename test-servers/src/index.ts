export { ApiClient, ApiRefusal } from './api-client.ts';
export { chromiumProgram, ensureServers } from './ensure-servers.ts';
export { freePort } from './free-port.ts';
export { startMariaDb } from './mariadb.ts';
export { MissingServer } from './missing-server.ts';
export { startMySql } from './mysql.ts';
export { startPostgres } from './postgres.ts';
export {
  type KnownCredentials,
  makeToken,
  type RdsFront,
  type RdsServer,
  startRdsMySql,
  startRdsPostgres,
  type TokenEndpoint,
} from './rds-iam/index.ts';
export { type ServerName, serverNames, stopOwnServers, useServer } from './shared-servers.ts';
export type { ServerAddress, ServerOptions, TestServer } from './test-server.ts';
export { type RunningTidegate, startTidegate, type TidegateOptions } from './tidegate.ts';
export { uniqueName } from './unique-name.ts';
