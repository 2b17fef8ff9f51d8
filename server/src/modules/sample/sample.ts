/** The two sample databases, each in a cluster and instance of its own. */
export const sampleDatabases = [
  { name: 'hr_test', title: 'HR Test', environment: 'Test' },
  { name: 'hr_prod', title: 'HR Prod', environment: 'Prod' },
] as const;
export type SampleDatabase = (typeof sampleDatabases)[number];
export type SampleName = SampleDatabase['name'];

export const sampleProjectName = 'HR';
export const removedProjectName = 'HR (removed sample)';
export const samplePerson = { name: 'dev', email: 'dev@example.com' } as const;

export type SampleState = 'making' | 'ready' | 'failed' | 'removing';

/** What is kept of the samples, in the store; without a record they are absent. No secret is in it. */
export interface SampleRecord {
  /** Names the folder of their clusters: a server process without that folder does not run them. */
  readonly id: string;
  readonly state: SampleState;
  /** What failed, in words. */
  readonly message: string | null;
  /** Who asked for them, and in whose name they are made. */
  readonly adminPersonId: string;
  /** Chosen once; another one only when somebody else has taken it. */
  readonly ports: Readonly<Record<SampleName, number>>;
}
