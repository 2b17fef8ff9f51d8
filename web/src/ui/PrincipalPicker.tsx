import type { Principal } from '@tidegate/contract';
import { callApi } from '../api/client.ts';
import { Button } from './Button.tsx';
import { IconClose, IconGroup, IconPerson } from './icons.ts';
import css from './PrincipalPicker.module.css';
import pickerCss from './SearchPicker.module.css';
import { SearchPicker } from './SearchPicker.tsx';

interface PrincipalPickerProps {
  label: string;
  value: readonly Principal[];
  onChange: (value: readonly Principal[]) => void;
  projectId?: string;
  kinds?: readonly Principal['kind'][];
  error?: string | null;
}

/** People and groups, searched on the server, several at once. */
export function PrincipalPicker({ label, value, onChange, projectId, kinds, error }: PrincipalPickerProps) {
  const isChosen = (item: Principal) => value.some((chosen) => chosen.id === item.id);
  return (
    <div>
      <SearchPicker<Principal>
        label={label}
        placeholder="Search by name or e-mail"
        chosen=""
        error={error}
        searchKey={['GET /principals', projectId, kinds]}
        search={async (typed, signal) => {
          const query = { search: typed, ...(projectId === undefined ? {} : { projectId }) };
          const { items } = await callApi('GET /principals', { query }, { signal });
          return kinds === undefined ? items : items.filter((item) => kinds.includes(item.kind));
        }}
        idOf={(item) => item.id}
        isDisabled={isChosen}
        draw={(item) => (
          <>
            {item.kind === 'group' ? <IconGroup size={14} /> : <IconPerson size={14} />}
            {item.name}
            <span className={pickerCss.hint}>{isChosen(item) ? 'chosen' : (item.email ?? 'group')}</span>
          </>
        )}
        onChoose={(item) => onChange([...value, item])}
        emptyWords="Nobody has this name."
      />
      {value.length > 0 && (
        <ul className={css.chosen} aria-label="Chosen">
          {value.map((item) => (
            <li key={item.id} className={css.chip}>
              {item.name}
              <Button
                look="quiet"
                isSmall
                isIcon
                aria-label={`Remove ${item.name}`}
                onClick={() => onChange(value.filter((chosen) => chosen.id !== item.id))}
              >
                <IconClose aria-hidden="true" />
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
