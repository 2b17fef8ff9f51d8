import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Visitor } from './browser.ts';

/** No screen has so many stops; a way that is longer goes round in circles. */
const mostPresses = 150;

/**
 * Run in the page: what has the focus, and why it could not be seen: off the screen, under something else, or not
 * marked (neither itself nor the row or label it stands in).
 */
const lookAtFocus = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return { name: 'nothing', fault: null };
  const text = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
  const name = element.tagName.toLowerCase() + ' "' + text.trim().slice(0, 60) + '"';
  const seen = [...element.getClientRects()]
    .map(({ left, top, right, bottom }) => ({
      left: Math.max(left, 0),
      top: Math.max(top, 0),
      right: Math.min(right, innerWidth),
      bottom: Math.min(bottom, innerHeight),
    }))
    .find(({ left, top, right, bottom }) => right - left > 1 && bottom - top > 1);
  if (seen === undefined) return { name, fault: 'it is off the screen' };
  const over = document.elementFromPoint((seen.left + seen.right) / 2, (seen.top + seen.bottom) / 2);
  const isOver = over !== null && !element.contains(over) && !over.contains(element);
  if (isOver && !over.closest('label')?.contains(element)) {
    return { name, fault: 'it is under ' + over.outerHTML.slice(0, 80) };
  }
  const holders = [element, element.parentElement, element.closest('li'), element.closest('tr')];
  const isMarked = holders.some((holder) => {
    if (holder === null) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(holder);
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  });
  return { name, fault: isMarked || element.isContentEditable ? null : 'nothing marks it' };
})()`;

interface Focus {
  readonly name: string;
  readonly fault: string | null;
}

const focusOf = async (page: Page): Promise<Focus> => await page.evaluate(lookAtFocus);

/** As much of the page's world as is looked at from here. */
interface Element {
  readonly ownerDocument: { readonly activeElement: unknown };
}

export const hasFocus = async (target: Locator): Promise<boolean> =>
  await target.evaluate((element: Element) => element === element.ownerDocument.activeElement);

/** A dialog takes the focus a moment after it has opened; a Tab before that would go on below it. */
async function dialogHasFocus(target: Locator): Promise<void> {
  const dialog = target.locator('xpath=ancestor::*[@role="dialog"][1]');
  if ((await dialog.count()) > 0) await dialog.and(target.page().locator(':focus-within')).waitFor();
}

/** The first round of them. */
const inOrder = (stops: readonly string[]): string => `the stops are ${[...new Set(stops)].join(' › ')}`;

/** Goes to it as somebody without a mouse does. Every stop on the way has to be seen. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const stops: string[] = [];
  if (!(await hasFocus(target))) await dialogHasFocus(target);
  while (!(await hasFocus(target))) {
    if (stops.length === mostPresses) throw new Error(`No way by ${key} to ${target}: ${inOrder(stops)}`);
    await page.keyboard.press(key);
    const { name, fault } = await focusOf(page);
    stops.push(name);
    if (fault !== null) throw new Error(`The focus on ${name} is not seen: ${fault}. ${inOrder(stops)}`);
  }
}

/** A button or a link. */
export async function press(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/** A tick box. */
export async function tick(page: Page, box: Locator): Promise<void> {
  await tabTo(page, box);
  const before = await box.isChecked();
  await page.keyboard.press('Space');
  await expect.poll(() => box.isChecked()).toBe(!before);
}

/** Writes over what stands in a field. */
export async function write(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}

/** One of a native list, by the first letters. */
export async function choose(page: Page, list: Locator, words: string): Promise<void> {
  await tabTo(page, list);
  await page.keyboard.type(words);
  await expect.poll(() => list.locator('option:checked').textContent()).toContain(words);
}

/** One of a few side by side: Tab goes to the chosen one, the arrow to the others. */
export async function pick(page: Page, group: Locator, name: string): Promise<void> {
  await tabTo(page, group.locator('input:checked'));
  const wanted = group.getByRole('radio', { name, exact: true });
  for (let steps = await group.getByRole('radio').count(); !(await wanted.isChecked()); steps--) {
    if (steps === 0) throw new Error(`No arrow leads to ${name}.`);
    await page.keyboard.press('ArrowRight');
  }
}

/** By the navigation; on a phone it is behind a button. */
export async function goTo({ page, screen }: Visitor, link: string): Promise<void> {
  if (screen === 'phone') {
    await press(page, page.getByRole('button', { name: 'Menu', exact: true }));
    // The menu takes the focus when it has opened.
    await page.getByRole('navigation').locator(':focus').waitFor();
  }
  await press(page, page.getByRole('navigation').getByRole('link', { name: link, exact: true }));
}

/** What a dialog leaves behind: the focus is somewhere, not lost with what was closed. */
export async function keepsFocus(page: Page): Promise<void> {
  await expect.poll(async () => (await focusOf(page)).name).not.toBe('nothing');
}
