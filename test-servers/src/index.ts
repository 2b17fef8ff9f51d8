export { freePort } from './free-port.ts';
export { startMariaDb } from './mariadb.ts';
export { MissingServer } from './missing-server.ts';
export { startMySql } from './mysql.ts';
export { startPostgres } from './postgres.ts';
export { type ServerName, serverNames, stopOwnServers, useServer } from './shared-servers.ts';
export type { ServerAddress, ServerOptions, TestServer } from './test-server.ts';
export { uniqueName } from './unique-name.ts';
