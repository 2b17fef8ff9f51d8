/** Names whose value is a secret: `password`, `MASTER_PASSWORD`, `api_key`, `password_hash`; not `password_changed_at`. */
const secretName =
  /(?:password|passwd|passphrase|pwd|secret|token|api_?key|private_?key)(?:_?(?:hash|digest|enc|encrypted|sha\d*|md5))?$/i;

/** Functions that take a secret among their arguments. */
const secretFunctions: ReadonlySet<string> = new Set([
  'aes_decrypt',
  'aes_encrypt',
  'crypt',
  'des_decrypt',
  'des_encrypt',
  'encrypt',
  'decrypt',
  'encrypt_iv',
  'decrypt_iv',
  'hmac',
  'old_password',
  'password',
  'pgp_pub_decrypt',
  'pgp_sym_decrypt',
  'pgp_sym_decrypt_bytea',
  'pgp_sym_encrypt',
  'pgp_sym_encrypt_bytea',
]);

/** Cheap enough for every statement: without one of these there is nothing to look for. */
const anyHint = /pass|pwd|identified|secret|token|api_?key|private_?key|crypt|hmac|:\/\//i;

export const mask = '***';

export function mayHoldSecret(text: string): boolean {
  return anyHint.test(text);
}

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

export function isSecretFunction(name: string): boolean {
  return secretFunctions.has(name.toLowerCase());
}

const credentialsInUrl = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@'"]*):([^\s'"]*)@/gi;
const valueOfName =
  /((?:password|passwd|passphrase|pwd|secret|token|api_?key|private_?key)\\?["'`]?\s*(?:=>|:=|=|:)\s*)((?:''(?:[^']|'''')*'')|(?:\\?"[^"]*")|(?:\\?'[^']*')|[^\s;&,)'"]+)/gi;
const sqlInside =
  /\b(?:password|identified\b[\s\S]{0,200}?\b(?:by|as|using))[\s(=]*(?:password[\s(]*)?(?:[eEnN]|_\w+)?\\?['"$]/i;

/**
 * Text that is not SQL of its own: contents of literals, comments, messages. Masks values of connection strings, URLs
 * and key-value pairs; of SQL that it quotes nothing is left from its first secret on.
 */
export function maskLoosely(text: string): string {
  if (!mayHoldSecret(text)) return text;
  const masked = text
    .replaceAll(credentialsInUrl, `$1:${mask}@`)
    .replaceAll(valueOfName, (_whole, name: string) => `${name}${mask}`);
  const inside = sqlInside.exec(masked);
  return inside === null ? masked : `${masked.slice(0, inside.index + inside[0].length - 1)}${mask}`;
}
