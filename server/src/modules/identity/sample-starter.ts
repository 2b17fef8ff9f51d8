/** What registration needs of the samples, which come later in the line of modules; `main` wires it. */
export interface SampleStarter {
  /** Whether this server can run the sample databases at all. */
  readonly isPossible: boolean;
  /** Begins to make the samples; resolves as soon as that is under way. Never rejects: what fails shows in `GET /samples`. */
  start(adminPersonId: string): Promise<void>;
}
