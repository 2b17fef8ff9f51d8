import type { EnvironmentColor } from './environment.ts';

/** Selected along with what stands in an environment; the table is joined as `environment`. */
export const environmentColumns = [
  'environment.id as environmentId',
  'environment.name as environmentName',
  'environment.color as environmentColor',
  'environment.is_protected as environmentIsProtected',
] as const;

export interface EnvironmentColumns {
  readonly environmentId: string;
  readonly environmentName: string;
  readonly environmentColor: EnvironmentColor;
  readonly environmentIsProtected: boolean;
}

export function environmentRefOf(row: EnvironmentColumns) {
  return {
    id: row.environmentId,
    name: row.environmentName,
    color: row.environmentColor,
    isProtected: row.environmentIsProtected,
  };
}
