import { Menu } from '@mantine/core';
import { Button } from '../../ui/Button.tsx';
import { IconCopy, IconDown } from '../../ui/icons.ts';
import { type CopyFormat, copyFormats } from './copy-formats.ts';
import css from './ResultPane.module.css';

/** Copies the marked cells, or all rows where none are marked. */
export function CopyMenu({ isMarked, onCopy }: { isMarked: boolean; onCopy: (format: CopyFormat) => void }) {
  return (
    <Menu position="top-end" offset={4} width={220} classNames={{ dropdown: 'float', item: 'float-item' }}>
      <Menu.Target>
        <Button isSmall look="quiet" aria-label="Copy as">
          <IconCopy aria-hidden="true" />
          Copy
          <IconDown aria-hidden="true" />
        </Button>
      </Menu.Target>
      <Menu.Dropdown aria-label="Copy as">
        <div className="float-label">{isMarked ? 'The marked cells as' : 'All rows as'}</div>
        {copyFormats.map(({ format, label, hint }) => (
          <Menu.Item key={format} onClick={() => onCopy(format)}>
            {label}
            <span className={css.hint}> {hint}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
