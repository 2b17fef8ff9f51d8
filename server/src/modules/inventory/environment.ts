export type EnvironmentColor = 'grey' | 'teal' | 'blue' | 'violet' | 'amber' | 'red';

/** A named class of instances and databases, in an order, with a colour. */
export interface Environment {
  readonly id: string;
  readonly name: string;
  readonly color: EnvironmentColor;
  readonly isProtected: boolean;
  /** Whether people who administer read data here by their role, or must ask like anybody. */
  readonly allowsReadByRole: boolean;
  readonly position: number;
}

export type NewEnvironment = Omit<Environment, 'id' | 'position'>;
export type EnvironmentChange = Partial<Omit<Environment, 'id'>>;
