import type { ItemOf } from '../../api/client.ts';
import type { StateTone } from '../../ui/StateTag.tsx';

export type Instance = ItemOf<'GET /instances'>;

export const engineNames: Readonly<Record<Instance['engine'], string>> = {
  postgresql: 'PostgreSQL',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
};

export const methodNames: Readonly<Record<Instance['connectionMethod'], string>> = {
  password: 'Password',
  aws_iam: 'AWS RDS IAM',
};

export const usualPorts: Readonly<Record<Instance['engine'], number>> = {
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
};

export const syncWords: Readonly<Record<Instance['sync']['state'], { tone: StateTone; words: string }>> = {
  never: { tone: 'rest', words: 'not synchronised' },
  running: { tone: 'open', words: 'synchronising' },
  ok: { tone: 'proven', words: 'synchronised' },
  failed: { tone: 'refused', words: 'synchronisation failed' },
};

export const capabilityWords: Readonly<Record<Instance['capability']['state'], { tone: StateTone; words: string }>> = {
  unknown: { tone: 'rest', words: 'not checked' },
  ok: { tone: 'proven', words: 'wall complete' },
  'wall incomplete': { tone: 'attention', words: 'wall incomplete' },
  blocked: { tone: 'refused', words: 'cannot give access' },
};

export const tlsChoices = [
  { value: 'prefer', label: 'Prefer: TLS where the server offers it' },
  { value: 'require', label: 'Require: encrypted, certificate not checked' },
  { value: 'verify-ca', label: 'Verify CA: certificate of a known authority' },
  { value: 'verify-full', label: 'Verify full: and of this host name' },
  { value: 'disable', label: 'Disable: in the clear' },
] as const satisfies readonly { value: Instance['tlsMode']; label: string }[];
