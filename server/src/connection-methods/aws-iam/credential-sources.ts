import { AwsKeys } from '../../platform/aws/aws-keys.ts';
import { type CallerCheck, checkCaller } from '../../platform/aws/caller-check.ts';
import { CredentialSource } from '../../platform/aws/credential-source.ts';
import { assumeRole, type RoleToAssume, serverCredentials } from '../../platform/aws/sdk-credentials.ts';
import { type AwsIamSettings, secretKeysOf } from './aws-iam-settings.ts';

/** Where credentials come from and what the time is; replaced in tests. */
export interface AwsGround {
  readonly now: () => number;
  readonly serverCredentials: () => Promise<AwsKeys>;
  readonly assumeRole: (role: RoleToAssume, own: () => Promise<AwsKeys>) => Promise<AwsKeys>;
  readonly checkCaller: (keys: AwsKeys, region: string) => Promise<CallerCheck>;
}

export const awsGround: AwsGround = { now: Date.now, serverCredentials, assumeRole, checkCaller };

/** One instance's credentials. */
export interface InstanceCredentials {
  current(): Promise<AwsKeys>;
  /** What they signed was refused: read them anew when they are next needed. */
  doubt(): void;
}

/** Roles are kept for as many instances as anybody has; a form that is tried with many names cannot fill the memory. */
const mostRoles = 500;

/** The server's own credentials once for all instances, those of roles once for each role and instance. */
export class CredentialSources {
  readonly #ground: AwsGround;
  readonly #server: CredentialSource;
  readonly #roles = new Map<string, CredentialSource>();

  constructor(ground: AwsGround) {
    this.#ground = ground;
    this.#server = new CredentialSource(ground.serverCredentials, ground.now);
  }

  of({ credentials }: AwsIamSettings, region: string, title: string, secret: () => string | null): InstanceCredentials {
    switch (credentials.kind) {
      case 'server':
        return this.#server;
      case 'role': {
        const { roleArn, externalId } = credentials;
        return this.#role({ roleArn, externalId, sessionName: sessionNameOf(title), region });
      }
      case 'keys': {
        const { accessKeyId } = credentials;
        const current = async () => new AwsKeys({ accessKeyId, ...secretKeysOf(secret()) });
        return { current, doubt: () => undefined };
      }
    }
  }

  #role(role: RoleToAssume): CredentialSource {
    const key = JSON.stringify(role);
    const known = this.#roles.get(key);
    if (known !== undefined) return known;
    const fetchKeys = () => this.#ground.assumeRole(role, () => this.#server.current());
    const made = new CredentialSource(fetchKeys, this.#ground.now);
    this.#roles.set(key, made);
    const oldest = this.#roles.size > mostRoles ? this.#roles.keys().next().value : undefined;
    if (oldest !== undefined) this.#roles.delete(oldest);
    return made;
  }
}

/** What CloudTrail shows for everything done with the role: letters, digits and `+=,.@-`, 64 at most. */
export function sessionNameOf(title: string): string {
  const words = title
    .normalize('NFKD')
    .replaceAll(/[^\w+=,.@-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `tidegate-${words === '' ? 'instance' : words}`.slice(0, 64);
}
