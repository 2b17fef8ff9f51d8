/** What the kernel needs to know of this installation. */
export interface HttpConfig {
  /** `TIDEGATE_EXTERNAL_URL`; null: whatever address people use. */
  readonly externalUrl: string | null;
  /** Addresses or networks whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly version: string;
  /** Parses every answer against the contract and fails on drift. On in tests and development. */
  readonly checksAnswers: boolean;
  /** Between two `clock` events of the event stream; 15 seconds. */
  readonly clockIntervalMs?: number;
}

export function isHttps(config: HttpConfig): boolean {
  return config.externalUrl?.startsWith('https:') ?? false;
}
