import type { ComboboxStore } from '@mantine/core';
import { type KeyboardEvent, useEffect, useRef } from 'react';

interface Answer {
  readonly typed: string;
  /** The list still answers something typed before. */
  readonly isBehind: boolean;
  /** What can be chosen, in order. */
  readonly ids: readonly string[];
  readonly choose: (id: string) => void;
}

/**
 * Keys choose from the answer to what is typed, never from the list before it: an Enter that comes early is kept until
 * the answer is there and takes its first. The result goes to the capturing key handler of the field.
 */
export function useAnswerKeys(combobox: ComboboxStore, answer: Answer): (event: KeyboardEvent) => void {
  const { typed, isBehind, ids } = answer;
  const wantsFirst = useRef(false);
  const markedFor = useRef('');
  const latest = useRef({ combobox, answer });
  latest.current = { combobox, answer };
  const isOpen = combobox.dropdownOpened;
  const listed = ids.join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: a list that changed has its marked place looked up anew
  useEffect(() => {
    if (!isOpen) {
      wantsFirst.current = false;
      markedFor.current = '';
      return;
    }
    if (isBehind) return;
    const { combobox: store, answer: settled } = latest.current;
    if (markedFor.current === typed) store.updateSelectedOptionIndex('selected');
    else store.selectFirstOption();
    markedFor.current = typed;
    const [first] = settled.ids;
    if (wantsFirst.current && first !== undefined) settled.choose(first);
    wantsFirst.current = false;
  }, [isOpen, isBehind, typed, listed]);
  return (event) => {
    if (!isOpen || !isBehind || event.nativeEvent.isComposing) return;
    if (!['Enter', 'ArrowDown', 'ArrowUp'].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === 'Enter') wantsFirst.current = true;
  };
}
