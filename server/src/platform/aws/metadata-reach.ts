const reachMs = 1_500;

/**
 * Whether the EC2 metadata service of this machine is there and yet does not answer: its answers to `PUT` die after as
 * many hops as the instance allows, one by default, which a container's network uses up. A `GET` without a token is
 * answered from anywhere (401 where version 2 is demanded).
 */
export async function isMetadataOutOfReach(environment: NodeJS.ProcessEnv): Promise<boolean> {
  if (environment['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return false;
  const configured = environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'];
  const base = configured ?? (environment['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE'] === 'IPv6' ? ipv6 : ipv4);
  const ask = async (path: string, init: RequestInit) => {
    try {
      const answer = await fetch(new URL(path, base), { ...init, signal: AbortSignal.timeout(reachMs) });
      await answer.body?.cancel();
      return 'answered';
    } catch (error) {
      return error instanceof Error && error.name === 'TimeoutError' ? 'silent' : 'absent';
    }
  };
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
  const [put, get] = await Promise.all([
    ask('/latest/api/token', { method: 'PUT', headers }),
    ask('/latest/meta-data/', { method: 'GET' }),
  ]);
  return put === 'silent' && get === 'answered';
}

const ipv4 = 'http://169.254.169.254';
const ipv6 = 'http://[fd00:ec2::254]';
