import { Client, type ClientConfig } from 'pg';
import { explainConnectError, isRefusedForThisEncryption, isWithoutTls } from './connect-fault.ts';
import { StoreFault } from './store-fault.ts';
import { tlsChoices } from './store-tls.ts';
import { explainTokenError, storeToken } from './store-token.ts';
import { parseStoreUrl, type StoreUrl } from './store-url.ts';

const oldestVersion = 140_000;

/**
 * Finds out how to connect to the PostgreSQL of PG_URL and checks that it can be the store: version 14 or later, UTF-8,
 * writable. Refuses with `StoreFault` in words.
 */
export async function connectExternal(pgUrl: string): Promise<ClientConfig> {
  const url = parseStoreUrl(pgUrl);
  try {
    return await firstThatConnects(url);
  } catch (error) {
    throw url.iam === null ? explainConnectError(error, url) : await explainTokenError(error, url, url.iam);
  }
}

async function firstThatConnects(url: StoreUrl): Promise<ClientConfig> {
  const choices = tlsChoices(url);
  for (const [index, ssl] of choices.entries()) {
    const config: ClientConfig = {
      host: url.host,
      port: url.port,
      user: url.user,
      database: url.database,
      application_name: url.applicationName,
      ssl,
      ...passwordOf(url),
    };
    try {
      await checkServer(config, url);
      return config;
    } catch (error) {
      const hasAnother = index + 1 < choices.length;
      if (!hasAnother || !(isWithoutTls(error) || isRefusedForThisEncryption(error))) throw error;
    }
  }
  throw new StoreFault('PG_URL leaves no way to connect.');
}

/** Under IAM the driver asks for a token at each physical connection. */
function passwordOf({ iam, user, password }: StoreUrl): Pick<ClientConfig, 'password'> {
  if (iam !== null) return { password: () => storeToken(iam, user) };
  return password === undefined ? {} : { password };
}

async function checkServer(config: ClientConfig, url: StoreUrl): Promise<void> {
  const client = new Client({ ...config, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number; name: string; encoding: string; standby: boolean }>(
      `select current_setting('server_version_num')::int as version, current_setting('server_version') as name,
              current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby`,
    );
    const server = rows[0];
    if (server === undefined) throw new StoreFault('PostgreSQL did not say what it is.');
    if (server.version < oldestVersion) {
      throw new StoreFault(`The PostgreSQL of PG_URL is version ${server.name}; Tidegate needs 14 or later.`);
    }
    if (server.standby) {
      throw new StoreFault(`${url.host} is a read-only replica. PG_URL must name the primary server.`);
    }
    if (server.encoding !== 'UTF8') {
      throw new StoreFault(
        `The database "${url.database}" has the encoding ${server.encoding}. Create one with UTF-8: ` +
          `CREATE DATABASE "${url.database}" TEMPLATE template0 ENCODING 'UTF8';`,
      );
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}
