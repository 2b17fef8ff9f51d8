import { Combobox, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { ApiProblem } from '../api/problem.ts';
import type { ReadRoute } from '../api/topics.ts';
import { Field } from './Field.tsx';
import { IconDown } from './icons.ts';
import css from './SearchPicker.module.css';
import { useAnswerKeys } from './use-answer-keys.ts';

interface SearchPickerProps<T> {
  label: string;
  placeholder: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  /** The choice so far, as its name; shown while nothing is typed. */
  chosen: string;
  /** Route and fixed parts of the search, so that live changes find it. */
  searchKey: readonly [ReadRoute, ...unknown[]];
  /** Finds on the server what was typed. */
  search: (typed: string, signal: AbortSignal) => Promise<readonly T[]>;
  idOf: (item: T) => string;
  draw: (item: T) => ReactNode;
  isDisabled?: (item: T) => boolean;
  onChoose: (item: T) => void;
  emptyWords?: string;
}

/** A field that searches on the server while one types. Every picker of the product is one of these. */
export function SearchPicker<T>(props: SearchPickerProps<T>) {
  const [typed, setTyped] = useState<string | null>(null);
  const [settled] = useDebouncedValue(typed ?? '', 150);
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      setTyped(null);
    },
    onDropdownOpen: () => combobox.updateSelectedOptionIndex('active'),
  });
  const found = useQuery<readonly T[], ApiProblem>({
    queryKey: [...props.searchKey, 'picker', settled],
    queryFn: ({ signal }) => props.search(settled, signal),
    enabled: combobox.dropdownOpened,
    placeholderData: keepPreviousData,
  });
  const isBehind = settled !== (typed ?? '') || found.isPlaceholderData || found.isPending;
  const choose = (id: string) => {
    const item = found.data?.find((candidate) => props.idOf(candidate) === id);
    if (item !== undefined) props.onChoose(item);
    combobox.closeDropdown();
  };
  const choosable = (found.data ?? []).filter((item) => props.isDisabled?.(item) !== true);
  const onKeyDown = useAnswerKeys(combobox, {
    typed: typed ?? '',
    isBehind: isBehind && found.error === null,
    ids: choosable.map(props.idOf),
    choose,
  });
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {(control) => (
        <Combobox store={combobox} onOptionSubmit={choose} offset={4} classNames={{ dropdown: 'float' }}>
          <Combobox.Target>
            <span className={css.place}>
              <Combobox.EventsTarget withExpandedAttribute>
                <input
                  {...control}
                  type="text"
                  role="combobox"
                  aria-expanded={combobox.dropdownOpened}
                  autoComplete="off"
                  spellCheck={false}
                  placeholder={props.placeholder}
                  value={typed ?? props.chosen}
                  onFocus={() => combobox.openDropdown()}
                  onClick={() => combobox.openDropdown()}
                  onBlur={() => combobox.closeDropdown()}
                  onKeyDownCapture={onKeyDown}
                  onChange={(event) => {
                    setTyped(event.target.value);
                    combobox.openDropdown();
                    combobox.resetSelectedOption();
                  }}
                />
              </Combobox.EventsTarget>
              <IconDown aria-hidden="true" />
            </span>
          </Combobox.Target>
          <Combobox.Dropdown>
            <Combobox.Options className="float-list" aria-label="Found" aria-busy={isBehind}>
              {found.data?.map((item) => (
                <Combobox.Option
                  key={props.idOf(item)}
                  value={props.idOf(item)}
                  className="float-item"
                  disabled={props.isDisabled?.(item) ?? false}
                >
                  {props.draw(item)}
                </Combobox.Option>
              ))}
            </Combobox.Options>
            <PickerWords problem={found.error} isEmpty={found.data?.length === 0} emptyWords={props.emptyWords} />
          </Combobox.Dropdown>
        </Combobox>
      )}
    </Field>
  );
}

function PickerWords(props: { problem: ApiProblem | null; isEmpty: boolean; emptyWords: string | undefined }) {
  if (props.problem) return <p className="float-empty">{props.problem.message}</p>;
  if (props.isEmpty) return <p className="float-empty">{props.emptyWords ?? 'Nothing has this name.'}</p>;
  return null;
}
