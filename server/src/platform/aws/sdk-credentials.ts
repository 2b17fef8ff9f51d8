import { faultOfChain, faultOfRole, metadataUnreachable } from './aws-fault.ts';
import { AwsKeys } from './aws-keys.ts';
import { isMetadataOutOfReach } from './metadata-reach.ts';

export interface RoleToAssume {
  readonly roleArn: string;
  readonly externalId: string | null;
  /** Shown by CloudTrail wherever the role is used. */
  readonly sessionName: string;
  readonly region: string;
}

interface SdkKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

const connectionTimeout = 3_000;
const requestTimeout = 8_000;

/** Loaded when first needed: it takes a tenth of a second and most installations have no use for it. */
const loadSdk = async () => await import('@aws-sdk/credential-providers');

/**
 * The server's own credentials, by the SDK's default chain: environment, profile, ECS, EKS web identity, EC2 instance
 * role. Read anew each time, files included. Refuses with `AwsFault`.
 */
export async function serverCredentials(): Promise<AwsKeys> {
  const { fromNodeProviderChain } = await loadSdk();
  try {
    return fromSdk(await fromNodeProviderChain({ ignoreCache: true, timeout: 1_000, maxRetries: 1 })());
  } catch (error) {
    const fault = faultOfChain(error);
    if (fault.kind === 'no_credentials' && (await isMetadataOutOfReach(process.env))) throw metadataUnreachable(error);
    throw fault;
  }
}

/** Credentials of a role, at the token service of the region or the one that AWS_ENDPOINT_URL_STS names. */
export async function assumeRole(role: RoleToAssume, own: () => Promise<AwsKeys>): Promise<AwsKeys> {
  const { fromTemporaryCredentials } = await loadSdk();
  const master = await own();
  const provider = fromTemporaryCredentials({
    masterCredentials: {
      accessKeyId: master.accessKeyId,
      secretAccessKey: master.secretAccessKey,
      ...(master.sessionToken === null ? {} : { sessionToken: master.sessionToken }),
    },
    params: {
      RoleArn: role.roleArn,
      RoleSessionName: role.sessionName,
      ...(role.externalId === null ? {} : { ExternalId: role.externalId }),
    },
    clientConfig: { region: role.region, maxAttempts: 2, requestHandler: { connectionTimeout, requestTimeout } },
  });
  try {
    return fromSdk(await provider());
  } catch (error) {
    throw faultOfRole(error, role.roleArn);
  }
}

function fromSdk({ accessKeyId, secretAccessKey, sessionToken, expiration }: SdkKeys): AwsKeys {
  return new AwsKeys({ accessKeyId, secretAccessKey, sessionToken, expiresAt: expiration });
}
