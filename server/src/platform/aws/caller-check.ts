import { type AwsFault, faultOfCode } from './aws-fault.ts';
import type { AwsKeys } from './aws-keys.ts';
import { presign } from './presign.ts';

export interface CallerCheck {
  /** What is wrong with the credentials, in AWS's own judgement; null when nothing is, or it could not be asked. */
  readonly fault: AwsFault | null;
  /** Who the credentials are, where AWS said so. */
  readonly arn: string | null;
  /** How far this machine's clock is ahead of AWS's; null when it could not be asked. */
  readonly clockAheadMs: number | null;
}

const askWithinMs = 3_000;
const longestAnswer = 20_000;

/** Asks the token service who these credentials are (`GetCallerIdentity`, which needs no permission). Never rejects. */
export async function checkCaller(
  keys: AwsKeys,
  region: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<CallerCheck> {
  const configured = environment['AWS_ENDPOINT_URL_STS'] ?? environment['AWS_ENDPOINT_URL'];
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  try {
    const endpoint = new URL(configured ?? `https://sts.${region}.${suffix}`);
    const query = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
    const at = new Date();
    const signed = presign({ service: 'sts', region, host: endpoint.host, query, expiresSeconds: 60, keys, at });
    const answer = await fetch(`${endpoint.protocol}//${signed}`, { signal: AbortSignal.timeout(askWithinMs) });
    const text = (await answer.text()).slice(0, longestAnswer);
    const date = Date.parse(answer.headers.get('date') ?? '');
    const refusal = answer.ok ? null : new Error(tag(text, 'Message') ?? '');
    return {
      fault: refusal === null ? null : faultOfCode(tag(text, 'Code') ?? '', refusal),
      arn: tag(text, 'Arn'),
      clockAheadMs: Number.isNaN(date) ? null : at.getTime() - date,
    };
  } catch {
    // Without a way out nothing more can be said; the caller's own error stays.
    return { fault: null, arn: null, clockAheadMs: null };
  }
}

/** AWS's error and identity answers are flat; no more is read of them than one element's text. */
function tag(xml: string, name: string): string | null {
  return new RegExp(`<${name}>([^<]{1,2000})</${name}>`).exec(xml)?.[1] ?? null;
}
