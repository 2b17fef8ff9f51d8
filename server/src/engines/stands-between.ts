import { EngineError, type EngineErrorKind, type InstanceTarget } from './engine.ts';

/** Poolers and proxies, by what they call themselves in their refusals. */
const knownBy: readonly (readonly [string, RegExp])[] = [
  ['ProxySQL', /proxysql/i],
  ['RDS Proxy', /rds.?proxy/i],
  ['Pgpool-II', /pgpool|pool_passwd/i],
  ['PgBouncer', /pgbouncer|unsupported startup parameter|^SASL authentication failed$|^no such user/i],
];

const hint =
  'It cannot log in the temporary accounts that Tidegate makes, or mixes up their sessions: use the server’s own address and port, on Aurora the endpoint of the cluster.';

/** What a login with the right password may fail with. */
const loginRefusals: ReadonlySet<EngineErrorKind> = new Set([
  'auth_failed',
  'token_refused',
  'account_locked',
  'access_refused',
  'connection_lost',
  'statement_failed',
]);

/**
 * Whoever answers has given the session another number than the server has. Cancelling and ending go by that number,
 * and a server behind a pooler answers for the sessions of many.
 */
export function refuseForeignSession(told: number, own: number): void {
  if (told === own) return;
  throw standsBetween(`it called the session ${told}, the server calls it ${own}`);
}

export function standsBetween(why: string, cause?: unknown): EngineError {
  const name = nameIn(why);
  const who = name === null ? 'A pooler or proxy' : name;
  return new EngineError('not_supported', `${who} stands between Tidegate and the server (${why}).`, { hint, cause });
}

/** Why an account that was just made, with the right password, was not let in where the connecting user was. */
export function accountNotLetIn(target: InstanceTarget, error: EngineError): string | null {
  if (!loginRefusals.has(error.kind)) return null;
  const place = target.host.startsWith('/') ? target.host : `${target.host}:${target.port}`;
  const said = serverWords(error);
  const name = nameIn(said) ?? nameIn(error.message);
  if (name !== null) return `${name} at ${place} does not let in an account that was just made (${said}). ${hint}`;
  // A policy that leaves the temporary accounts out looks the same from here.
  const advice = error.kind === 'token_refused' && error.hint !== null ? ` ${error.hint}` : '';
  return (
    `An account that was just made is not let in at ${place} (${error.message}).${advice} Where a pooler or proxy stands in ` +
    'between, it knows only users that it was told of: use the server’s own address and port, on Aurora the endpoint ' +
    'of the cluster. Otherwise see that the server admits new users from here.'
  );
}

/** What was refused in the first place, under the words that a connection method has for it. */
function serverWords({ message, cause }: EngineError): string {
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

function nameIn(text: string): string | null {
  return knownBy.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}
