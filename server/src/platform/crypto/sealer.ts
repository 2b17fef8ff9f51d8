import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/**
 * Seals secrets for the metadata store: AES-256-GCM under a data key of the record's own, which is wrapped by the master
 * key. `purpose` names what the text is for ("instance:<id>:password") and is bound to it: moved to another record the
 * text does not open.
 */
export interface Sealer {
  seal(plain: string, purpose: string): string;
  /** Refuses with `SealFault` what was changed, was sealed for another purpose, or needs a key that is not here. */
  open(sealed: string, purpose: string): string;
  /** The same record under the newest master key; the record itself is not decrypted. */
  rewrap(sealed: string, purpose: string): string;
  /** Whether the newest master key wraps it. */
  isCurrent(sealed: string): boolean;
}

export class SealFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SealFault';
  }
}

const version = 'tg1';
const algorithm = 'aes-256-gcm';
const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

/** The first key seals; all of them open. Each is 32 random bytes. */
export function createSealer(masterKeys: readonly Buffer[]): Sealer {
  const byId = new Map(masterKeys.map((key) => [keyIdOf(key), key]));
  const newest = masterKeys[0];
  if (newest === undefined) throw new SealFault('There is no key to seal with.');
  const newestId = keyIdOf(newest);

  const wrap = (dataKey: Buffer, purpose: string): string =>
    encrypt(newest, dataKey, wrapPurpose(newestId, purpose)).toString('base64url');
  const unwrap = (parts: SealedParts, purpose: string): Buffer => {
    const key = byId.get(parts.keyId);
    if (key === undefined) {
      throw new SealFault(`This was sealed with a key that is not here (key ${parts.keyId}). See TIDEGATE_SECRET_KEY.`);
    }
    return decrypt(key, parts.wrapped, wrapPurpose(parts.keyId, purpose));
  };

  return {
    seal: (plain, purpose) => {
      const dataKey = randomBytes(keyLength);
      const body = encrypt(dataKey, Buffer.from(plain, 'utf8'), purpose).toString('base64url');
      return [version, newestId, wrap(dataKey, purpose), body].join('.');
    },
    open: (sealed, purpose) => {
      const parts = split(sealed);
      return decrypt(unwrap(parts, purpose), parts.body, purpose).toString('utf8');
    },
    rewrap: (sealed, purpose) => {
      const parts = split(sealed);
      return [version, newestId, wrap(unwrap(parts, purpose), purpose), parts.body.toString('base64url')].join('.');
    },
    isCurrent: (sealed) => split(sealed).keyId === newestId,
  };
}

/** Names a key without telling anything about it. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('tidegate key id\0').update(key).digest('hex').slice(0, 12);
}

interface SealedParts {
  readonly keyId: string;
  readonly wrapped: Buffer;
  readonly body: Buffer;
}

function split(sealed: string): SealedParts {
  const [form, keyId, wrapped, body, ...rest] = sealed.split('.');
  if (form !== version || keyId === undefined || wrapped === undefined || body === undefined || rest.length > 0) {
    throw new SealFault('This is not a sealed text of this version of Tidegate.');
  }
  return { keyId, wrapped: Buffer.from(wrapped, 'base64url'), body: Buffer.from(body, 'base64url') };
}

function wrapPurpose(keyId: string, purpose: string): string {
  return `data key\0${keyId}\0${purpose}`;
}

/** Nonce, text and tag in one. */
function encrypt(key: Buffer, plain: Buffer, purpose: string): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength });
  cipher.setAAD(Buffer.from(purpose, 'utf8'));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, purpose: string): Buffer {
  if (sealed.length < nonceLength + tagLength) throw new SealFault('This sealed text was cut.');
  const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceLength), { authTagLength: tagLength });
  decipher.setAAD(Buffer.from(purpose, 'utf8'));
  decipher.setAuthTag(sealed.subarray(-tagLength));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceLength, -tagLength)), decipher.final()]);
  } catch (error) {
    throw new SealFault('This sealed text was changed, or it was sealed for something else.', error);
  }
}
