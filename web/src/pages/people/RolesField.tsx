import type { Role } from '@tidegate/contract/permissions';
import { roleLabel, roleSummary, workspaceWideRoles } from '../../lib/role-labels.ts';
import { CheckField } from '../../ui/Field.tsx';
import css from './People.module.css';

/** Roles held workspace-wide; a project role among them holds in every project. */
export function RolesField(props: {
  value: readonly Role[];
  onChange: (value: readonly Role[]) => void;
  disabled?: boolean;
}) {
  const { value, onChange, disabled = false } = props;
  return (
    <fieldset className={css.roles}>
      <legend>Workspace-wide roles</legend>
      {workspaceWideRoles.map((role) => (
        <CheckField
          key={role}
          label={roleLabel(role)}
          hint={roleSummary(role)}
          disabled={disabled}
          isChecked={value.includes(role)}
          onChange={(isHeld) => onChange(isHeld ? [...value, role] : value.filter((held) => held !== role))}
        />
      ))}
    </fieldset>
  );
}
